import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { listen, proxyEvent, send, testId } from "./fixtures.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "src/main.ts");
const environment = {
  PATH: process.env["PATH"],
  NODE_V8_COVERAGE: process.env["NODE_V8_COVERAGE"],
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
};

/** A Node process with no more variables than these, and what it wrote. */
function run(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, { env: { ...environment, ...env } });
  const output = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.err += text));
  return { child, output };
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, "close")) as unknown[];
  return code;
}

/** A plain server and its address. */
async function runServer(entry: string, env: Record<string, string> = {}) {
  const { child, output } = run([entry], { PORT: "0", ...env });
  await once(child.stderr, "data");
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(output.err)?.[1];
  assert.ok(url, output.err);
  return { child, output, url };
}

/** What a function answers, one event after the other, in a process as in Lambda. */
async function runFunction(entry: string, targets: string[], env: Record<string, string>) {
  const events = targets.map((target) => {
    const body = /^(POST|PUT)/.test(target) ? '{"name":"Lamp","price":19.99}' : undefined;
    return proxyEvent({ target, body });
  });
  const script = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(entry).href)});
    for (const event of ${JSON.stringify(events)}) {
      const answer = await handler(event, { awsRequestId: "lambda-id" });
      console.error(JSON.stringify(answer));
    }
    process.exit();`;
  const inLambda = { AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1", ...env };
  const { child, output } = run(["--input-type=module", "-e", script], inLambda);
  const code = await exitCode(child);
  assert.equal(code, 0, output.err);
  const answers = output.err.trimEnd().split("\n");
  return {
    answers: answers.map((a) => JSON.parse(a) as { statusCode: number; body: string }),
    log: output.out,
  };
}

/** A database that answers with what it was asked to put. */
async function fakeDatabase() {
  const asked: string[] = [];
  const { server, url } = await listen((req, res) => {
    const operation = String(req.headers["x-amz-target"]).split(".")[1] ?? "";
    asked.push(operation);
    const item = JSON.stringify({
      ...{ id: { S: testId }, name: { S: "Lamp" }, description: { S: "" }, price: { N: "19.99" } },
      ...{
        runtime: { S: "go" },
        sourceIp: { S: "" },
        createdAt: { S: "a" },
        updatedAt: { S: "b" },
      },
    });
    req.resume().once("end", () => {
      res.end(`{"Item":${item},"Attributes":${item},"Items":[${item}]}`);
    });
  });
  return {
    asked,
    env: { AWS_ENDPOINT_URL_DYNAMODB: url },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe("plain server", () => {
  it("answers, and stops by SIGTERM", async () => {
    const { child, output, url } = await runServer(main);
    const got = await send(url, { target: "GET /typescript/health" });
    assert.equal(got.status, 200);
    assert.match(got.body, /"memoryLimitMb":0,"coldStart":true,"version":"dev"/);
    child.kill("SIGTERM");
    assert.equal(await exitCode(child), 0);
    assert.match(output.out, /^\{.*"message":"request".*"route":"\/health".*\}\n$/);
  });

  it("finishes what it has begun", async () => {
    const asked = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<undefined>();
    const { server, url: endpoint } = await listen((_req, res) => {
      asked.resolve(undefined);
      void answer.promise.then(() => res.end("{}"));
    });
    const { child, url } = await runServer(main, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    const reply = send(url, { target: `GET /items/${testId}` });
    await asked.promise;
    child.kill("SIGINT");
    answer.resolve(undefined);
    assert.equal((await reply).status, 404);
    assert.equal(await exitCode(child), 0);
    server.close();
    server.closeAllConnections();
  });

  it("says why it can't listen", async () => {
    const { server, url } = await listen(() => undefined);
    const { child, output } = run([main], { PORT: new URL(url).port });
    assert.equal(await exitCode(child), 1);
    assert.match(output.err, /^error: listen EADDRINUSE.*\n$/);
    server.close();
  });

  it("refuses wrong settings", async () => {
    const { child, output } = run([main], { PORT: "x" });
    assert.equal(await exitCode(child), 2);
    assert.equal(output.err, 'error: PORT: got "x", want an integer, 0 or more\n');
  });
});

describe("function", () => {
  it("is primed in the init phase", async () => {
    const database = await fakeDatabase();
    const env = { ...database.env, PRIME_ON_INIT: "true", AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128" };
    const { answers, log } = await runFunction(main, ["GET /node/metrics"], env);
    const [answer] = answers;
    assert.equal(answer?.statusCode, 200);
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    assert.deepEqual([body["invocations"], body["coldStart"]], [1, true]);
    assert.ok(Number(body["initDurationMs"]) > 0);
    assert.deepEqual(database.asked, ["GetItem"]);
    assert.match(log, /"requestId":"lambda-id"/);
    database.close();
  });

  it("is not primed unless told to", async () => {
    const database = await fakeDatabase();
    const targets = ["GET /health", "GET /metrics"];
    const { answers } = await runFunction(main, targets, database.env);
    assert.deepEqual(
      answers.map((a) => a.statusCode),
      [200, 200],
    );
    assert.deepEqual(database.asked, []);
    database.close();
  });

  it("works without what it could not be primed with", async () => {
    const env = { PRIME_ON_INIT: "true", AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" };
    const { answers, log } = await runFunction(main, ["GET /health"], env);
    assert.equal(answers[0]?.statusCode, 200);
    assert.match(log, /"level":"WARN","message":"prime the store","error":"Error: prime the store/);
  });

  it("leaves the report of wrong settings to Lambda's runtime", async () => {
    const env = { AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1", ITEM_TTL_DAYS: "0" };
    const { child, output } = run([main], env);
    assert.equal(await exitCode(child), 1);
    assert.match(output.err, /SettingsError: ITEM_TTL_DAYS: got "0", want a positive integer\n/);
  });
});

/** A bundle in a folder, and the names of what is in it. */
async function buildTo(dir: string, entry: string) {
  const { child, output } = run([join(root, "build.ts"), entry, dir], {});
  assert.equal(await exitCode(child), 0, output.err);
  const names = output.out.replaceAll(/=\d+\.\d+\.\d+\n/g, " ");
  return { bundle: join(dir, `${entry}.mjs`), names };
}

// The bundle lacks modules that should never be called: this calls all there is.
describe("bundle", () => {
  const dir = mkdtempSync(join(tmpdir(), "node-bundle-"));
  after(() => {
    rmSync(dir, { recursive: true });
  });
  const build = async (entry: string) => (await buildTo(dir, entry)).bundle;

  it("answers events", async () => {
    const bundle = await build("main");
    const database = await fakeDatabase();
    const calls: [string, number][] = [
      ["POST /node/items", 201],
      ["GET /node/items?limit=1", 200],
      [`GET /node/items/${testId}`, 200],
      [`PUT /node/items/${testId}`, 200],
      [`DELETE /node/items/${testId}`, 204],
      ["GET /node/health", 200],
      ["GET /node/metrics", 200],
      ["GET /node/nothing", 404],
      ["PATCH /node/items", 405],
    ];
    const targets = calls.map(([target]) => target);
    const { answers } = await runFunction(bundle, targets, database.env);
    assert.deepEqual(
      answers.map((a) => a.statusCode),
      calls.map(([, status]) => status),
    );
    const want = ["PutItem", "Scan", "GetItem", "UpdateItem", "DeleteItem"];
    assert.deepEqual(database.asked, want);
    database.close();
  });

  it("is a server, too", async () => {
    const bundle = await build("main");
    const database = await fakeDatabase();
    const { child, url } = await runServer(bundle, database.env);
    const body = '{"name":"Lamp","price":19.99}';
    assert.equal((await send(url, { target: "POST /items", body })).status, 201);
    child.kill("SIGTERM");
    assert.equal(await exitCode(child), 0);
    database.close();
  });

  it("is one small file without leftovers", async () => {
    const alone = join(dir, "alone");
    const { bundle } = await buildTo(alone, "main");
    assert.deepEqual(readdirSync(alone), ["main.mjs"]);
    const { size } = statSync(bundle);
    assert.ok(size < 400_000, `size: got ${size} bytes, want less than 400000`);
    const text = readFileSync(bundle, "utf8");
    for (const trace of [
      "iso-8859-8-i",
      "application/vnd.ms-excel",
      "sso_start_url",
      "devDependencies",
      root,
    ]) {
      assert.ok(!text.includes(trace), `got ${trace} in the bundle`);
    }
  });

  it("bare answers any event", async () => {
    const bundle = await build("bare");
    const { answers } = await runFunction(bundle, ["GET /whatever"], {});
    assert.deepEqual(answers, [
      {
        statusCode: 200,
        headers: { "Content-Type": "application/json" },
        body: '{"status":"ok"}',
      },
    ]);
  });

  it("layers have no more than they say", async () => {
    const layers = join(dir, "layers");
    const floor = await buildTo(layers, "bare");
    assert.equal(floor.names, "esbuild ");
    const framework = await buildTo(layers, "framework");
    assert.equal(framework.names, "express serverless-http esbuild ");
    assert.doesNotMatch(readFileSync(framework.bundle, "utf8"), /dynamo|smithy/i);
    const sdk = await buildTo(layers, "sdk");
    assert.equal(
      sdk.names,
      "@aws-sdk/client-dynamodb @smithy/core express serverless-http esbuild ",
    );
    assert.doesNotMatch(readFileSync(sdk.bundle, "utf8"), /X-Cold-Start|about:blank/);
    const sizes = [floor, framework, sdk].map(({ bundle }) => statSync(bundle).size);
    const main = statSync(await build("main")).size;
    assert.deepEqual(
      [...sizes, main],
      [...sizes, main].sort((a, b) => a - b),
    );
  });

  it("layers answer events", async () => {
    const database = await fakeDatabase();
    const calls: [string, number][] = [
      ["POST /node/items", 201],
      ["GET /node/items", 200],
      [`GET /node/items/${testId}`, 200],
      [`PUT /node/items/${testId}`, 200],
      [`DELETE /node/items/${testId}`, 204],
      ["GET /node/nothing", 404],
    ];
    const targets = calls.map(([target]) => target);
    for (const [entry, asked] of [
      ["framework", []],
      ["sdk", ["PutItem", "Scan", "GetItem", "UpdateItem", "DeleteItem"]],
    ] as const) {
      const { answers, log } = await runFunction(await build(entry), targets, database.env);
      assert.deepEqual(
        answers.map((a) => a.statusCode),
        calls.map(([, status]) => status),
      );
      assert.deepEqual([database.asked, log], [asked, ""]);
    }
    database.close();
  });

  it("names its entries", async () => {
    const { child, output } = run([join(root, "build.ts")], {});
    assert.equal(await exitCode(child), 1);
    assert.match(output.err, /usage: node build\.ts main\|sdk\|framework\|bare OUTPUT_FOLDER/);
  });
});
