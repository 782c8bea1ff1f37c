import type { APIGatewayProxyEvent } from "aws-lambda";
import type { EventHandler } from "../event.ts";

/**
 * Of a header that is given twice, takes the first one, as a server does. The event's
 * own single values are the last ones, and serverless-http prefers them.
 */
export function firstHeaders(handler: EventHandler): EventHandler {
  return (event, context) => {
    const { headers, multiValueHeaders: all } = event as Partial<APIGatewayProxyEvent>;
    const first = { ...headers };
    for (const name in all) first[name] = all[name]?.[0];
    return handler({ ...event, headers: first }, context);
  };
}
