import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  depth,
  type Fields,
  isId,
  maxBodyBytes,
  nextToken,
  parseFields,
  parseLimit,
  parseNextToken,
  parsePrice,
} from "../src/model.ts";
import { invalidLimit, invalidNextToken, malformedBody, Problem } from "../src/problem.ts";

const nested = (levels: number) =>
  `{"name":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)},"price":1}`;

describe("parseFields takes", () => {
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
    it(name, () => {
      assert.deepEqual(parseFields(Buffer.from(body)), want);
    });
  }
});

describe("parseFields refuses the body", () => {
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
    ["byte-order mark", '\ufeff{"name":"A","price":1}'],
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
    ["33 levels", nested(33)],
    ["33 levels of a duplicate", nested(33).replace("}", ',"name":"A"}')],
    ["as many levels as fit", nested(maxBodyBytes / 2 - 20)],
  ];
  for (const [name, body] of tests) {
    it(name, () => {
      assert.throws(() => parseFields(Buffer.from(body)), malformedBody);
    });
  }
});

describe("parseFields refuses the fields", () => {
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
    it(name, () => {
      assert.throws(
        () => parseFields(Buffer.from(body)),
        (error) => {
          assert.ok(error instanceof Problem);
          const want = fields.map((field) => ({ field, message: messages[field] }));
          assert.deepEqual(error.errors, want);
          assert.equal(error.status, 400);
          assert.equal(error.message, "One or more fields are invalid.");
          return true;
        },
      );
    });
  }
});

it("prices keep their decimals", () => {
  const tests: [number, string][] = [
    [19.99, "19.99"],
    [1e2, "100"],
    [-0, "0"],
    [0.1, "0.1"],
    [999999.99, "999999.99"],
  ];
  for (const [price, want] of tests) assert.equal(String(parsePrice(price)), want);
  // Every price of whole cents is one, however its double comes about.
  for (let cents = 0; cents <= 100_000_000; cents += 9973) {
    assert.equal(parsePrice(cents / 100), cents / 100);
    assert.equal(parsePrice(cents / 100 + 0.001), undefined, `${cents} cents and a tenth`);
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

it("isId takes canonical UUIDs only", () => {
  assert.ok(isId("576e85e6-60a5-45e3-88c6-be8ce5f871fc"));
  assert.ok(isId("00000000-0000-0000-0000-000000000000"));
  for (const text of [
    "",
    "x",
    "576E85E6-60A5-45E3-88C6-BE8CE5F871FC",
    "{576e85e6-60a5-45e3-88c6-be8ce5f871fc}",
    "576e85e660a545e388c6be8ce5f871fc",
    "576e85e6-60a5-45e3-88c6-be8ce5f871fc\n",
    "576e85e6-60a5-45e3-88c6-be8ce5f871fcc",
  ]) {
    assert.ok(!isId(text), text);
  }
});

it("parseLimit", () => {
  assert.equal(parseLimit([]), 20);
  for (const n of [1, 9, 10, 99, 100]) assert.equal(parseLimit([String(n)]), n);
  for (const value of [
    "",
    "0",
    "01",
    "101",
    "1000",
    "-1",
    "+1",
    "1.0",
    "1e1",
    " 1",
    "1\n",
    "x",
    "١",
  ]) {
    assert.throws(() => parseLimit([value]), invalidLimit, value);
  }
  assert.throws(() => parseLimit(["1", "1"]), invalidLimit);
});

describe("tokens", () => {
  const id = "576e85e6-60a5-45e3-88c6-be8ce5f871fc";
  const token = "V26F5mClReOIxr6M5fhx_A";

  it("come from ids and lead back", () => {
    assert.equal(nextToken(id), token);
    assert.equal(parseNextToken([token]), id);
    assert.equal(parseNextToken(["A".repeat(22)]), "00000000-0000-0000-0000-000000000000");
    assert.equal(parseNextToken([]), undefined);
  });

  it("are canonical", () => {
    for (const value of [
      "",
      "x",
      `${token}A`,
      `${token}==`,
      token.slice(1),
      token.replace("_", "/"),
      `${token.slice(0, -1)}B`, // the same bytes, with other padding bits
      `${token}\n`,
      ` ${token}`,
      id,
    ]) {
      assert.throws(() => parseNextToken([value]), invalidNextToken, value);
    }
    assert.throws(() => parseNextToken([token, token]), invalidNextToken);
  });

  it("are made of UUIDs only", () => {
    assert.throws(() => nextToken("x"), /got x, want a UUID/);
  });
});
