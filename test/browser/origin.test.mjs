// Pages of other origins try to run functions of a bench serve, in a real browser,
// with all that a page may do without asking. None of it gets there.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./serve.mjs";

let browser, server, other, port;
before(async () => {
  // Chromium has begun to ask people whether a page may reach their machine. Other
  // browsers do not.
  browser = await launch("--host-resolver-rules=MAP evil.example 127.0.0.1", "--disable-features=LocalNetworkAccessChecks");
  server = await serve();
  other = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!doctype html><title>a page</title><body>"));
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  port = other.address().port;
});
after(async () => {
  await browser?.close();
  other?.close();
  await server?.end();
});

// What a page can send unasked, as it stands in its script: each resolves when the
// browser is done with it.
async function attacks(base) {
  const body = JSON.stringify({ name: "Mine", price: 1 });
  const items = `${base}/go/items`;
  const invoke = `${base}/2015-03-31/functions/multi-runtime-benchmark-go-dev/invocations`;
  const settled = (promise) => promise.then(() => "sent", () => "refused");
  const loaded = (element, parent = document.body) => new Promise((done) => {
    element.onload = element.onerror = done;
    parent.append(element);
  });
  const form = (action, method) => {
    const frame = Object.assign(document.createElement("iframe"), { name: `frame${Math.random()}` });
    document.body.append(frame);
    const sent = new Promise((done) => { frame.onload = done; });
    const made = Object.assign(document.createElement("form"), { action, method, enctype: "text/plain", target: frame.name });
    made.append(Object.assign(document.createElement("input"), { name: '{"name":"Mine","price":1,"x":"', value: '"}' }));
    document.body.append(made);
    made.submit();
    return sent;
  };
  await settled(fetch(items, { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body }));
  await settled(fetch(items, { method: "POST", headers: { "Content-Type": "application/json" }, body }));
  await settled(fetch(items, { mode: "no-cors" }));
  await settled(fetch(items, { mode: "no-cors", referrerPolicy: "no-referrer" }));
  await settled(fetch(invoke, { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "{}" }));
  await settled(fetch(invoke, { method: "POST", mode: "no-cors", body: new Blob(["{}"]) }));
  await form(items, "post");
  await form(items, "get");
  await form(invoke, "post");
  await loaded(Object.assign(new Image(), { src: `${items}?image` }));
  await loaded(Object.assign(document.createElement("script"), { src: `${items}?script` }));
  await loaded(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${items}?style` }));
  await loaded(Object.assign(document.createElement("iframe"), { src: `${base}/docs` }));
  await loaded(Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts", srcdoc: `<script>fetch("${items}", { method: "POST", mode: "no-cors", body: "x" }).finally(() => { location = "about:blank"; })</script>` }));
}
const least = 9; // answers of these that a browser lets a test see

// tried runs the attacks on a page and returns the statuses of what reached the server.
async function tried(page, target) {
  const statuses = [];
  page.on("response", (response) => response.url().startsWith(target) && statuses.push(`${response.status()} ${response.request().method()} ${response.url().slice(target.length)}`));
  await page.evaluate(attacks, target);
  await page.context().close();
  return statuses;
}

// ran is how many requests the gateway and the Invoke API have let through to a
// function; a request of ours ends the count.
async function ran() {
  const last = server.heard(/GET \/go\/last/);
  await fetch(`${server.base}/go/last`);
  await last;
  return server.said.filter((line) => /\/go\/items|^invoke /.test(line)).length;
}

function allRefused(statuses) {
  assert.ok(statuses.length >= least, `got ${statuses.length} answers, want ${least} at least:\n${statuses.join("\n")}`);
  assert.deepEqual(statuses.filter((line) => !line.startsWith("403 ")), []);
}

test("a program of this machine is answered", async () => {
  const before = await ran();
  const answer = await fetch(`${server.base}/go/items`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"name":"Lamp","price":1}' });
  assert.equal(answer.status, 201);
  assert.equal(await ran(), before + 1);
});

for (const [name, origin] of [["another port", "http://127.0.0.1"], ["another name of this machine", "http://localhost"], ["a foreign name", "http://evil.example"]]) {
  test(`a page of ${name} runs nothing`, async () => {
    const before = await ran();
    const page = await browser.newPage();
    await page.goto(`${origin}:${port}/`);
    const statuses = await tried(page, server.base);
    assert.equal(await ran(), before, "calls of functions");
    allRefused(statuses);
  });
}

test("a page whose name comes to mean this machine runs nothing", async () => {
  const before = await ran();
  const page = await browser.newPage();
  const rebound = server.base.replace("127.0.0.1", "evil.example");
  // The page itself is from before the name was rebound.
  await page.route(`${rebound}/page`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }));
  await page.goto(`${rebound}/page`);
  const read = await page.evaluate((url) => fetch(url).then(async (answer) => [answer.status, await answer.text()]), `${rebound}/go/items`);
  assert.equal(read[0], 403, read[1]);
  const statuses = await tried(page, rebound);
  assert.equal(await ran(), before, "calls of functions");
  allRefused(statuses);
});
