// Opens the page at /docs of a running bench serve, and tries an operation out.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./serve.mjs";

const shots = join(import.meta.dirname, "out/screenshots");

let browser, server, base;
before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
  server = await serve();
  base = server.base;
});
after(async () => {
  await browser?.close();
  await server?.end();
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
