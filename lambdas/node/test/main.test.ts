import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { listen, proxyEvent, send, testId } from "./fixtures.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const stock = join(root, "src/main.ts");
const tuned = join(root, "src/tuned/main.ts");
const server = join(root, "src/server.ts");
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
  // Powertools writes warnings and errors there, too.
  const lines = output.err.trimEnd().split("\n");
  const isAnswer = (line: string) => line.startsWith('{"statusCode":');
  return {
    answers: lines
      .filter(isAnswer)
      .map((line) => JSON.parse(line) as { statusCode: number; body: string }),
    log: lines.filter((line) => !isAnswer(line)).join("\n") + `\n${output.out}`,
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
    const { child, output, url } = await runServer(server);
    const got = await send(url, { target: "GET /typescript/health" });
    assert.equal(got.status, 200);
    assert.match(got.body, /"memoryLimitMb":0,"coldStart":true,"version":"dev"/);
    assert.equal((await send(url, { target: "GET /items%2f" })).status, 404);
    child.kill("SIGTERM");
    assert.equal(await exitCode(child), 0);
    assert.match(output.out, /^\{.*"message":"request".*"route":"\/health".*\}\n/);
  });

  it("finishes what it has begun", async () => {
    const asked = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<undefined>();
    const { server: database, url: endpoint } = await listen((_req, res) => {
      asked.resolve(undefined);
      void answer.promise.then(() => res.end("{}"));
    });
    const { child, url } = await runServer(server, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    const reply = send(url, { target: `GET /items/${testId}` });
    await asked.promise;
    child.kill("SIGINT");
    answer.resolve(undefined);
    assert.equal((await reply).status, 404);
    assert.equal(await exitCode(child), 0);
    database.close();
    database.closeAllConnections();
  });

  it("says why it can't listen", async () => {
    const { server: other, url } = await listen(() => undefined);
    const { child, output } = run([server], { PORT: new URL(url).port });
    assert.equal(await exitCode(child), 1);
    assert.match(output.err, /listen EADDRINUSE/);
    other.close();
  });
});

for (const [name, main] of Object.entries({ stock, tuned })) {
  describe(`${name} function`, () => {
    it("is primed in the init phase", async () => {
      const database = await fakeDatabase();
      const limit = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128" };
      const env = { ...database.env, PRIME_ON_INIT: "true", ...limit };
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
      assert.match(log, /"level":"WARN","message":"prime the store"/);
    });

    it("logs what the caller may not see", async () => {
      const env = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" };
      const { answers, log } = await runFunction(main, ["GET /items"], env);
      assert.equal(answers[0]?.statusCode, 503);
      const lines = log.trim().split("\n");
      const [error, line] = lines.map((text) => JSON.parse(text) as Record<string, unknown>);
      assert.equal(error?.["level"], "ERROR");
      assert.equal(error["requestId"], "lambda-id");
      assert.match(JSON.stringify(error["error"]), /scan items.*ECONNREFUSED/);
      assert.match(String(line?.["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const { level, message, requestId, method, route, status, durationMs, coldStart } =
        line ?? {};
      assert.deepEqual(
        { level, message, requestId, method, route, status, coldStart },
        {
          ...{ level: "INFO", message: "request", requestId: "lambda-id", method: "GET" },
          ...{ route: "/items", status: 503, coldStart: true },
        },
      );
      assert.ok(Number(durationMs) > 0);
    });

    it("leaves the report of wrong settings to Lambda's runtime", async () => {
      const { child, output } = run([main], { ITEM_TTL_DAYS: "0" });
      assert.equal(await exitCode(child), 1);
      assert.match(output.err, /ITEM_TTL_DAYS: got "0", want a positive integer\n/);
    });
  });
}

interface Bundle {
  readonly bundle: string;
  /** What is in it. */
  readonly names: string;
  readonly text: string;
}
const bundles = new Map<string, Promise<Bundle>>();

/** Bundles an artifact, once. */
function build(dir: string, name: string): Promise<Bundle> {
  const made = bundles.get(name) ?? bundled(join(dir, name), name);
  bundles.set(name, made);
  return made;
}

async function bundled(out: string, name: string): Promise<Bundle> {
  const { child, output } = run([join(root, "build.ts"), name, out], {});
  assert.equal(await exitCode(child), 0, output.err);
  assert.deepEqual(readdirSync(out), ["main.mjs"]);
  const names = output.out.replaceAll(/=\d+\.\d+\.\d+\n/g, " ");
  const bundle = join(out, "main.mjs");
  return { bundle, names, text: readFileSync(bundle, "utf8") };
}

describe("bundle", () => {
  const dir = mkdtempSync(join(tmpdir(), "node-bundle-"));
  after(() => {
    rmSync(dir, { recursive: true });
  });

  // Most of these lack modules that should never be called: this calls all there is.
  for (const name of ["stock", "tuned", "bundle", "parser", "client", "log"]) {
    it(`${name} answers events`, async () => {
      const { bundle, text } = await build(dir, name);
      assert.ok(!text.includes(root), "got a path of this machine");
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
      const { answers, log } = await runFunction(bundle, targets, database.env);
      assert.deepEqual(
        answers.map((a) => a.statusCode),
        calls.map(([, status]) => status),
      );
      const want = ["PutItem", "Scan", "GetItem", "UpdateItem", "DeleteItem"];
      assert.deepEqual(database.asked, want);
      assert.equal(log.match(/"message":"request"/g)?.length, calls.length);
      database.close();
    });
  }

  it("each trick changes what it says", async () => {
    const traces: Record<string, string> = {
      parser: "big5hkscs", // a table of characters
      client: "sso_start_url",
      log: "POWERTOOLS_SERVICE_NAME",
      bundle: "application/vnd.ms-excel",
    };
    const all = Object.keys(traces);
    const stock = await build(dir, "stock");
    for (const name of all) assert.ok(stock.text.includes(traces[name] ?? ""), name);
    for (const name of [...all, "tuned"]) {
      const { text } = await build(dir, name);
      const gone = all.filter((trick) => !text.includes(traces[trick] ?? ""));
      assert.deepEqual(gone, name === "tuned" ? all : [name]);
    }
  });

  it("bare answers any event", async () => {
    const { bundle } = await build(dir, "bare");
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
    const floor = await build(dir, "bare");
    assert.equal(floor.names, "esbuild ");
    const framework = await build(dir, "framework");
    assert.equal(framework.names, "express serverless-http esbuild ");
    assert.doesNotMatch(framework.text, /dynamo|smithy/i);
    const sdk = await build(dir, "sdk");
    assert.equal(sdk.names, "@aws-sdk/client-dynamodb express serverless-http esbuild ");
    assert.doesNotMatch(sdk.text, /X-Cold-Start|about:blank/);
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
    for (const [name, asked] of [
      ["framework", []],
      ["sdk", ["PutItem", "Scan", "GetItem", "UpdateItem", "DeleteItem"]],
    ] as const) {
      const { bundle } = await build(dir, name);
      const { answers, log } = await runFunction(bundle, targets, database.env);
      assert.deepEqual(
        answers.map((a) => a.statusCode),
        calls.map(([, status]) => status),
      );
      assert.deepEqual([database.asked, log.trim()], [asked, ""]);
    }
    database.close();
  });

  it("has a name", async () => {
    const { child, output } = run([join(root, "build.ts")], {});
    assert.equal(await exitCode(child), 1);
    assert.match(output.err, /usage: node build\.ts stock\|sdk\|.* OUTPUT_FOLDER/);
  });
});
