import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, it } from "node:test";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { createClient } from "../src/client.ts";
import type { Item } from "../src/model.ts";
import { DynamoStore, NotFoundError, UnavailableError } from "../src/store.ts";
import {
  callByEvent,
  callByHttp,
  itemJson,
  itemProblem,
  testApp,
  testId,
  testItem,
} from "./fixtures.ts";

const endpoint = process.env["TEST_DYNAMODB_ENDPOINT"];
if (endpoint === undefined) {
  throw new Error(
    "TEST_DYNAMODB_ENDPOINT is not set: start a local DynamoDB (npx dynalite --port 8000) and set it to http://127.0.0.1:8000",
  );
}
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
const expires = new Date("2026-11-29T04:05:06.789Z");

const tables: string[] = [];
after(async () => {
  await Promise.all(tables.map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
  client.destroy();
});

// The function's own client finds all of it in its environment.
Object.assign(process.env, {
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

function storeOf(table: string) {
  return new DynamoStore(table, () => createClient(8000));
}

/** A store with an empty table of its own. */
async function newStore() {
  const TableName = `node-${randomUUID()}`;
  tables.push(TableName);
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const wait = { client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.1 };
  await waitUntilTableExists(wait, { TableName });
  return { store: storeOf(TableName), table: TableName };
}

describe("a real database", { concurrency: true }, () => {
  it("the life of an item", async () => {
    const { store, table } = await newStore();
    await store.prime(AbortSignal.timeout(8000));

    // DynamoDB takes empty strings in all but keys.
    const item = { ...testItem, description: "", sourceIp: "" };
    await store.put(item, expires);
    assert.deepEqual(await store.get(testId), item);

    const fields = { name: "Ünï\n😀", description: "d", price: 0.1 };
    const want: Item = { ...item, ...fields, updatedAt: "later" };
    assert.deepEqual(await store.update(testId, fields, "later"), want);
    assert.deepEqual(await store.get(testId), want);
    const Key = { id: { S: testId } };
    const raw = await client.send(new GetItemCommand({ TableName: table, Key }));
    assert.deepEqual(raw.Item?.["expiresAt"], { N: "1795925106" }, "want it kept");

    await store.delete(testId);
    await assert.rejects(store.delete(testId), NotFoundError);
    await assert.rejects(store.get(testId), NotFoundError);
    await assert.rejects(store.update(testId, fields, "now"), NotFoundError);
    assert.deepEqual(await store.list(100, undefined), { items: [], next: undefined });
  });

  it("prices", async () => {
    const { store } = await newStore();
    for (const price of [0, 0.01, 0.1, 19.99, 100, 999999.99, 1_000_000]) {
      await store.put({ ...testItem, price }, expires);
      assert.equal((await store.get(testId)).price, price);
    }
  });

  it("pages of any size show every item once", async () => {
    const { store } = await newStore();
    const ids = Array.from({ length: 7 }, () => randomUUID()).sort();
    for (const id of ids) await store.put({ ...testItem, id }, expires);
    const { app } = testApp(store);
    for (const limit of [1, 2, 3, 6, 7, 100]) {
      const seen: string[] = [];
      let more = "";
      for (let page = 0; page <= ids.length; page++) {
        const target = `GET /node/items?limit=${limit}${more}`;
        const { body } = await callByEvent(app, { target });
        const { items, nextToken } = JSON.parse(body) as { items: Item[]; nextToken?: string };
        seen.push(...items.map(({ id }) => id));
        if (nextToken === undefined) break;
        more = `&nextToken=${nextToken}`;
      }
      assert.deepEqual(seen.sort(), ids, `limit ${limit}`);
    }
  });

  it("through the API", async () => {
    const item = itemJson.replace('"description":"<b>"', '"description":""');
    const other = item.replace("Widget", "B").replace("19.99", "0");
    const steps: [string, string | undefined, number, string][] = [
      [`GET /items/${testId}`, undefined, 404, itemProblem],
      ["POST /items", '{"name":"Widget","price":19.990}', 201, item],
      [`GET /typescript/items/${testId}`, undefined, 200, item],
      ["GET /items", undefined, 200, `{"items":[${item}]}`],
      [`PUT /items/${testId}`, '{"name":"B","description":null,"price":-0}', 200, other],
      [`DELETE /items/${testId}`, undefined, 204, ""],
      [`DELETE /items/${testId}`, undefined, 404, itemProblem],
      [`PUT /items/${testId}`, '{"name":"B","price":1}', 404, itemProblem],
      ["GET /items", undefined, 200, '{"items":[]}'],
    ];
    for (const by of [callByEvent, callByHttp]) {
      const { app } = testApp((await newStore()).store);
      for (const [target, body, status, want] of steps) {
        const got = await by(app, { target, body });
        assert.deepEqual([got.status, got.body], [status, want], target);
      }
    }
  });

  it("without the table", async () => {
    await assert.rejects(storeOf("node-missing").get(testId), (error: Error) => {
      assert.ok(!(error instanceof NotFoundError || error instanceof UnavailableError));
      assert.match(String(error.cause), /ResourceNotFoundException/);
      return true;
    });
  });
});
