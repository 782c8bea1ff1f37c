import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { type HttpHandler, type HttpRequest, HttpResponse } from "@smithy/core/protocols";

type HandlerOptions = NonNullable<Parameters<HttpHandler["handle"]>[1]>;

/** Limits of one attempt, in milliseconds. */
export interface Limits {
  /** Until the connection is there. */
  readonly connectMs: number;
  /** Until the last byte of the answer is there. */
  readonly attemptMs: number;
}

/**
 * The SDK's way to HTTP: one attempt, whose answer it gets as a whole.
 *
 * The SDK's own NodeHttpHandler hands out a stream, and its time limits end with
 * the headers: an answer that stops half-way would be waited for until Lambda ends
 * the function. A whole answer also saves the first call from loading the web
 * streams, which the SDK looks at only to read a body.
 */
export class Transport implements HttpHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #limits: Limits;
  readonly #schemes = {
    "http:": { request: http.request, agent: new http.Agent({ keepAlive: true }) },
    "https:": { request: https.request, agent: new https.Agent({ keepAlive: true }) },
  };

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  handle(request: HttpRequest, options?: HandlerOptions): Promise<{ response: HttpResponse }> {
    const { request: send, agent } =
      this.#schemes[request.protocol === "http:" ? "http:" : "https:"];
    const { connectMs, attemptMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const outgoing = send({
        agent,
        method: request.method,
        host: request.hostname,
        port: request.port,
        path: request.path,
        headers: request.headers,
        signal: options?.abortSignal as AbortSignal | undefined,
      });
      const limit = (ms: number, what: string) =>
        setTimeout(() => {
          reject(new TimeoutError(`no ${what} within ${ms} ms`));
          outgoing.destroy();
        }, ms);
      const timers = [limit(attemptMs, "answer")];
      outgoing.once("close", () => {
        timers.forEach(clearTimeout);
      });
      outgoing.on("error", reject);
      outgoing.once("socket", (socket: Socket) => {
        if (!socket.connecting) return;
        const timer = limit(connectMs, "connection");
        timers.push(timer);
        socket.once("connect", () => {
          clearTimeout(timer);
        });
      });
      outgoing.once("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject); // such as a connection that broke
        incoming.once("end", () => {
          resolve({ response: answer(incoming, Buffer.concat(chunks)) });
        });
      });
      outgoing.end(request.body);
    });
  }

  destroy(): void {
    for (const { agent } of Object.values(this.#schemes)) agent.destroy();
  }

  updateHttpClientConfig(): void {
    // There is nothing that the SDK could set.
  }

  httpHandlerConfigs(): object {
    return {};
  }
}

/** The SDK knows by the name that it may try again. */
class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

function answer(incoming: http.IncomingMessage, body: Buffer): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return new HttpResponse({ statusCode: incoming.statusCode ?? 0, headers, body });
}
