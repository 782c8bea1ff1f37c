import type { RequestHandler } from "express";
import { type Metrics, roundMs } from "./metrics.ts";
import type { Fields } from "./model.ts";

export const runtimeName = "node";

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express has it so
  namespace Express {
    interface Request {
      /** Lambda's id of the invocation; absent in the plain server. */
      requestId?: string;
    }
    interface Locals {
      coldStart: boolean;
      requestId: string;
      /** The route without prefix, as the API's description has it. */
      route?: string;
      /** The body of a POST or PUT, once it has been judged. */
      fields: Fields;
    }
  }
}

/** What the line about a request tells: nothing of the item or the caller. */
export type RequestLine = Readonly<{
  requestId: string;
  method: string;
  route: string;
  status: number;
  durationMs: number;
  coldStart: boolean;
}>;

/** Writes a JSON object a line, with timestamp, level and message. */
export interface Log {
  info(message: string, line: RequestLine): void;
  warn(message: string, cause: { error: unknown }): void;
  error(message: string, cause: { requestId: string; error: unknown }): void;
}

/** What every request is surrounded with. The clock tells milliseconds. */
export interface Observation {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: () => number;
  readonly newId: () => string;
}

/**
 * Surrounds every request: sets the headers that all answers have, and afterwards
 * counts the request and writes its line to the log.
 */
export function observe({ metrics, log, clock, newId }: Observation): RequestHandler {
  return (req, res, next) => {
    const started = clock();
    const coldStart = metrics.begin();
    const requestId = req.requestId ?? newId();
    res.locals.coldStart = coldStart;
    res.locals.requestId = requestId;
    res.setHeader("X-Runtime", runtimeName);
    res.setHeader("X-Cold-Start", String(coldStart));
    res.setHeader("Cache-Control", "no-store");
    res.setHeader("X-Content-Type-Options", "nosniff");

    // "close" comes after "finish", and also where the caller has hung up.
    res.once("close", () => {
      const durationMs = clock() - started;
      const { method } = req;
      // What has no route is one, so that callers cannot make names up.
      const { route = "unmatched" } = res.locals;
      metrics.end(route === "unmatched" ? route : `${method} ${route}`, durationMs);
      const status = res.statusCode;
      const line = { requestId, method, route, status, durationMs: roundMs(durationMs), coldStart };
      log.info("request", line);
    });
    next();
  };
}
