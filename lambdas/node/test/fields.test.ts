import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { type Fields, type Item, maxBodyBytes } from "../src/model.ts";
import { depth } from "../src/tuned/fields.ts";
import {
  bodyProblem,
  callByEvent,
  fakeStore,
  proxyEvent,
  testApp,
  type Variant,
} from "./fixtures.ts";

const both = ["stock", "tuned"] as const;

/** The fields that a variant makes of a body, or the problem that it answers with. */
async function judged(variant: Variant, body: string | Buffer): Promise<unknown> {
  let fields: Fields | undefined;
  const put = async ({ name, description, price }: Item) => {
    fields = { name, description, price };
  };
  const { app } = testApp(fakeStore({ put }), variant);
  const call = { target: "POST /items", body: Buffer.from(body).toString("base64") };
  const event: APIGatewayProxyEvent = { ...proxyEvent(call), isBase64Encoded: true };
  const answer = await callByEvent(app, call, event);
  return fields ?? JSON.parse(answer.body);
}

const nested = (levels: number) =>
  `{"name":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)},"price":1}`;

describe("takes", () => {
  const A = (name: string, description = "", price = 1): Fields => ({ name, description, price });
  const tests: [string, string, Fields][] = [
    ["all fields", '{"name":"A","description":"b","price":1}', A("A", "b")],
    ["no description", '{"name":"A","price":1}', A("A")],
    ["description null", '{"name":"A","description":null,"price":1}', A("A")],
    ["description empty", '{"name":"A","description":"","price":1}', A("A")],
    ["white space around", ' \t\r\n{ "name" : "A" , "price" : 1 } \n', A("A")],
    ["escaped member name", String.raw`{"\u006eame":"A","price":1}`, A("A")],
    [
      "the last duplicate",
      String.raw`{"name":"\ud800","price":"x","name":"B","price":2}`,
      A("B", "", 2),
    ],
    ["name trimmed", String.raw`{"name":" \t\r\nA B\n\r\t ","price":1}`, A("A B")],
    ["description not trimmed", '{"name":"A","description":" b ","price":1}', A("A", " b ")],
    ["other spaces", String.raw`{"name":"\u00a0A\u2003","price":1}`, A("\u00a0A\u2003")],
    ["delete character", String.raw`{"name":"\u007f","price":1}`, A("\u007f")],
    ["line breaks inside", String.raw`{"name":"A\n\r\tB","price":1}`, A("A\n\r\tB")],
    ["short escapes", String.raw`{"name":"\"\\\/\n\r\t","price":1}`, A('"\\/')],
    ["a backslash before u", String.raw`{"name":"\\ud800","price":1}`, A("\\ud800")],
    ["surrogate pairs", String.raw`{"name":"\ud83d\uDE00\ud83d\ude00","price":1}`, A("😀😀")],
    [
      "replacement character",
      String.raw`{"name":"\ufffd","description":"�","price":1}`,
      A("\ufffd", "\ufffd"),
    ],
    ["100 characters", `{"name":"${"😀".repeat(100)}","price":1}`, A("😀".repeat(100))],
    [
      "100 characters and spaces",
      `{"name":"${" ".repeat(50)}${"x".repeat(100)} ","price":1}`,
      A("x".repeat(100)),
    ],
    [
      "1000 characters",
      `{"name":"A","description":"${"ß".repeat(1000)}","price":1}`,
      A("A", "ß".repeat(1000)),
    ],
    ["brackets in a string", String.raw`{"name":"[[\"[{\\","price":1}`, A('[["[{\\')],
    [
      "40 brackets in a string",
      `{"name":"A","description":"${"[".repeat(40)}","price":1}`,
      A("A", "[".repeat(40)),
    ],
    ["price 0", '{"name":"A","price":0}', A("A", "", 0)],
    ["a decimal too many that is 0", '{"name":"A","price":19.990}', A("A", "", 19.99)],
    ["an exponent", '{"name":"A","price":1e2}', A("A", "", 100)],
    ["a negative exponent", '{"name":"A","price":1999E-2}', A("A", "", 19.99)],
    ["what rounds to 2 decimals", '{"name":"A","price":0.10000000000000000001}', A("A", "", 0.1)],
    ["what underflows", '{"name":"A","price":1e-400}', A("A", "", 0)],
    ["-0 as 0", '{"name":"A","price":-0.0}', A("A", "", 0)],
    ["the highest price", '{"name":"A","price":1000000.00}', A("A", "", 1_000_000)],
  ];
  for (const [name, body, want] of tests) {
    it(name, async () => {
      for (const variant of both) assert.deepEqual(await judged(variant, body), want, variant);
    });
  }
});

describe("refuses the body", () => {
  const tests: [string, string | Buffer][] = [
    ["empty", ""],
    ["white space", " \n"],
    ["null", "null"],
    ["an array", '[{"name":"A","price":1}]'],
    ["a string", '"A"'],
    ["cut short", '{"name":"A","price":1'],
    ["text behind", '{"name":"A","price":1} x'],
    ["a comma behind", '{"name":"A","price":1,}'],
    ["single quotes", "{'name':'A','price':1}"],
    ["a comment", '{"name":"A","price":1}//'],
    ["NaN", '{"name":"A","price":NaN}'],
    ["a leading zero", '{"name":"A","price":01}'],
    ["a plain control character", '{"name":"A\n","price":1}'],
    ["no UTF-8", Buffer.from('{"name":"\xff","price":1}', "latin1")],
    [
      "UTF-8 of a surrogate",
      Buffer.from("7b226e616d65223a22eda080222c227072696365223a317d", "hex"),
    ],
    ["UTF-16", Buffer.from('{"name":"A","price":1}', "utf16le")],
    ["unknown name", '{"name":"A","price":1,"id":1}'],
    ["other case", '{"Name":"A","price":1}'],
    ["__proto__", '{"name":"A","price":1,"__proto__":{}}'],
    ["constructor", '{"name":"A","price":1,"constructor":1}'],
    ["lone surrogate in a name", String.raw`{"name":"A","price":1,"\ud800":1}`],
  ];
  for (const [name, body] of tests) {
    it(name, async () => {
      for (const variant of both) {
        assert.deepEqual(await judged(variant, body), JSON.parse(bodyProblem), variant);
      }
    });
  }

  const tuned: [string, string][] = [
    ["byte-order mark", '\ufeff{"name":"A","price":1}'],
    ["33 levels", nested(33)],
    ["33 levels of a duplicate", nested(33).replace("}", ',"name":"A"}')],
    ["as many levels as fit", nested(maxBodyBytes / 2 - 20)],
  ];
  for (const [name, body] of tuned) {
    it(`tuned: ${name}`, async () => {
      assert.deepEqual(await judged("tuned", body), JSON.parse(bodyProblem));
    });
  }
});

describe("refuses the fields", () => {
  const tests: [string, string, string[]][] = [
    ["none", "{}", ["name", "price"]],
    ["all", '{"description":1,"price":null,"name":""}', ["name", "description", "price"]],
    ["32 levels", nested(32), ["name"]],
    ["name null", '{"name":null,"price":1}', ["name"]],
    ["name a number", '{"name":1,"price":1}', ["name"]],
    ["name of space", String.raw`{"name":" \t\r\n","price":1}`, ["name"]],
    ["name of 101 characters", `{"name":"${"😀".repeat(101)}","price":1}`, ["name"]],
    ["name with a control character", String.raw`{"name":"\u0000","price":1}`, ["name"]],
    ["name with a vertical tab", String.raw`{"name":"\u000bA","price":1}`, ["name"]],
    ["name with half a pair", String.raw`{"name":"\ud83d","price":1}`, ["name"]],
    ["name with a swapped pair", String.raw`{"name":"\ude00\ud83d","price":1}`, ["name"]],
    ["description false", '{"name":"A","description":false,"price":1}', ["description"]],
    [
      "description of 1001 characters",
      `{"name":"A","description":"${"x".repeat(1001)}","price":1}`,
      ["description"],
    ],
    [
      "description with escape",
      String.raw`{"name":"A","description":"\u001b","price":1}`,
      ["description"],
    ],
    ["price a string", '{"name":"A","price":"1"}', ["price"]],
    ["price true", '{"name":"A","price":true}', ["price"]],
    ["price negative", '{"name":"A","price":-0.01}', ["price"]],
    ["price too high", '{"name":"A","price":1000000.01}', ["price"]],
    ["price with 3 decimals", '{"name":"A","price":0.001}', ["price"]],
    ["price tiny", '{"name":"A","price":1e-7}', ["price"]],
    ["price beyond all doubles", '{"name":"A","price":1e400}', ["price"]],
  ];
  const messages: Record<string, string> = {
    name: "must be a string of 1 to 100 characters",
    description: "must be a string of at most 1000 characters",
    price: "must be a number from 0 to 1000000 with at most 2 decimal places",
  };
  for (const [name, body, fields] of tests) {
    it(name, async () => {
      const want = {
        type: "about:blank",
        title: "Bad Request",
        status: 400,
        detail: "One or more fields are invalid.",
        errors: fields.map((field) => ({ field, message: messages[field] })),
      };
      for (const variant of both) assert.deepEqual(await judged(variant, body), want, variant);
    });
  }
});

it("depth counts brackets outside of strings", () => {
  const tests: [string, number][] = [
    ["1", 0],
    ["{}", 1],
    ['{"a":[[],{"b":[]}]}', 4],
    [String.raw`{"[[":"\"[[\\"}`, 1],
    ["[[],[],[[]]]", 3],
  ];
  for (const [text, want] of tests) assert.equal(depth(text), want, text);
});
