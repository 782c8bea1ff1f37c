import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { connect, createServer } from "node:net";
import { after, describe, it } from "node:test";
import { DynamoStore, NotFoundError, UnavailableError } from "../src/store.ts";
import { listen, testId, testItem, type Variant, variants } from "./fixtures.ts";

const storedItem =
  `{"id":{"S":"${testId}"},"name":{"S":"Widget"},"description":{"S":"<b>"},"price":{"N":"19.99"},` +
  '"runtime":{"S":"node"},"sourceIp":{"S":"127.0.0.1"},"createdAt":{"S":"2026-11-22T04:05:06.789Z"},' +
  '"updatedAt":{"S":"2026-11-22T04:05:06.789Z"},"expiresAt":{"N":"1795925106"}}';
const key = `{"id":{"S":"${testId}"}}`;
const expires = new Date(1795925106_789);

const both = ["stock", "tuned"] as const;

// All tests share a database, which tells them apart by their tables: where it is, the
// client finds in the environment.
const tables = new Map<string, Database>();
const { server, url } = await listen((req, res) => {
  void bodyOf(req).then((body) => {
    tables.get((JSON.parse(body) as { TableName: string }).TableName)?.(body, req, res);
  });
});
Object.assign(process.env, {
  AWS_ENDPOINT_URL_DYNAMODB: url,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
});
after(() => {
  server.close();
  server.closeAllConnections();
});

type Database = (body: string, req: IncomingMessage, res: ServerResponse) => void;

/** A store with a table that answers so. */
function testStore(variant: Variant, database: Database, attemptMs = 60_000) {
  const table = `items-${tables.size}`;
  tables.set(table, database);
  return storeOf(variant, table, attemptMs);
}

function storeOf(variant: Variant, table = "items", attemptMs = 60_000) {
  return new DynamoStore(table, () => variants[variant].createClient(attemptMs));
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of req) text += String(chunk);
  return text;
}

/** All that a store does, with the request that DynamoDB should see. */
const calls: [string, string, (store: DynamoStore) => Promise<unknown>][] = [
  ["PutItem", `{"Item":${storedItem}}`, (store) => store.put(testItem, expires)],
  ["GetItem", `{"ConsistentRead":true,"Key":${key}}`, (store) => store.get(testId)],
  ["Scan", `{"Limit":7,"ExclusiveStartKey":${key}}`, (store) => store.list(7, testId)],
  [
    "UpdateItem",
    `{"Key":${key},"ReturnValues":"ALL_NEW","ConditionExpression":"attribute_exists(id)",` +
      '"UpdateExpression":"SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",' +
      '"ExpressionAttributeNames":{"#name":"name"},"ExpressionAttributeValues":' +
      '{":name":{"S":"A"},":description":{"S":""},":price":{"N":"1000000"},":updatedAt":{"S":"now"}}}',
    (store) => store.update(testId, { name: "A", description: "", price: 1_000_000 }, "now"),
  ],
  [
    "DeleteItem",
    `{"ConditionExpression":"attribute_exists(id)","Key":${key}}`,
    (store) => store.delete(testId),
  ],
];

describe("requests and answers", () => {
  const answers: Record<string, [string, unknown]> = {
    PutItem: ["{}", undefined],
    GetItem: [`{"Item":${storedItem}}`, testItem],
    Scan: [
      `{"Count":2,"Items":[${storedItem},${storedItem}],"LastEvaluatedKey":${key}}`,
      { items: [testItem, testItem], next: testId },
    ],
    UpdateItem: [`{"Attributes":${storedItem}}`, testItem],
    DeleteItem: ["{}", undefined],
  };
  for (const variant of both) {
    for (const [operation, request, call] of calls) {
      it(`${variant} ${operation}`, async () => {
        const [text, want] = answers[operation] ?? ["", undefined];
        const seen: { headers?: IncomingMessage["headers"]; body?: string } = {};
        const store = testStore(variant, (body, { headers }, res) => {
          Object.assign(seen, { headers, body });
          res.end(text);
        });
        assert.deepEqual(await call(store), want);
        const { TableName: _, ...members } = JSON.parse(seen.body ?? "") as Record<string, unknown>;
        assert.deepEqual(members, JSON.parse(request));
        assert.equal(seen.headers?.["x-amz-target"], `DynamoDB_20120810.${operation}`);
        assert.equal(seen.headers["x-amz-security-token"], "token");
        assert.match(seen.headers.authorization ?? "", /^AWS4-HMAC-SHA256 Credential=key\//);
      });
    }
  }
});

it("nothing there", async () => {
  const bodies: string[] = [];
  const store = testStore("stock", (body, _req, res) => {
    bodies.push(body);
    res.end("{}");
  });
  await assert.rejects(store.get(testId), NotFoundError);
  assert.deepEqual(await store.list(20, undefined), { items: [], next: undefined });
  await store.prime(AbortSignal.timeout(60_000)); // an absent item is warm enough
  assert.ok(bodies.every((body) => !body.includes("ExclusiveStartKey")));
});

const fault =
  (status: number, type: string): RequestListener =>
  (_req, res) => {
    res.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    res.end(`{"__type":"${type}","message":"words of DynamoDB"}`);
  };
const dynamo = (name: string) => `com.amazonaws.dynamodb.v20120810#${name}`;
const never = () => undefined;

// Answers of DynamoDB that are none, how often the store should ask before it gives
// up, and what it should say; undefined is an unexpected error.
const failures: [string, RequestListener, number, (new () => Error) | undefined][] = [
  [
    "throttled table",
    fault(400, dynamo("ProvisionedThroughputExceededException")),
    3,
    UnavailableError,
  ],
  ["throttled account", fault(400, dynamo("RequestLimitExceeded")), 3, UnavailableError],
  [
    "throttled caller",
    fault(400, "com.amazon.coral.availability#ThrottlingException"),
    3,
    UnavailableError,
  ],
  ["out of service", fault(503, dynamo("ServiceUnavailable")), 3, UnavailableError],
  ["bad gateway", (_req, res) => res.writeHead(502).end("<html>"), 3, UnavailableError],
  ["reset", (req) => req.socket.resetAndDestroy(), 3, UnavailableError],
  [
    "reset within the answer",
    (req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write('{"It', () => req.socket.destroy());
    },
    3,
    UnavailableError,
  ],
  ["slow", never, 3, UnavailableError],
  [
    "slow within the answer",
    (_req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write("{");
    },
    3,
    UnavailableError,
  ],
  ["JSON cut short", (_req, res) => res.end('{"Item":{"id":{"S":"'), 1, undefined],
  ["no JSON", (_req, res) => res.end("<html>"), 1, undefined],
  ["internal error", fault(500, dynamo("InternalServerError")), 3, undefined],
  ["no such table", fault(400, dynamo("ResourceNotFoundException")), 1, undefined],
  ["denied", fault(400, "com.amazon.coral.service#AccessDeniedException"), 1, undefined],
  ["condition", fault(400, dynamo("ConditionalCheckFailedException")), 1, NotFoundError],
];

// Apart from each other, so that an attempt that is to time out does so for that reason.
for (const slow of [false, true]) {
  describe(slow ? "slow faults" : "faults", { concurrency: true }, () => {
    for (const [name, listener, attempts, want] of failures) {
      if (name.startsWith("slow") !== slow) continue;
      for (const variant of both) {
        for (const [operation, , call] of calls) {
          it(`${name}: ${variant} ${operation}`, async () => {
            let asked = 0;
            const database: Database = (_body, req, res) => {
              asked++;
              listener(req, res);
            };
            const store = testStore(variant, database, slow ? 1500 : 60_000);
            await assert.rejects(call(store), (error: Error) => {
              assert.equal(error.constructor, want ?? Error, error.stack);
              assert.ok(error.cause instanceof Error);
              return true;
            });
            assert.equal(asked, attempts, "attempts");
          });
        }
      }
    }
  });
}

for (const variant of both) {
  describe(`reaching the database: ${variant}`, () => {
    /** Runs with another endpoint: a client looks where it is when it is asked first. */
    const at = async (endpoint: string, run: () => Promise<void>) => {
      process.env["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint;
      try {
        await run();
      } finally {
        process.env["AWS_ENDPOINT_URL_DYNAMODB"] = url;
      }
    };

    it("nobody there", async () => {
      const { server, url: closed } = await listen(never);
      server.close();
      await once(server, "close");
      await at(closed, async () => {
        const store = storeOf(variant);
        await assert.rejects(store.get(testId), UnavailableError);
        const primed = store.prime(AbortSignal.timeout(60_000));
        await assert.rejects(primed, /^Error: prime the store$/);
      });
    });

    it("no such host", async () => {
      await at("http://database.invalid", async () => {
        await assert.rejects(storeOf(variant).get(testId), UnavailableError);
      });
    });

    it("a connection that does not come about", async () => {
      const { port, close } = await deafServer();
      await at(`http://127.0.0.1:${port}`, async () => {
        const store = storeOf(variant);
        await assert.rejects(store.get(testId), (error: Error) => {
          assert.ok(error instanceof UnavailableError);
          assert.match(String(error.cause), /TimeoutError: .*establish a connection/);
          return true;
        });
      });
      close();
    });

    it("TLS is spoken to the service", async () => {
      let begin: Buffer | undefined;
      const server = createServer((socket) => {
        socket.once("data", (data) => {
          begin = data;
          socket.destroy();
        });
        socket.on("error", never);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      await at(`https://127.0.0.1:${port}`, async () => {
        await assert.rejects(storeOf(variant).get(testId), UnavailableError);
      });
      server.close();
      assert.equal(begin?.[0], 0x16, "want a handshake record");
    });

    it("one fault is survived", async () => {
      let asked = 0;
      const store = testStore(variant, (_body, req, res) => {
        if (++asked < 3) req.socket.resetAndDestroy();
        else res.end(`{"Item":${storedItem}}`);
      });
      assert.deepEqual(await store.get(testId), testItem);
    });

    it("connections are kept", async () => {
      const ports = new Set<number | undefined>();
      const store = testStore(variant, (_body, req, res) => {
        ports.add(req.socket.remotePort);
        res.end(`{"Item":${storedItem}}`);
      });
      for (let i = 0; i < 50; i++) await store.get(testId);
      assert.equal(ports.size, 1);
    });

    it("priming ends in time", async () => {
      const store = testStore(variant, () => undefined);
      await assert.rejects(store.prime(AbortSignal.timeout(1)), (error: Error) => {
        assert.ok(error.cause instanceof UnavailableError);
        return true;
      });
    });
  });
}

/** A server that never accepts: further connections wait for the kernel. */
async function deafServer() {
  const script = `
    const server = require("node:net").createServer().listen(0, "127.0.0.1", 1, () => {
      require("node:fs").writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [output] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(output);
  const queue = Array.from({ length: 8 }, () => connect(port, "127.0.0.1"));
  for (const socket of queue) socket.on("error", never);
  const close = () => {
    for (const socket of queue) socket.destroy();
    child.kill("SIGKILL");
  };
  return { port, close };
}

it("the tuned client says which variable it misses", async () => {
  for (const name of ["AWS_REGION", "AWS_SECRET_ACCESS_KEY"]) {
    const value = process.env[name];
    process.env[name] = "";
    await assert.rejects(storeOf("tuned").get(testId), (error: Error) => {
      assert.match(String(error.cause), new RegExp(`${name} is not set`));
      return true;
    });
    process.env[name] = value;
  }
});

describe("foreign items are refused", () => {
  const tests: [string, string, string][] = [
    [
      "no attribute",
      storedItem.replace('"name"', '"nom"'),
      "attribute name: got nothing, want a string",
    ],
    [
      "another type",
      storedItem.replace('{"S":"Widget"}', '{"N":"1"}'),
      "attribute name: got N, want a string",
    ],
    [
      "price a string",
      storedItem.replace('{"N":"19.99"}', '{"S":"19.99"}'),
      "attribute price: got S, want a number",
    ],
    [
      "no number",
      storedItem.replace('{"N":"19.99"}', '{"N":"x"}'),
      "attribute price: got N, want a number",
    ],
  ];
  for (const [name, stored, message] of tests) {
    it(name, async () => {
      const store = testStore("stock", (_body, _req, res) => {
        res.end(`{"Item":${stored},"Items":[${stored}],"Attributes":${stored}}`);
      });
      await assert.rejects(store.get(testId), { message });
      await assert.rejects(store.list(1, undefined), { message });
    });
  }
});
