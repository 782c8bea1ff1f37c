import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { DynamoStore, NotFoundError, type StoreSettings, UnavailableError } from "../src/store.ts";
import { listen, testId, testItem } from "./fixtures.ts";

const storedItem =
  `{"id":{"S":"${testId}"},"name":{"S":"Widget"},"description":{"S":"<b>"},"price":{"N":"19.99"},` +
  '"runtime":{"S":"node"},"sourceIp":{"S":"127.0.0.1"},"createdAt":{"S":"2026-11-22T04:05:06.789Z"},' +
  '"updatedAt":{"S":"2026-11-22T04:05:06.789Z"},"expiresAt":{"N":"1795925106"}}';
const key = `{"id":{"S":"${testId}"}}`;
const expires = new Date(1795925106_789);

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

/** A store that talks to the listener, and does not wait between attempts. */
async function testStore(listener: RequestListener, overrides: Partial<StoreSettings> = {}) {
  const { server, url } = await listen(listener);
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return storeAt(url, overrides);
}

function storeAt(endpoint: string, overrides: Partial<StoreSettings> = {}) {
  const settings = {
    table: "items",
    region: "eu-west-1",
    endpoint,
    attemptTimeoutMs: 60_000,
    accessKeyId: "key",
    secretAccessKey: "secret",
    sessionToken: "token",
    ...overrides,
  };
  return new DynamoStore(settings, { retryStrategy: new ConfiguredRetryStrategy(3, 0) });
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of req) text += String(chunk);
  return text;
}

/** All that a store does, with the request that DynamoDB should see. */
const calls: [string, string, (store: DynamoStore) => Promise<unknown>][] = [
  [
    "PutItem",
    `{"TableName":"items","Item":${storedItem}}`,
    (store) => store.put(testItem, expires),
  ],
  [
    "GetItem",
    `{"TableName":"items","ConsistentRead":true,"Key":${key}}`,
    (store) => store.get(testId),
  ],
  [
    "Scan",
    `{"TableName":"items","Limit":7,"ExclusiveStartKey":${key}}`,
    (store) => store.list(7, testId),
  ],
  [
    "UpdateItem",
    `{"TableName":"items","Key":${key},"ReturnValues":"ALL_NEW","ConditionExpression":"attribute_exists(id)",` +
      '"UpdateExpression":"SET #name = :name, description = :description, price = :price, updatedAt = :updatedAt",' +
      '"ExpressionAttributeNames":{"#name":"name"},"ExpressionAttributeValues":' +
      '{":name":{"S":"A"},":description":{"S":""},":price":{"N":"1000000"},":updatedAt":{"S":"now"}}}',
    (store) => store.update(testId, { name: "A", description: "", price: 1_000_000 }, "now"),
  ],
  [
    "DeleteItem",
    `{"TableName":"items","ConditionExpression":"attribute_exists(id)","Key":${key}}`,
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
  for (const [operation, request, call] of calls) {
    it(operation, async () => {
      const [text, want] = answers[operation] ?? ["", undefined];
      const seen: { headers?: IncomingMessage["headers"]; body?: string } = {};
      const store = await testStore((req, res) => {
        void bodyOf(req).then((body) => {
          Object.assign(seen, { headers: req.headers, body });
          res.end(text);
        });
      });
      assert.deepEqual(await call(store), want);
      assert.deepEqual(JSON.parse(seen.body ?? ""), JSON.parse(request));
      assert.equal(seen.headers?.["x-amz-target"], `DynamoDB_20120810.${operation}`);
      assert.equal(seen.headers["x-amz-security-token"], "token");
      assert.match(seen.headers.authorization ?? "", /^AWS4-HMAC-SHA256 Credential=key\//);
    });
  }
});

it("nothing there", async () => {
  const bodies: string[] = [];
  const store = await testStore((req, res) => {
    void bodyOf(req).then((body) => {
      bodies.push(body);
      res.end("{}");
    });
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
const never = (_req: IncomingMessage, _res: ServerResponse) => undefined;

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

for (const [name, listener, attempts, want] of failures) {
  describe(`fault: ${name}`, { concurrency: true }, () => {
    for (const [operation, , call] of calls) {
      it(operation, async () => {
        let asked = 0;
        const store = await testStore(
          (req, res) => {
            asked++;
            req.resume();
            listener(req, res);
          },
          { attemptTimeoutMs: name.startsWith("slow") ? 100 : 60_000 },
        );
        await assert.rejects(call(store), (error: Error) => {
          assert.equal(error.constructor, want ?? Error, error.stack);
          assert.ok(error.cause instanceof Error);
          return true;
        });
        assert.equal(asked, attempts, "attempts");
      });
    }
  });
}

describe("reaching the database", () => {
  it("nobody there", async () => {
    const { server, url } = await listen(never);
    server.close();
    await once(server, "close");
    const store = storeAt(url);
    await assert.rejects(store.get(testId), UnavailableError);
    await assert.rejects(store.prime(AbortSignal.timeout(60_000)), /^Error: prime the store$/);
  });

  it("no such host", async () => {
    await assert.rejects(storeAt("http://database.invalid").get(testId), UnavailableError);
  });

  it("one fault is survived", async () => {
    let asked = 0;
    const store = await testStore((req, res) => {
      if (++asked < 3) req.socket.resetAndDestroy();
      else res.end(`{"Item":${storedItem}}`);
    });
    assert.deepEqual(await store.get(testId), testItem);
  });

  it("connections are kept", async () => {
    let connections = 0;
    const { server, url } = await listen((_req, res) => res.end(`{"Item":${storedItem}}`));
    closing.push(() => server.close());
    server.on("connection", () => connections++);
    const store = storeAt(url);
    for (let i = 0; i < 50; i++) await store.get(testId);
    assert.equal(connections, 1);
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
    closing.push(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await assert.rejects(storeAt(`https://127.0.0.1:${port}`).get(testId), UnavailableError);
    assert.equal(begin?.[0], 0x16, "want a handshake record");
  });

  it("priming ends in time", async () => {
    const store = await testStore(never);
    await assert.rejects(store.prime(AbortSignal.timeout(1)), (error: Error) => {
      assert.ok(error.cause instanceof UnavailableError);
      return true;
    });
  });
});

describe("settings", () => {
  const url = "http://127.0.0.1:1";
  it("without a region", async () => {
    const store = storeAt(url, { region: undefined });
    await assert.rejects(store.get(testId), (error: Error) => {
      assert.match(String(error.cause), /set AWS_REGION/);
      return true;
    });
  });
  it("without credentials", async () => {
    const store = storeAt(url, { secretAccessKey: undefined });
    await assert.rejects(store.get(testId), (error: Error) => {
      assert.match(String(error.cause), /set AWS_ACCESS_KEY_ID/);
      return true;
    });
  });
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
      const store = await testStore((_req, res) => {
        res.end(`{"Item":${stored},"Items":[${stored}],"Attributes":${stored}}`);
      });
      await assert.rejects(store.get(testId), { message });
      await assert.rejects(store.list(1, undefined), { message });
    });
  }
});
