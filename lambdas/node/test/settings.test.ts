import assert from "node:assert/strict";
import { it } from "node:test";
import { readSettings, SettingsError } from "../src/settings.ts";

it("defaults", () => {
  assert.deepEqual(readSettings({ PORT: "", AWS_REGION: "" }), {
    lambda: false,
    port: 8080,
    primeOnInit: false,
    itemTtlDays: 7,
    version: "dev",
    memoryLimitMb: 0,
    logLevel: undefined,
    store: {
      table: "multi-runtime-benchmark-items-dev",
      region: undefined,
      endpoint: undefined,
      attemptTimeoutMs: 8000,
      accessKeyId: undefined,
      secretAccessKey: undefined,
      sessionToken: undefined,
    },
  });
});

it("everything set", () => {
  const env = {
    AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1",
    PORT: "0",
    PRIME_ON_INIT: "true",
    ITEM_TTL_DAYS: "1",
    APP_VERSION: "1.2.3",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_LOG_LEVEL: "WARN",
    LOG_LEVEL: "DEBUG",
    TABLE_NAME: "t",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: "http://all",
    AWS_ENDPOINT_URL_DYNAMODB: "http://d",
    DYNAMODB_ATTEMPT_TIMEOUT_MS: "50",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
  };
  assert.deepEqual(readSettings(env), {
    lambda: true,
    port: 0,
    primeOnInit: true,
    itemTtlDays: 1,
    version: "1.2.3",
    memoryLimitMb: 512,
    logLevel: "WARN",
    store: {
      table: "t",
      region: "eu-west-1",
      endpoint: "http://d",
      attemptTimeoutMs: 50,
      accessKeyId: "key",
      secretAccessKey: "secret",
      sessionToken: "token",
    },
  });
});

it("only true primes", () => {
  for (const value of ["1", "TRUE", "false"]) {
    assert.equal(readSettings({ PRIME_ON_INIT: value }).primeOnInit, false, value);
  }
});

it("wrong numbers are all named", () => {
  const env = { ITEM_TTL_DAYS: "x", DYNAMODB_ATTEMPT_TIMEOUT_MS: "0", PORT: "-1" };
  assert.throws(
    () => readSettings(env),
    new SettingsError(
      'PORT: got "-1", want an integer, 0 or more\n' +
        'ITEM_TTL_DAYS: got "x", want a positive integer\n' +
        'DYNAMODB_ATTEMPT_TIMEOUT_MS: got "0", want a positive integer',
    ),
  );
});
