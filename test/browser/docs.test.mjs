// Opens the page at /docs of a running bench serve, and tries an operation out.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";

const root = join(import.meta.dirname, "../..");
const shots = join(import.meta.dirname, "out/screenshots");

let browser, server, base;
before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
  server = spawn("bin/bench", ["serve", "--runtime", "go", "--addr", "127.0.0.1:0"], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  const said = [];
  for await (const line of createInterface({ input: server.stderr })) {
    said.push(line);
    base = /^listening on (\S+)/.exec(line)?.[1];
    if (base) break;
  }
  assert.ok(base, `bench serve ended: ${said.join("\n")}`);
  server.stderr.resume(); // or its log fills the pipe
});
after(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGINT");
    assert.equal(await ended, 0);
  }
});

test("an operation is tried out on the server itself", async () => {
  const page = await browser.newPage();
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(base) || troubles.push(`asked for ${request.url()}`));
  await page.goto(`${base}/docs`);
  const operation = page.locator("#operations-items-createItem");
  await operation.locator(".opblock-summary-control").click();
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await operation.locator("button.execute").click();
  const answer = await answered;
  assert.equal(answer.url(), `${base}/go/items`);
  assert.equal(answer.status(), 201);
  await operation.locator(".live-responses-table .response-col_status", { hasText: "201" }).waitFor();
  await page.screenshot({ path: join(shots, "docs.png"), fullPage: true });
  assert.deepEqual(troubles, []);
});
