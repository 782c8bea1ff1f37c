import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Metrics, roundMs } from "../src/metrics.ts";

interface Body {
  readonly initDurationMs: number;
  readonly uptimeMs: number;
  readonly memory: Readonly<Record<string, number>>;
  readonly cpu: { readonly userMs: number };
  readonly routes: Readonly<
    Record<string, { count: number; latencyMs: { p50: number; p95: number; p99: number } }>
  >;
}
const bodyOf = (metrics: Metrics) => metrics.body(false) as Body;

describe("latencies", () => {
  const after = (...values: number[]) => {
    const metrics = new Metrics(() => 0, 0);
    for (const value of values) metrics.end("r", value);
    return bodyOf(metrics).routes["r"];
  };
  it("of one call", () => {
    assert.deepEqual(after(1.23456), {
      count: 1,
      latencyMs: { p50: 1.235, p95: 1.235, p99: 1.235 },
    });
  });
  it("of 100 calls, in any order", () => {
    const values = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
    assert.deepEqual(after(...values), { count: 100, latencyMs: { p50: 50, p95: 95, p99: 99 } });
  });
  it("of the last 1024 calls only", () => {
    const values = [...Array<number>(500).fill(1e6), ...Array<number>(1024).fill(2)];
    assert.deepEqual(after(...values), { count: 1524, latencyMs: { p50: 2, p95: 2, p99: 2 } });
  });
});

it("only the first invocation is cold", () => {
  const metrics = new Metrics(() => 0, 0);
  assert.deepEqual([metrics.begin(), metrics.begin(), metrics.begin()], [true, false, false]);
});

it("the init phase ends where the metrics begin", () => {
  let time = 136.5;
  const metrics = new Metrics(() => time, 128);
  time = 1000;
  const { initDurationMs, uptimeMs, memory } = bodyOf(metrics);
  assert.deepEqual([initDurationMs, uptimeMs, memory["limitBytes"]], [136.5, 1000, 134217728]);
});

it("roundMs rounds to microseconds", () => {
  assert.equal(roundMs(1.2345), 1.235);
  assert.equal(roundMs(0), 0);
});

it("the process tells of itself", () => {
  const { memory, cpu } = bodyOf(new Metrics(() => 0, 0));
  const { rssBytes = 0, rssAfterInitBytes = 0, peakRssBytes = 0 } = memory;
  assert.ok(rssBytes > 1e6 && rssAfterInitBytes > 1e6);
  assert.ok(peakRssBytes >= rssBytes / 2 && peakRssBytes < rssBytes * 100, String(peakRssBytes));
  assert.ok(cpu.userMs > 1 && cpu.userMs < 1e6);
});
