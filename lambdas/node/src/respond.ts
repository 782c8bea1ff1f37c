import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { Log } from "./log.ts";
import type { CpuTime, Meter } from "./meter.ts";
import { type Metrics, roundMs } from "./metrics.ts";
import { databaseUnavailable, problemOf, unknownPath } from "./problem.ts";

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
    }
  }
}

/** What every request is surrounded with. The clock tells milliseconds. */
export interface Observation {
  readonly metrics: Metrics;
  readonly meter: Meter;
  readonly log: Log;
  readonly clock: () => number;
  readonly newId: () => string;
}

/**
 * Surrounds every request: sets the headers that all answers have, and afterwards
 * counts the request and writes its line to the log.
 */
export function observe({ metrics, meter, log, clock, newId }: Observation): RequestHandler {
  return (req, res, next) => {
    const started = clock();
    const cpuBefore = total(meter.cpu());
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
      const matched = res.locals.route;
      // What has no route is one, so that callers cannot make names up.
      const route = matched ?? "unmatched";
      metrics.end(matched === undefined ? route : `${method} ${route}`, durationMs);
      log.request({
        requestId,
        method,
        route,
        status: res.statusCode,
        durationMs: roundMs(durationMs),
        cpuMs: (total(meter.cpu()) - cpuBefore) / 1000,
        rssBytes: meter.rssBytes(),
        coldStart,
      });
    });
    next();
  };
}

function total({ user, system }: CpuTime): number {
  return user + system;
}

/**
 * Refuses a path with escapes, which Express would decode, or answer by itself
 * where it cannot, and with what no request line can carry.
 */
export const exactPath: RequestHandler = (req, _res, next) => {
  // What is behind a # would be no part of the path, with Express.
  next(/^[^\s#%?]*(\?|$)/.test(req.url) ? undefined : unknownPath);
};

/** Answers with an error's problem. What the caller may not see goes to the log. */
export function answerProblem(log: Log): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _req, res, _next) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log.error(problem.message, res.locals.requestId, error);
    if (problem === databaseUnavailable) res.setHeader("Retry-After", "1");
    send(res, problem.status, "application/problem+json", problem);
  };
}

export function sendJson(res: Response, status: number, body: object): void {
  send(res, status, "application/json", body);
}

// Express's own res.json would add a charset to the content type.
function send(res: Response, status: number, contentType: string, body: object): void {
  res.statusCode = status;
  res.setHeader("Content-Type", contentType);
  res.end(JSON.stringify(body));
}
