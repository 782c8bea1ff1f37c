import { once } from "node:events";
import { createServer, request, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import type { Express } from "express";
import { createApp, type Store } from "../src/app.ts";
import { createClient } from "../src/client.ts";
import { eventHandler } from "../src/event.ts";
import { readFields } from "../src/fields.ts";
import { Metrics } from "../src/metrics.ts";
import type { Item } from "../src/model.ts";
import { listenerOf } from "../src/routing.ts";
import { createClient as tunedClient } from "../src/tuned/client.ts";
import { readFields as tunedFields } from "../src/tuned/fields.ts";
import { createLog } from "../src/tuned/log.ts";

/** In what the function is there twice. Most tests are run over both. */
export const variants = {
  stock: { readFields, createClient },
  tuned: { readFields: tunedFields, createClient: tunedClient },
};
export type Variant = keyof typeof variants;

export const testId = "576e85e6-60a5-45e3-88c6-be8ce5f871fc";
export const testItem: Item = {
  id: testId,
  name: "Widget",
  description: "<b>",
  price: 19.99,
  runtime: "node",
  sourceIp: "127.0.0.1",
  createdAt: "2026-11-22T04:05:06.789Z",
  updatedAt: "2026-11-22T04:05:06.789Z",
};
/** The item as callers see it, to the byte. */
export const itemJson = `{"id":"${testId}","name":"Widget","description":"<b>","price":19.99,"runtime":"node","sourceIp":"127.0.0.1","createdAt":"2026-11-22T04:05:06.789Z","updatedAt":"2026-11-22T04:05:06.789Z"}`;

const problem = (status: number, title: string, detail: string) =>
  `{"type":"about:blank","title":"${title}","status":${status},"detail":"${detail}"}`;
export const pathProblem = problem(404, "Not Found", "The requested resource does not exist.");
export const itemProblem = problem(404, "Not Found", "The item does not exist.");
export const methodProblem = problem(
  405,
  "Method Not Allowed",
  "The method is not allowed for this resource.",
);
export const mediaProblem = problem(
  415,
  "Unsupported Media Type",
  "The request body must be application/json without a content encoding.",
);
export const sizeProblem = problem(
  413,
  "Content Too Large",
  "The request body must not exceed 65536 bytes.",
);
export const bodyProblem = problem(
  400,
  "Bad Request",
  "The request body must be a JSON object with no other fields than name, description and price.",
);
export const limitProblem = problem(
  400,
  "Bad Request",
  "The limit must be an integer from 1 to 100.",
);
export const tokenProblem = problem(400, "Bad Request", "The nextToken is not valid.");
export const downProblem = problem(
  503,
  "Service Unavailable",
  "The database is not available, try again later.",
);
export const otherProblem = problem(500, "Internal Server Error", "An unexpected error occurred.");

/** A store whose methods, unless given, fail because nothing should call them. */
export function fakeStore(methods: Partial<Store>): Store {
  const uncalled = async () => {
    throw new Error("the store was called");
  };
  return {
    get: uncalled,
    list: uncalled,
    put: uncalled,
    update: uncalled,
    delete: uncalled,
    ...methods,
  };
}

/** An app whose clocks stand still and whose ids are testId, and its log. */
export function testApp(store: Store, variant: Variant = "stock") {
  const lines: string[] = [];
  const clock = () => 1000;
  const now = () => new Date("2026-11-22T04:05:06.789Z");
  const app = createApp({
    store,
    readFields: variants[variant].readFields,
    metrics: new Metrics(clock, 1769),
    log: createLog((line) => lines.push(line), now, "ERROR"),
    clock,
    now,
    newId: () => testId,
    settings: { itemTtlDays: 7, version: "1.2.3", memoryLimitMb: 1769 },
  });
  return { app, lines };
}

/** A request: "POST /items" and more. A body brings its content type along. */
export interface Call {
  readonly target: string;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Answer {
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function parts({ target, body, headers = {} }: Call) {
  const [method = "", url = ""] = target.split(" ");
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return { method, url, body, headers: { ...type, ...headers } };
}

/** Sends a request to an app as an event of API Gateway. */
export async function callByEvent(
  app: Express,
  call: Call,
  event = proxyEvent(call),
): Promise<Answer> {
  const answer = await eventHandler(app)(event, {
    awsRequestId: "lambda-id",
  } as Context);
  if (answer.isBase64Encoded !== false) throw new Error("got a base64 answer, want text");
  const headers = Object.entries(answer.headers ?? {}).map(
    ([k, v]) => [k.toLowerCase(), v] as const,
  );
  return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.body };
}

/** The event that API Gateway makes of a request: its query decoded, its path not. */
export function proxyEvent(call: Call): APIGatewayProxyEvent {
  const { method, url, body, headers } = parts(call);
  const [path = "", search = ""] = url.split("?");
  const query = new URLSearchParams(search);
  const all = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
  const multiValueHeaders = Object.entries(headers).map(
    ([name, value]) => [name, [value]] as const,
  );
  return {
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(multiValueHeaders),
    queryStringParameters: search === "" ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: search === "" ? null : all,
    body: body ?? null,
    isBase64Encoded: false,
    requestContext: { identity: { sourceIp: "127.0.0.1" } },
  } as unknown as APIGatewayProxyEvent;
}

/** Sends a request to an app over HTTP. */
export async function callByHttp(app: Express, call: Call): Promise<Answer> {
  const { server, url } = await listen(listenerOf(app));
  try {
    return await send(url, call);
  } finally {
    server.close();
  }
}

/** Sends a request with its path as it is, which fetch would tidy up. */
export async function send(base: string, call: Call): Promise<Answer> {
  const { method, url, body, headers } = parts(call);
  const { hostname, port } = new URL(base);
  // Node itself says the length of a POST or PUT only.
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const outgoing = request({
    ...{ hostname, port, method, path: url, agent: false },
    headers: { ...headers, ...length },
  });
  const answered = new Promise<Answer>((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.once("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
  });
  outgoing.end(body);
  return answered;
}

/** Starts a server on a free port of this machine. */
export async function listen(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
