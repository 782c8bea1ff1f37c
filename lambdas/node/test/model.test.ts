import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isId, isPrice, nextToken, parseLimit, parseNextToken } from "../src/model.ts";
import { invalidLimit, invalidNextToken } from "../src/problem.ts";

it("prices", () => {
  // Every price of whole cents is one, however its double comes about.
  for (let cents = 0; cents <= 100_000_000; cents += 9973) {
    assert.ok(isPrice(cents / 100), `${cents} cents`);
    assert.ok(!isPrice(cents / 100 + 0.001), `${cents} cents and a tenth`);
  }
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
  assert.equal(parseLimit(undefined), 20);
  for (const n of [1, 9, 10, 99, 100]) assert.equal(parseLimit(String(n)), n);
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
    assert.throws(() => parseLimit(value), invalidLimit(), value);
  }
  assert.throws(() => parseLimit(["1", "1"]), invalidLimit());
});

describe("tokens", () => {
  const id = "576e85e6-60a5-45e3-88c6-be8ce5f871fc";
  const token = "V26F5mClReOIxr6M5fhx_A";

  it("come from ids and lead back", () => {
    assert.equal(nextToken(id), token);
    assert.equal(parseNextToken(token), id);
    assert.equal(parseNextToken("A".repeat(22)), "00000000-0000-0000-0000-000000000000");
    assert.equal(parseNextToken(undefined), undefined);
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
      assert.throws(() => parseNextToken(value), invalidNextToken(), value);
    }
    assert.throws(() => parseNextToken([token, token]), invalidNextToken());
  });

  it("are made of UUIDs only", () => {
    assert.throws(() => nextToken("x"), /got x, want a UUID/);
  });
});
