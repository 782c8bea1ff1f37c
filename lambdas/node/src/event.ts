import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import type { Express, Request } from "express";
import serverless from "serverless-http";
import { asWritten } from "./routing.ts";

/** Answers one event. */
export type EventHandler = (
  event: APIGatewayProxyEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>;

/** Lets an app answer API Gateway REST proxy events with payload 1.0. */
export function eventHandler(app: Express): EventHandler {
  const answer = serverless(app, {
    request: (req: Request, _event: unknown, context: Context) => {
      req.requestId = context.awsRequestId;
    },
  });
  return async (event, context) =>
    (await answer({ ...event, path: asWritten(event.path) }, context)) as APIGatewayProxyResult;
}
