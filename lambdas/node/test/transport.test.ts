import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { it } from "node:test";
import { HttpRequest } from "@smithy/core/protocols";
import { Transport } from "../src/transport.ts";
import { listen } from "./fixtures.ts";

// A server that never accepts: further connections wait for the kernel.
const deaf = `
  const server = require("node:net").createServer().listen(0, "127.0.0.1", 1, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

it("a connection that does not come about ends the attempt", async () => {
  const server = spawn(process.execPath, ["-e", deaf], { stdio: ["ignore", "pipe", "inherit"] });
  const [output] = (await once(server.stdout, "data")) as [Buffer];
  const port = Number(output);
  const queue = Array.from({ length: 8 }, () => connect(port, "127.0.0.1"));
  for (const socket of queue) socket.on("error", () => undefined);
  try {
    const request = new HttpRequest({ protocol: "http:", hostname: "127.0.0.1", port });
    const transport = new Transport({ connectMs: 50, attemptMs: 60_000 });
    await assert.rejects(transport.handle(request), {
      name: "TimeoutError",
      message: "no connection within 50 ms",
    });
    transport.destroy();
  } finally {
    for (const socket of queue) socket.destroy();
    server.kill("SIGKILL");
  }
});

it("an answer comes whole", async () => {
  const { server, url } = await listen((_req, res) => {
    res.writeHead(299, { "set-cookie": ["a", "b"], "x-one": "1" });
    res.write("ü".repeat(100_000));
    res.end("!");
  });
  const { port } = new URL(url);
  const request = new HttpRequest({
    protocol: "http:",
    hostname: "127.0.0.1",
    port: Number(port),
    method: "POST",
    body: "x",
  });
  const transport = new Transport({ connectMs: 2000, attemptMs: 60_000 });
  const { response } = await transport.handle(request);
  assert.equal(response.statusCode, 299);
  assert.equal(response.headers["set-cookie"], "a,b");
  assert.equal(response.headers["x-one"], "1");
  assert.equal(String(response.body), `${"ü".repeat(100_000)}!`);
  assert.deepEqual(transport.httpHandlerConfigs(), {});
  transport.updateHttpClientConfig();
  transport.destroy();
  server.close();
});
