import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** How long a server that is to stop waits for the requests that it has begun. */
const drainMs = 10_000;

/**
 * Answers plain HTTP on 127.0.0.1 until the process is told to stop, and then
 * finishes the requests that it has begun.
 *
 * @param announce is told the address
 */
export async function serve(
  listener: RequestListener,
  port: number,
  announce: (url: string) => void,
): Promise<void> {
  const server = createServer(listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening"); // or rejects with the server's error
  announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const hurry = setTimeout(() => {
    server.closeAllConnections();
  }, drainMs);
  server.close();
  await once(server, "close");
  clearTimeout(hurry);
}
