import assert from "node:assert/strict";
import { it } from "node:test";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { eventHandler } from "../src/event.ts";
import type { Item } from "../src/model.ts";
import { firstHeaders } from "../src/tuned/event.ts";
import { bodyProblem, fakeStore, mediaProblem, proxyEvent, testApp } from "./fixtures.ts";

const context = { awsRequestId: "lambda-id" } as Context;
const call = { target: "POST /node/items", body: '{"name":"Café ☕","price":1}' };

/** What an event becomes: the answer, and the item that was stored. */
async function answer(event: Partial<APIGatewayProxyEvent>, wrap = firstHeaders) {
  let stored: Item | undefined;
  const put = async (item: Item) => {
    stored = item;
  };
  const { app } = testApp(fakeStore({ put, list: async () => ({ items: [], next: undefined }) }));
  const got = await wrap(eventHandler(app))({ ...proxyEvent(call), ...event }, context);
  return { got, stored };
}

it("a body in base64 is decoded, the answer is text", async () => {
  const body = Buffer.from(call.body).toString("base64");
  const { got, stored } = await answer({ body, isBase64Encoded: true });
  assert.equal(got.statusCode, 201);
  assert.equal(got.isBase64Encoded, false);
  assert.equal((JSON.parse(got.body) as Item).name, "Café ☕");
  assert.equal(stored?.name, "Café ☕");
});

it("bytes that are no UTF-8 stay so", async () => {
  const body = Buffer.from('{"name":"\xe9","price":1}', "latin1").toString("base64");
  const { got } = await answer({ body, isBase64Encoded: true });
  assert.equal(got.body, bodyProblem);
});

it("no body is an empty one", async () => {
  const { got } = await answer({ body: null });
  assert.equal(got.body, bodyProblem);
});

it("the address is API Gateway's", async () => {
  const requestContext = { identity: { sourceIp: "2001:db8::1" } };
  const event = { requestContext } as unknown as APIGatewayProxyEvent;
  assert.equal((await answer(event)).stored?.sourceIp, "2001:db8::1");
  const none = { requestContext: undefined } as unknown as APIGatewayProxyEvent;
  assert.equal((await answer(none)).stored?.sourceIp, "");
});

it("single values do where there are no others", async () => {
  const none = { multiValueHeaders: null, multiValueQueryStringParameters: null };
  const event = { ...none, httpMethod: "GET", queryStringParameters: { limit: "0" } };
  const { got } = await answer(event as unknown as APIGatewayProxyEvent);
  assert.match(got.body, /The limit must be/);
});

it("a header's case does not matter", async () => {
  const headers = { "CONTENT-TYPE": "application/json", "Content-ENCODING": "gzip" };
  const { got } = await answer({ headers, multiValueHeaders: {} });
  assert.equal(got.body, mediaProblem);
});

it("of a header that is given twice, the tuned function takes the first", async () => {
  const types = ["application/json", "text/plain"];
  const event = {
    headers: { "Content-Type": "text/plain" },
    multiValueHeaders: { "Content-Type": types },
  };
  assert.equal((await answer(event)).got.statusCode, 201);
  assert.equal((await answer(event, (handler) => handler)).got.body, mediaProblem);
  event.multiValueHeaders["Content-Type"].reverse();
  assert.equal((await answer(event)).got.body, mediaProblem);
});

it("other events are refused", async () => {
  for (const event of [{}, { version: "2.0", rawPath: "/" }, { Records: [] }]) {
    const handler = eventHandler(testApp(fakeStore({})).app);
    await assert.rejects(handler(event as APIGatewayProxyEvent, context), TypeError);
  }
});
