// A bench serve of the Go function on a port of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

// serve resolves once it listens. said holds the lines that it has printed, one for
// each request that reached a function or the gateway; heard resolves when one more
// matches; end wants exit code 0.
export async function serve() {
  const server = spawn("bin/bench", ["serve", "--runtime", "go", "--addr", "127.0.0.1:0"], { cwd: join(import.meta.dirname, "../.."), stdio: ["ignore", "ignore", "pipe"] });
  const said = [];
  const waiting = new Set();
  const lines = createInterface({ input: server.stderr });
  lines.on("line", (line) => {
    said.push(line);
    for (const look of waiting) look(line);
  });
  const ended = new Promise((done) => server.once("close", done));
  const heard = (pattern) => {
    const line = new Promise((done) => {
      const look = (text) => {
        const found = pattern.exec(text);
        if (!found) return;
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
    });
    return Promise.race([line, ended.then(() => assert.fail(`bench serve ended: ${said.join("\n")}`))]);
  };
  const [, base] = await heard(/^listening on (\S+)/);
  const end = async () => {
    if (server.exitCode === null) server.kill("SIGINT");
    assert.equal(await ended, 0);
  };
  return { base, said, heard, end };
}
