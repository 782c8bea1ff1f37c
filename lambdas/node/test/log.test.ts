import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLog } from "../src/tuned/log.ts";

const request = {
  requestId: "id",
  method: "GET",
  route: "/items",
  status: 200,
  durationMs: 1.5,
  coldStart: false,
};

function linesAt(level: string | undefined): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => new Date(0),
    level,
  );
  log.info("request", request);
  log.warn("warning", { error: new Error("careful") });
  const error = new Error("outer", { cause: new Error("inner") });
  log.error("failure", { requestId: "id", error });
  return lines.map((line) => {
    assert.match(line, /^\{.*\}\n$/);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

describe("levels", () => {
  for (const level of ["ERROR", "FATAL"]) {
    it(`${level} leaves out warnings, not the request's line`, () => {
      assert.deepEqual(
        linesAt(level).map((line) => line["message"]),
        ["request", "failure"],
      );
    });
  }
  for (const level of ["TRACE", "DEBUG", "INFO", "WARN", "warn", "", undefined]) {
    it(`${level ?? "no level"} has them`, () => {
      assert.deepEqual(
        linesAt(level).map((line) => line["message"]),
        ["request", "warning", "failure"],
      );
    });
  }
});

it("members", () => {
  const [line, warning, failure] = linesAt("INFO");
  const timestamp = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(line, { timestamp, level: "INFO", message: "request", ...request });
  assert.equal(warning?.["level"], "WARN");
  assert.match(String(warning["error"]), /^Error: careful\n/);
  assert.equal(failure?.["level"], "ERROR");
  assert.equal(failure["requestId"], "id");
  assert.match(String(failure["error"]), /^Error: outer\n.*\ncaused by Error: inner\n/s);
});
