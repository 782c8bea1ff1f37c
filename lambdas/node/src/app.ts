import type { Express, IRoute, Request, RequestHandler } from "express";
import type { Metrics } from "./metrics.ts";
import {
  type Fields,
  isId,
  type Item,
  maxBodyBytes,
  nextToken,
  type Page,
  parseFields,
  parseLimit,
  parseNextToken,
} from "./model.ts";
import {
  bodyTooLarge,
  methodNotAllowed,
  unknownItem,
  unknownPath,
  unsupportedMediaType,
} from "./problem.ts";
import {
  answerProblem,
  exactPath,
  type Observation,
  observe,
  runtimeName,
  sendJson,
} from "./respond.ts";
import { createExpress, prefixed } from "./routing.ts";
import type { ItemList } from "./store.ts";
import { expressVersion } from "./versions.ts";

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

/** Everything that the app depends on. */
export interface Dependencies extends Observation {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly itemTtlDays: number;
  readonly version: string;
  /** 0 where it is not known. */
  readonly memoryLimitMb: number;
}

/** Answers the Items API. */
export function createApp(deps: Dependencies): Express {
  const { store, metrics, now } = deps;

  const createItem: RequestHandler = async (req, res) => {
    const fields = await readFields(req);
    const created = now();
    const item: Item = {
      id: deps.newId(),
      ...fields,
      runtime: runtimeName,
      // The peer's address. Headers that tell another one are the caller's own claim.
      sourceIp: req.socket.remoteAddress ?? "",
      createdAt: created.toISOString(),
      updatedAt: created.toISOString(),
    };
    await store.put(item, new Date(created.getTime() + deps.itemTtlDays * dayMs));
    res.setHeader("Location", `items/${item.id}`);
    sendJson(res, 201, item);
  };

  const listItems: RequestHandler = async (req, res) => {
    const query = new URLSearchParams(req.url.split("?", 2)[1]);
    const limit = parseLimit(query.getAll("limit"));
    const after = parseNextToken(query.getAll("nextToken"));
    const { items, next } = await store.list(limit, after);
    const page: Page = next === undefined ? { items } : { items, nextToken: nextToken(next) };
    sendJson(res, 200, page);
  };

  const getItem: RequestHandler<{ id: string }> = async (req, res) => {
    sendJson(res, 200, await store.get(itemId(req)));
  };

  const replaceItem: RequestHandler<{ id: string }> = async (req, res) => {
    const id = itemId(req);
    const fields = await readFields(req);
    sendJson(res, 200, await store.update(id, fields, now().toISOString()));
  };

  const deleteItem: RequestHandler<{ id: string }> = async (req, res) => {
    await store.delete(itemId(req));
    res.statusCode = 204;
    res.end();
  };

  const health: RequestHandler = (_req, res) => {
    sendJson(res, 200, {
      status: "ok",
      runtime: runtimeName,
      runtimeVersion: process.versions.node,
      framework: `Express ${expressVersion}`,
      architecture: architecture(process.arch),
      memoryLimitMb: deps.memoryLimitMb,
      coldStart: res.locals.coldStart,
      version: deps.version,
    });
  };

  const showMetrics: RequestHandler = (_req, res) => {
    sendJson(res, 200, metrics.body(res.locals.coldStart));
  };

  const app = createExpress();
  app.use(observe(deps), exactPath);
  const route = (path: string, ...methods: string[]): IRoute =>
    app.route(prefixed(path)).all(matched(path, methods));
  route("/items", "GET", "POST").get(listItems).post(createItem);
  route("/items/:id", "GET", "PUT", "DELETE").get(getItem).put(replaceItem).delete(deleteItem);
  route("/health", "GET").get(health);
  route("/metrics", "GET").get(showMetrics);
  app.use(() => {
    throw unknownPath;
  });
  app.use(answerProblem(deps.log));
  return app;
}

/**
 * Refuses other methods, among them HEAD and OPTIONS, which Express would answer
 * by itself, and remembers the route.
 */
function matched(path: string, methods: readonly string[]): RequestHandler {
  const template = path.replace(":id", "{id}");
  const allow = methods.join(", ");
  return (req, res, next) => {
    if (!methods.includes(req.method)) {
      res.setHeader("Allow", allow);
      throw methodNotAllowed;
    }
    res.locals.route = template;
    next();
  };
}

function itemId(req: Request<{ id: string }>): string {
  if (!isId(req.params.id)) throw unknownItem;
  return req.params.id;
}

/** Judges a request's media type, then its size, then its body. */
async function readFields(req: Request): Promise<Fields> {
  const { "content-type": contentType = "", "content-encoding": encoding } = req.headers;
  if (encoding !== undefined || !/^[ \t]*application\/json[ \t]*(;|$)/i.test(contentType)) {
    throw unsupportedMediaType;
  }
  // The adapter for events has the whole body already.
  const body = Buffer.isBuffer(req.body) ? req.body : await readBody(req);
  if (body.length > maxBodyBytes) throw bodyTooLarge;
  return parseFields(body);
}

/** Reads the whole body, but keeps no more of it than shows that it is too large. */
async function readBody(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    if (size <= maxBodyBytes) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

/** Lambda's name of a processor architecture. */
export function architecture(arch: string): string {
  return arch === "x64" ? "x86_64" : arch;
}
