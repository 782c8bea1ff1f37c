/**
 * The stock function as a plain HTTP server on 127.0.0.1:$PORT, for development. It is
 * no part of what Lambda runs.
 *
 *     PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 npm start
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "./client.ts";
import { readFields } from "./fields.ts";
import { log } from "./log.ts";
import { listenerOf } from "./routing.ts";
import { start } from "./start.ts";

/** How long a server that is to stop waits for the requests that it has begun. */
const drainMs = 10_000;

const app = await start({ log, readFields, createClient });
const server = createServer(listenerOf(app));
server.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1");
await once(server, "listening"); // or rejects with the server's error
const { port } = server.address() as AddressInfo;
process.stderr.write(`listening on http://127.0.0.1:${port}\n`);

await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
const hurry = setTimeout(() => {
  server.closeAllConnections();
}, drainMs);
server.close();
await once(server, "close");
clearTimeout(hurry);
