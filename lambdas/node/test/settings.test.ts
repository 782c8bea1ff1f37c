import assert from "node:assert/strict";
import { it } from "node:test";
import { readSettings } from "../src/settings.ts";

it("defaults", () => {
  assert.deepEqual(readSettings({ ITEM_TTL_DAYS: "" }), {
    table: "multi-runtime-benchmark-items-dev",
    attemptTimeoutMs: 8000,
    primeOnInit: false,
    itemTtlDays: 7,
    version: "dev",
    memoryLimitMb: 0,
  });
});

it("everything set", () => {
  const env = {
    PRIME_ON_INIT: "true",
    ITEM_TTL_DAYS: "1",
    APP_VERSION: "1.2.3",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    TABLE_NAME: "t",
    DYNAMODB_ATTEMPT_TIMEOUT_MS: "50",
  };
  assert.deepEqual(readSettings(env), {
    table: "t",
    attemptTimeoutMs: 50,
    primeOnInit: true,
    itemTtlDays: 1,
    version: "1.2.3",
    memoryLimitMb: 512,
  });
});

it("only true primes", () => {
  for (const value of ["1", "TRUE", "false"]) {
    assert.equal(readSettings({ PRIME_ON_INIT: value }).primeOnInit, false, value);
  }
});

it("wrong numbers are all named", () => {
  const env = { ITEM_TTL_DAYS: "x", DYNAMODB_ATTEMPT_TIMEOUT_MS: "0" };
  assert.throws(
    () => readSettings(env),
    new Error(
      'DYNAMODB_ATTEMPT_TIMEOUT_MS: got "0", want a positive integer\n' +
        'ITEM_TTL_DAYS: got "x", want a positive integer',
    ),
  );
});
