import type { ErrorRequestHandler, Express, IRoute, RequestHandler, Response } from "express";
import manifest from "../package.json" with { type: "json" };
import {
  type Fields,
  isId,
  type Item,
  nextToken,
  type Page,
  parseLimit,
  parseNextToken,
} from "./model.ts";
import { type Observation, observe, runtimeName } from "./observe.ts";
import {
  databaseUnavailable,
  methodNotAllowed,
  Problem,
  unexpected,
  unknownItem,
  unknownPath,
} from "./problem.ts";
import { createExpress, prefixed } from "./routing.ts";
import type { Settings } from "./settings.ts";
import { type ItemList, NotFoundError, UnavailableError } from "./store.ts";

const dayMs = 24 * 60 * 60 * 1000;

/**
 * What the app needs of a store. Its methods reject with a NotFoundError, an
 * UnavailableError, or what was not expected.
 */
export interface Store {
  get(id: string): Promise<Item>;
  list(limit: number, after: string | undefined): Promise<ItemList>;
  put(item: Item, expires: Date): Promise<void>;
  update(id: string, fields: Fields, updatedAt: string): Promise<Item>;
  delete(id: string): Promise<void>;
}

/** Leaves a valid body in res.locals.fields, or throws a Problem. */
export type BodyReader = (RequestHandler | ErrorRequestHandler)[];

/** Everything that the app depends on. */
export interface Dependencies extends Observation {
  readonly store: Store;
  readonly readFields: BodyReader;
  readonly now: () => Date;
  readonly settings: Pick<Settings, "itemTtlDays" | "version" | "memoryLimitMb">;
}

/** Answers the Items API. */
export function createApp(deps: Dependencies): Express {
  const { store, readFields, metrics, now, settings } = deps;

  const createItem: RequestHandler = async (req, res) => {
    const created = now();
    const item: Item = {
      id: deps.newId(),
      ...res.locals.fields,
      runtime: runtimeName,
      // The peer's address. Headers that tell another one are the caller's own claim.
      sourceIp: req.socket.remoteAddress ?? "",
      createdAt: created.toISOString(),
      updatedAt: created.toISOString(),
    };
    await store.put(item, new Date(created.getTime() + settings.itemTtlDays * dayMs));
    res.setHeader("Location", `items/${item.id}`);
    sendJson(res, 201, item);
  };

  const listItems: RequestHandler = async (req, res) => {
    const limit = parseLimit(req.query["limit"]);
    const after = parseNextToken(req.query["nextToken"]);
    const { items, next } = await store.list(limit, after);
    const page: Page = next === undefined ? { items } : { items, nextToken: nextToken(next) };
    sendJson(res, 200, page);
  };

  const getItem: RequestHandler<{ id: string }> = async (req, res) => {
    sendJson(res, 200, await store.get(req.params.id));
  };

  const replaceItem: RequestHandler<{ id: string }> = async (req, res) => {
    const item = await store.update(req.params.id, res.locals.fields, now().toISOString());
    sendJson(res, 200, item);
  };

  const deleteItem: RequestHandler<{ id: string }> = async (req, res) => {
    await store.delete(req.params.id);
    res.statusCode = 204;
    res.end();
  };

  const health: RequestHandler = (_req, res) => {
    sendJson(res, 200, {
      status: "ok",
      runtime: runtimeName,
      runtimeVersion: process.versions.node,
      // package.json pins exact versions, so it knows what is in the bundle.
      framework: `Express ${manifest.dependencies.express}`,
      architecture: process.arch === "x64" ? "x86_64" : process.arch,
      memoryLimitMb: settings.memoryLimitMb,
      coldStart: res.locals.coldStart,
      version: settings.version,
    });
  };

  const showMetrics: RequestHandler = (_req, res) => {
    const sdkVersion = manifest.dependencies["@aws-sdk/client-dynamodb"];
    sendJson(res, 200, { ...metrics.body(res.locals.coldStart), sdkVersion });
  };

  const app = createExpress();
  app.use(observe(deps));
  const route = (path: string, ...methods: string[]): IRoute =>
    app.route(prefixed(path)).all(matched(path, methods));
  route("/items", "GET", "POST").get(listItems).post(readFields, createItem);
  route("/items/:id", "GET", "PUT", "DELETE")
    .get(getItem)
    .put(readFields, replaceItem)
    .delete(deleteItem);
  route("/health", "GET").get(health);
  route("/metrics", "GET").get(showMetrics);
  app.use(() => {
    throw unknownPath();
  });
  app.use(answerError(deps));
  return app;
}

/**
 * Refuses paths with escapes, then other methods, among them HEAD and OPTIONS, which
 * Express would answer by itself, then ids that are none; and remembers the route.
 */
function matched(path: string, methods: readonly string[]): RequestHandler<{ id?: string }> {
  const template = path.replace(":id", "{id}");
  const allow = methods.join(", ");
  return (req, res, next) => {
    const { id } = req.params;
    if (id?.includes("%")) throw unknownPath();
    if (!methods.includes(req.method)) {
      res.setHeader("Allow", allow);
      throw methodNotAllowed();
    }
    res.locals.route = template;
    if (id !== undefined && !isId(id)) throw unknownItem();
    next();
  };
}

/** Answers with an error's problem. What the caller may not see goes to the log. */
function answerError({ log }: Observation): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _req, res, _next) => {
    const problem = problemOf(error);
    const { requestId } = res.locals;
    if (problem.status >= 500) log.error(problem.message, { requestId, error });
    if (problem.status === 503) res.setHeader("Retry-After", "1");
    send(res, problem.status, "application/problem+json", problem);
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NotFoundError) return unknownItem();
  if (error instanceof UnavailableError) return databaseUnavailable();
  return unexpected();
}

function sendJson(res: Response, status: number, body: object): void {
  send(res, status, "application/json", body);
}

// Express's own res.json would add a charset to the content type, which JSON has none of.
function send(res: Response, status: number, contentType: string, body: object): void {
  res.statusCode = status;
  res.setHeader("Content-Type", contentType);
  res.end(JSON.stringify(body));
}
