import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { APIGatewayProxyResult, Context } from "aws-lambda";
import type { EventHandler } from "../src/event.ts";
import { handler as framework } from "../src/layers/framework.ts";
import { parseLimit } from "../src/model.ts";
import { readSettings } from "../src/settings.ts";
import { listen, proxyEvent, testId } from "./fixtures.ts";

const prefixes = ["", "/node", "/typescript"];
const context = { awsRequestId: "lambda-id" } as Context;

/** The item that the database has, whatever is asked for. */
const item = Object.fromEntries(
  ["id", "name", "description", "runtime", "sourceIp", "createdAt", "updatedAt"].map((name) => [
    name,
    { S: name },
  ]),
);
const stored = { ...item, price: { N: "1" } };

/** A call that the database was asked for. */
interface Asked {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

let asked: Asked[] = [];
let broken = false;
const { server, url } = await listen((req, res) => {
  let text = "";
  req.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  req.once("end", () => {
    const operation = String(req.headers["x-amz-target"]).split(".")[1] ?? "";
    asked.push({ operation, input: JSON.parse(text) as Asked["input"] });
    if (broken) res.writeHead(400).end('{"__type":"ConditionalCheckFailedException"}');
    else res.end(JSON.stringify({ Item: stored, Attributes: stored, Items: [stored] }));
  });
});
after(() => {
  server.close();
  server.closeAllConnections();
});

// The layer reads its environment variables when it is loaded.
const environment = {
  AWS_ENDPOINT_URL_DYNAMODB: url,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
  TABLE_NAME: "items",
};
Object.assign(process.env, environment);
const { handler: sdk } = await import("../src/layers/sdk.ts");

/** What a layer answers, and what it asked the database for. */
async function call(layer: EventHandler, target: string) {
  asked = [];
  // Nobody looks at the body, so it may be anything.
  const got = await layer(proxyEvent({ target, body: "{" }), context);
  return { got, asked };
}

function assertOk(got: APIGatewayProxyResult, status: number) {
  assert.equal(got.statusCode, status);
  assert.equal(got.headers?.["content-type"], "application/json");
  assert.equal(got.body, '{"status":"ok"}');
}

for (const [name, layer] of Object.entries({ framework, sdk })) {
  describe(name, () => {
    for (const prefix of prefixes) {
      it(`answers under "${prefix}/"`, async () => {
        const { got: created } = await call(layer, `POST ${prefix}/items`);
        assertOk(created, 201);
        assert.match(String(created.headers?.["location"]), /^items\/[0-9a-f-]{36}$/);
        for (const target of ["GET items", `GET items/${testId}`, `PUT items/${testId}`]) {
          assertOk((await call(layer, target.replace(" ", ` ${prefix}/`))).got, 200);
        }
        const { got: deleted } = await call(layer, `DELETE ${prefix}/items/${testId}`);
        assert.deepEqual([deleted.statusCode, deleted.body], [204, ""]);
        assert.equal(deleted.headers?.["content-type"], undefined);
      });
    }

    it("leaves other paths to Express", async () => {
      const { got, asked } = await call(layer, "GET /health");
      assert.equal(got.statusCode, 404);
      assert.deepEqual(asked, []);
    });
  });
}

it("framework creates the same item every time", async () => {
  const { got, asked } = await call(framework, "POST /items");
  assert.equal(got.headers?.["location"], "items/00000000-0000-4000-8000-000000000000");
  assert.deepEqual(asked, []);
});

describe("sdk asks the database once", () => {
  const operations: [string, string][] = [
    ["GET /items", "Scan"],
    [`GET /items/${testId}`, "GetItem"],
    [`PUT /items/${testId}`, "UpdateItem"],
    [`DELETE /items/${testId}`, "DeleteItem"],
  ];
  for (const [target, operation] of operations) {
    it(target, async () => {
      const { asked } = await call(sdk, target);
      assert.deepEqual(
        asked.map((a) => a.operation),
        [operation],
      );
      const want = operation === "Scan" ? undefined : { id: { S: testId } };
      assert.deepEqual(asked[0]?.input["Key"], want);
    });
  }

  it("for as many items as the API", async () => {
    const { asked } = await call(sdk, "GET /items");
    assert.deepEqual(asked[0]?.input, { TableName: "items", Limit: parseLimit(undefined) });
  });

  it("to write a whole item under a fresh id", async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const { got, asked } = await call(sdk, "POST /items");
      assert.equal(asked.length, 1);
      const put = asked[0]?.input["Item"] as Record<string, { S: string; N: string }>;
      assert.deepEqual(Object.keys(put).sort(), [...Object.keys(stored), "expiresAt"].sort());
      assert.equal(got.headers?.["location"], `items/${String(put["id"]?.S)}`);
      ids.add(String(put["id"]?.S));

      assert.deepEqual([put["name"]?.S.length, put["description"]?.S.length], [23, 96]);
      const created = Date.parse(String(put["createdAt"]?.S));
      const ttl = readSettings({}).itemTtlDays * 24 * 60 * 60;
      assert.equal(Number(put["expiresAt"]?.N), Math.floor(created / 1000) + ttl);
    }
    assert.equal(ids.size, 2);
  });

  it("and leaves a failure to Express", async (t) => {
    t.mock.method(console, "error", () => undefined); // where Express writes it
    broken = true;
    for (const target of ["POST /items", "GET /items", `DELETE /items/${testId}`]) {
      const { got, asked } = await call(sdk, target);
      assert.deepEqual([got.statusCode, asked.length], [500, 1]);
      assert.equal(got.headers?.["location"], undefined);
    }
    broken = false;
  });
});
