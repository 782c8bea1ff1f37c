import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import type { Express, Request } from "express";
import serverless from "serverless-http";

/** Answers one event. */
export type EventHandler = (
  event: APIGatewayProxyEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>;

/**
 * Lets an app answer API Gateway REST proxy events with payload 1.0. It refuses
 * other events.
 */
export function eventHandler(app: Express): EventHandler {
  const answer = serverless(app, {
    // The app writes text, and only text: an answer in base64 would need the API
    // to have binary media types.
    binary: false,
    requestId: "", // no header of its own
    request: (req: Request, _event: unknown, context: Context) => {
      req.requestId = context.awsRequestId;
    },
  });
  return async (event, context) => {
    if (typeof event.httpMethod !== "string") {
      throw new Error("got no httpMethod, want a REST proxy event with payload format 1.0");
    }
    // Without a path Express would answer by itself.
    const path = event.path || "/";
    return (await answer(
      { ...event, path, headers: firstValues(event) },
      context,
    )) as APIGatewayProxyResult;
  };
}

/**
 * The first value of each header, as a server takes it where a header that is
 * given once is given twice. The event's own single values are the last ones.
 */
function firstValues(event: APIGatewayProxyEvent): Record<string, string | undefined> {
  const { headers, multiValueHeaders: all } = event as Partial<APIGatewayProxyEvent>;
  const first = { ...headers };
  for (const name in all) first[name] = all[name]?.[0];
  return first;
}
