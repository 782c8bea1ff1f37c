import assert from "node:assert/strict";
import { describe, it } from "node:test";
import manifest from "../package.json" with { type: "json" };
import type { Store } from "../src/app.ts";
import { maxBodyBytes } from "../src/model.ts";
import { NotFoundError, UnavailableError } from "../src/store.ts";
import {
  type Answer,
  bodyProblem,
  type Call,
  callByEvent,
  callByHttp,
  downProblem,
  fakeStore,
  itemJson,
  itemProblem,
  limitProblem,
  mediaProblem,
  methodProblem,
  otherProblem,
  pathProblem,
  proxyEvent,
  sizeProblem,
  testApp,
  testId,
  testItem,
  tokenProblem,
  type Variant,
} from "./fixtures.ts";

type Check = (got: Answer, lines: string[], variant: Variant) => void;

/** Calls both variants both ways that there are, each time a new app. */
async function callBoth(store: Store, call: Call, check: Check) {
  for (const variant of ["stock", "tuned"] as const) {
    for (const by of [callByEvent, callByHttp]) {
      const { app, lines } = testApp(store, variant);
      check(await by(app, call), lines, variant);
    }
  }
}

function checkAnswer(got: Answer, status: number, body: string) {
  assert.equal(got.body, body);
  assert.equal(got.status, status);
  const type = status >= 400 ? "application/problem+json" : "application/json";
  const want = {
    "content-type": status === 204 ? undefined : type,
    "x-runtime": "node",
    "x-cold-start": "true",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "retry-after": status === 503 ? "1" : undefined,
    "x-powered-by": undefined,
    etag: undefined,
  };
  const headers = Object.keys(want).map((name) => [name, got.headers[name]] as const);
  assert.deepEqual(Object.fromEntries(headers), want);
  assert.equal(got.headers["allow"] !== undefined, status === 405);
}

describe("operations", () => {
  it("create", async () => {
    let stored: unknown[] = [];
    const store = fakeStore({
      put: async (...args) => {
        stored = args;
      },
    });
    const call = {
      target: "POST /node/items",
      body: '{"name":" Widget ","description":"<b>","price":19.990}',
      headers: { "X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9" },
    };
    await callBoth(store, call, (got) => {
      checkAnswer(got, 201, itemJson);
      assert.equal(got.headers["location"], `items/${testId}`);
      assert.deepEqual(stored, [testItem, new Date("2026-11-29T04:05:06.789Z")]);
    });
  });

  it("read", async () => {
    const store = fakeStore({
      get: async (id) => {
        if (id === testId) return testItem;
        throw new NotFoundError("none");
      },
    });
    const ok = (got: Answer) => {
      checkAnswer(got, 200, itemJson);
    };
    await callBoth(store, { target: `GET /items/${testId}` }, ok);
    const headers = { "Content-Encoding": "gzip" };
    await callBoth(store, { target: `GET /typescript/items/${testId}?x=%zz`, headers }, ok);
    const other = "GET /node/items/00000000-0000-0000-0000-000000000000";
    await callBoth(store, { target: other }, (got) => {
      checkAnswer(got, 404, itemProblem);
    });
  });

  it("replace", async () => {
    let asked: unknown[] = [];
    const store = fakeStore({
      update: async (...args) => {
        asked = args;
        return testItem;
      },
    });
    const call = { target: `PUT /items/${testId}`, body: '{"name":"Widget","price":-0}' };
    await callBoth(store, call, (got) => {
      checkAnswer(got, 200, itemJson);
      const fields = { name: "Widget", description: "", price: 0 };
      assert.deepEqual(asked, [testId, fields, testItem.updatedAt]);
    });
  });

  it("delete", async () => {
    const store = fakeStore({
      delete: async (id) => {
        if (id !== testId) throw new NotFoundError("none");
      },
    });
    await callBoth(store, { target: `DELETE /node/items/${testId}`, body: "ignored" }, (got) => {
      checkAnswer(got, 204, "");
    });
    const other = "DELETE /items/00000000-0000-0000-0000-000000000000";
    await callBoth(store, { target: other }, (got) => {
      checkAnswer(got, 404, itemProblem);
    });
  });

  const token = "V26F5mClReOIxr6M5fhx_A";
  const tests: [
    string,
    number,
    number,
    string | undefined,
    [number, string | undefined],
    string,
  ][] = [
    ["GET /items", 0, 0, undefined, [20, undefined], '{"items":[]}'],
    ["GET /node/items?limit=100", 1, 0, undefined, [100, undefined], `{"items":[${itemJson}]}`],
    [
      `GET /items?nextToken=${token}&limit=1&x=1&x=2`,
      2,
      0,
      testId,
      [1, testId],
      `{"items":[${itemJson},${itemJson}],"nextToken":"${token}"}`,
    ],
    ["GET /items?l%69mit=%35&&=", 0, 0, undefined, [5, undefined], '{"items":[]}'],
    ["GET /items?Limit=x&%zz=%zz", 0, 0, undefined, [20, undefined], '{"items":[]}'],
    ["GET /items?x=a?limit=3", 0, 0, undefined, [20, undefined], '{"items":[]}'],
  ];
  for (const [target, count, , next, want, body] of tests) {
    it(`list: ${target}`, async () => {
      let asked: unknown[] = [];
      const store = fakeStore({
        list: async (...args) => {
          asked = args;
          return { items: Array.from({ length: count }, () => testItem), next };
        },
      });
      await callBoth(store, { target }, (got) => {
        checkAnswer(got, 200, body);
        assert.deepEqual(asked, want);
      });
    });
  }
});

// Each request has several faults: the first one in the order of checks counts.
// None of them may touch the store, which would be a 500.
describe("order of checks", () => {
  const large = `${" ".repeat(maxBodyBytes)}x`;
  const text = { "content-type": "text/plain" };
  const type = (value: string) => ({ "content-type": value });
  const tests: [string, string | undefined, Call["headers"], number, string][] = [
    ["GET /", undefined, undefined, 404, pathProblem],
    ["GET /node", undefined, undefined, 404, pathProblem],
    ["GET /node/", undefined, undefined, 404, pathProblem],
    ["GET /nodeitems", undefined, undefined, 404, pathProblem],
    ["GET /nodehealth", undefined, undefined, 404, pathProblem],
    ["GET /node/node/items", undefined, undefined, 404, pathProblem],
    ["GET /typescript/node/items", undefined, undefined, 404, pathProblem],
    ["GET /Items", undefined, undefined, 404, pathProblem],
    ["GET /NODE/items", undefined, undefined, 404, pathProblem],
    ["GET /go/items", undefined, undefined, 404, pathProblem],
    ["GET /items/", undefined, undefined, 404, pathProblem],
    ["POST /items/", large, undefined, 404, pathProblem],
    ["GET //items", undefined, undefined, 404, pathProblem],
    ["GET /items//", undefined, undefined, 404, pathProblem],
    ["GET /items//x", undefined, undefined, 404, pathProblem],
    ["GET /items/x/", undefined, undefined, 404, pathProblem],
    ["GET /items/x/y", undefined, undefined, 404, pathProblem],
    ["GET /node/health/", undefined, undefined, 404, pathProblem],
    ["GET /./items", undefined, undefined, 404, pathProblem],
    ["GET /x/../items", undefined, undefined, 404, pathProblem],
    ["GET /ite%6Ds", undefined, undefined, 404, pathProblem],
    ["PATCH /ite%6ds", undefined, undefined, 404, pathProblem],
    ["PATCH /items/%20", undefined, undefined, 404, pathProblem],
    ["GET /items/%zz", undefined, undefined, 404, pathProblem],
    ["GET /items/%2F", undefined, undefined, 404, pathProblem],
    [`GET /items%2f${testId}`, undefined, undefined, 404, pathProblem],
    ["GET /node%2fitems", undefined, undefined, 404, pathProblem],
    [`GET /items/%35${testId.slice(1)}`, undefined, undefined, 404, pathProblem],
    ["GET /items#x", undefined, undefined, 404, pathProblem],
    ["PATCH /nothing", large, undefined, 404, pathProblem],

    ["PATCH /items/x", large, undefined, 405, methodProblem],
    ["OPTIONS /items", undefined, undefined, 405, methodProblem],
    ["PROPFIND /items", undefined, undefined, 405, methodProblem],
    ["DELETE /items", undefined, undefined, 405, methodProblem],
    [`POST /node/items/${testId}`, "{}", undefined, 405, methodProblem],
    ["POST /node/metrics", "{}", undefined, 405, methodProblem],

    ["GET /items/x", undefined, undefined, 404, itemProblem],
    [`GET /items/${testId.toUpperCase()}`, undefined, undefined, 404, itemProblem],
    ["PUT /items/x", large, text, 404, itemProblem],
    ["DELETE /items/:id", undefined, undefined, 404, itemProblem],

    ["POST /items", undefined, undefined, 415, mediaProblem],
    ["POST /items", large, text, 415, mediaProblem],
    ["POST /items", "{}", type("application/json, text/plain"), 415, mediaProblem],
    ["POST /items", "{}", type("application/jsonx"), 415, mediaProblem],
    ["POST /items", "{}", type("application/problem+json"), 415, mediaProblem],
    ["POST /items", "{}", type("; application/json"), 415, mediaProblem],
    ["POST /items", "{}", { "content-encoding": "br" }, 415, mediaProblem],
    [`PUT /items/${testId}`, large, { "content-encoding": "gzip" }, 415, mediaProblem],

    ["POST /items", large, undefined, 413, sizeProblem],
    [`PUT /items/${testId}`, large, undefined, 413, sizeProblem],

    ["POST /items", large.slice(1), undefined, 400, bodyProblem],
    ["POST /items", "", undefined, 400, bodyProblem],
    ["POST /items", '{"id":1}', type("Application/JSON ; charset=UTF-8; x=y"), 400, bodyProblem],
    [`PUT /items/${testId}`, "[]", undefined, 400, bodyProblem],

    ["GET /items?limit=0&nextToken=x", undefined, undefined, 400, limitProblem],
    ["GET /items?limit", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=1&limit=1", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=%zz", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=1;x", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=+1", undefined, undefined, 400, limitProblem],
    ["GET /items?limit=1&nextToken=x", undefined, undefined, 400, tokenProblem],
    ["GET /items?nextToken=", undefined, undefined, 400, tokenProblem],
    [
      "GET /items?nextToken=V26F5mClReOIxr6M5fhx_A&nextToken=V26F5mClReOIxr6M5fhx_A",
      undefined,
      undefined,
      400,
      tokenProblem,
    ],
  ];
  for (const [target, body, headers, status, want] of tests) {
    const shown = `${target} ${(body ?? "no body").slice(0, 20)} ${JSON.stringify(headers ?? {})}`;
    it(`${status} ${shown}`, async () => {
      await callBoth(fakeStore({}), { target, body, headers }, (got, lines) => {
        checkAnswer(got, status, want);
        assert.equal(lines.length, 1, "lines in the log: want the request's only");
      });
    });
  }

  // What only an event can carry, and only one that is no API Gateway's: a path is
  // what it is, without a fragment, an end that is trimmed, or characters that are odd.
  const events: [string, string, number, string][] = [
    ["GET", "/items\\", 404, pathProblem],
    ["GET", "items", 404, pathProblem],
    ["GET", "/items ", 404, pathProblem],
    ["GET", "/items\u00a0", 404, pathProblem],
    ["PATCH", "/items#", 404, pathProblem],
    ["GET", "/items?limit=1", 404, pathProblem],
    ["GET", "/items/ä", 404, itemProblem],
    ["GET", '/items/"', 404, itemProblem],
    ["GET", "/items/[id]", 404, itemProblem],
    ["GET", "/items/\ud800", 404, itemProblem],
    ["PATCH", `/items/${testId}#x`, 405, methodProblem],
    ["GET", `/items/${testId}#x`, 404, itemProblem],
    ["DELETE", `/items/${testId}?`, 404, itemProblem],
    ...[" ", "\t", "\n", "\v", "\f", "\r", "\u00a0", "\u1680", "\u2028", "\u3000", "\ufeff"].map(
      (space): [string, string, number, string] => ["PATCH", `/items/${space}`, 405, methodProblem],
    ),
    ["GET", `/items/${testId}\n`, 404, itemProblem],
  ];
  for (const [method, path, status, want] of events) {
    it(`${status} event ${method} ${JSON.stringify(path)}`, async () => {
      const { app } = testApp(fakeStore({}));
      const event = { ...proxyEvent({ target: method }), path };
      const got = await callByEvent(app, { target: method }, event);
      checkAnswer(got, status, want);
    });
  }

  it("the largest body fits", async () => {
    const store = fakeStore({ put: async () => undefined });
    const body = '{"name":"Widget","description":"<b>","price":19.99}'.padEnd(maxBodyBytes);
    await callBoth(store, { target: "POST /items", body }, (got) => {
      checkAnswer(got, 201, itemJson);
    });
  });

  it("a much larger body is refused", async () => {
    const call = { target: "POST /items", body: " ".repeat(20 * maxBodyBytes) };
    await callBoth(fakeStore({}), call, (got) => {
      checkAnswer(got, 413, sizeProblem);
    });
  });
});

// What differences.yaml declares, and what only a hand-written reader is strict about.
describe("edges of express.json", () => {
  const deep = `{"name":"A","price":1,"description":${"[".repeat(32)}${"]".repeat(32)}}`;
  const fields = "One or more fields are invalid.";
  const media = "The request body must be application/json without a content encoding.";
  const malformed =
    "The request body must be a JSON object with no other fields than name, description and price.";
  const tests: [string, string, Call["headers"], object][] = [
    ["identity", "{}", { "content-encoding": "identity" }, { stock: fields, tuned: media }],
    [
      "charset",
      "{}",
      { "content-type": "application/json; charset=latin1" },
      { stock: media, tuned: fields },
    ],
    ["byte-order mark", "\ufeff{}", undefined, { stock: fields, tuned: malformed }],
    ["33 levels", deep, undefined, { stock: fields, tuned: malformed }],
  ];
  for (const [name, body, headers, want] of tests) {
    it(name, async () => {
      const details: Record<string, string> = {};
      const call = { target: "POST /items", body, headers };
      await callBoth(fakeStore({}), call, (got, _lines, variant) => {
        details[variant] = (JSON.parse(got.body) as { detail: string }).detail;
      });
      assert.deepEqual(details, want);
    });
  }
});

describe("Allow", () => {
  const tests = {
    "/items": "GET, POST",
    "/node/items": "GET, POST",
    "/items/x": "GET, PUT, DELETE",
    [`/typescript/items/${testId}`]: "GET, PUT, DELETE",
    "/health": "GET",
    "/node/health": "GET",
    "/metrics": "GET",
    "/node/metrics": "GET",
  };
  for (const [path, want] of Object.entries(tests)) {
    it(path, async () => {
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]) {
        if (want.split(", ").includes(method)) continue;
        await callBoth(fakeStore({}), { target: `${method} ${path}` }, (got) => {
          assert.deepEqual([got.status, got.headers["allow"]], [405, want], method);
        });
      }
    });
  }
});

describe("failures", () => {
  const secret = new Error("secret");
  const tests: [string, Error, number, string, boolean][] = [
    ["not found", new NotFoundError("update", { cause: secret }), 404, itemProblem, false],
    ["unavailable", new UnavailableError("put", { cause: secret }), 503, downProblem, true],
    ["unexpected", secret, 500, otherProblem, true],
  ];
  for (const [name, error, status, want, inLog] of tests) {
    it(name, async () => {
      const fail = async () => {
        throw error;
      };
      const store = { get: fail, list: fail, put: fail, update: fail, delete: fail };
      const body = '{"name":"A","price":1}';
      for (const target of [
        "GET /items",
        "POST /items",
        `GET /items/${testId}`,
        `PUT /items/${testId}`,
        `DELETE /items/${testId}`,
      ]) {
        await callBoth(store, { target, body }, (got, lines) => {
          checkAnswer(got, status, want);
          const log = lines.join("");
          assert.equal(log.includes("secret"), inLog, log);
          assert.equal(log.includes('"level":"ERROR"'), inLog, log);
        });
      }
    });
  }

  it("a forged key", async () => {
    const store = fakeStore({ list: async () => ({ items: [], next: "secret" }) });
    await callBoth(store, { target: "GET /items" }, (got, lines) => {
      checkAnswer(got, 500, otherProblem);
      assert.equal(lines.length, 2, "want the error and the request's line");
    });
  });

  it("what is thrown is no error", async () => {
    const store = fakeStore({
      list: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is the point
        throw "secret";
      },
    });
    await callBoth(store, { target: "GET /items" }, (got, lines) => {
      checkAnswer(got, 500, otherProblem);
      assert.match(lines[0] ?? "", /"error":"secret"/);
    });
  });
});

it("health", async () => {
  const { app } = testApp(fakeStore({}));
  for (const coldStart of [true, false]) {
    const got = await callByEvent(app, { target: "GET /node/health" });
    assert.equal(got.headers["x-cold-start"], String(coldStart));
    assert.equal(
      got.body,
      JSON.stringify({
        status: "ok",
        runtime: "node",
        runtimeVersion: process.versions.node,
        framework: `Express ${manifest.dependencies.express}`,
        architecture: process.arch === "x64" ? "x86_64" : "arm64",
        memoryLimitMb: 1769,
        coldStart,
        version: "1.2.3",
      }),
    );
  }
});

it("metrics", async () => {
  const { app } = testApp(fakeStore({ get: async () => testItem }));
  await callByEvent(app, { target: `GET /items/${testId}` });
  await callByEvent(app, { target: `GET /typescript/items/${testId}` });
  await callByEvent(app, { target: "MADEUP /nothing" });
  await callByEvent(app, { target: "PATCH /items" });
  const { body } = await callByEvent(app, { target: "GET /metrics" });
  const got = JSON.parse(body) as Record<string, unknown>;
  const none = { p50: 0, p95: 0, p99: 0 };
  assert.deepEqual([got["invocations"], got["coldStart"]], [5, false]);
  assert.deepEqual(got["routes"], {
    "GET /items/{id}": { count: 2, latencyMs: none },
    unmatched: { count: 2, latencyMs: none },
  });
  assert.equal(got["sdkVersion"], manifest.dependencies["@aws-sdk/client-dynamodb"]);
});

// The line carries nothing of the item or the caller.
describe("the request's line", () => {
  it("in Lambda", async () => {
    const { app, lines } = testApp(fakeStore({ put: async () => undefined }));
    const body = '{"name":"secret","price":1}';
    await callByEvent(app, { target: "POST /node/items?q=secret", body });
    const want =
      '{"timestamp":"2026-11-22T04:05:06.789Z","level":"INFO","message":"request","requestId":"lambda-id",' +
      '"method":"POST","route":"/items","status":201,"durationMs":0,"coldStart":true}\n';
    assert.deepEqual(lines, [want]);
  });

  it("in the plain server", async () => {
    const { app, lines } = testApp(fakeStore({}));
    await callByHttp(app, { target: "GET /items/secret" });
    const [line = ""] = lines;
    assert.match(line, new RegExp(`"requestId":"${testId}",.*"route":"/items/{id}","status":404,`));
    assert.doesNotMatch(line, /secret/);
  });
});
