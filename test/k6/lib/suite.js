// What the load tests have in common: options from a scenario file, items made before
// and removed behind the load, and one iteration, which is one call of the scenario.

import exec from "k6/execution";
import { call, make, remove } from "./client.js";
import { order } from "./order.js";

/**
 * @typedef {{target: number, seconds: number}} Stage
 * @typedef {{name: string, seed: number, startRate: number, stages: Stage[], mix: import("./order.js").Share[],
 *   items: number, maxInFlight: number, objective: {errorShare: number, p99Ms: number}}} Scenario
 * @typedef {Record<string, string[]>} Items ids by runtime
 */

const runtimes = (__ENV.RUNTIMES || "").split(",").filter(Boolean);
if (runtimes.length === 0) throw new Error("say which runtimes answer there: RUNTIMES=go,python");

// nobody is an item that does not exist: its delete is answered wrongly, and counts so.
const nobody = "00000000-0000-4000-8000-000000000000";

/**
 * suite makes a scenario into what k6 wants to be exported.
 *
 * @param {Scenario} scenario
 */
export function suite(scenario) {
  const next = order(scenario.seed, runtimes, scenario.mix);

  /** @returns {Items} */
  function setup() {
    const bodies = Array.from({ length: scenario.items }, (_, i) => next(i).body);
    return Object.fromEntries(
      runtimes.map((runtime) => {
        // A first call may take longer than the gateway waits, and the next one be answered.
        /** @type {string[]} */
        let ids = [];
        for (let attempt = 0; attempt < 3 && ids.length < bodies.length; attempt++) {
          ids = ids.concat(make(runtime, bodies.slice(ids.length)).flatMap((id) => id ?? []));
        }
        if (ids.length < bodies.length) throw new Error(`${runtime}: got ${ids.length} of ${bodies.length} items before the load, wanted all`);
        return [runtime, ids];
      }),
    );
  }

  // A create's item is removed behind it and a delete's made before it, so that the table
  // is the same size all the time and nothing stays, whenever the load ends. Neither
  // belongs to the call that is measured.
  /** @param {Items} items */
  function iteration(items) {
    const { runtime, operation, pick, body } = next(exec.scenario.iterationInTest);
    switch (operation) {
      case "create": {
        const answer = call(runtime, "create", body);
        if (answer.status === 201) remove(runtime, [String(answer.json("id"))]);
        break;
      }
      case "delete": {
        const [id = nobody] = make(runtime, [body]);
        call(runtime, "delete", "", id);
        break;
      }
      default:
        call(runtime, operation, body, items[runtime][pick % scenario.items]);
    }
  }

  /** @param {Items} items */
  function teardown(items) {
    for (const runtime of runtimes) remove(runtime, items[runtime]);
  }

  return { options: options(scenario), setup, iteration, teardown };
}

/**
 * @param {Scenario} scenario
 * @returns {import("k6/options").Options}
 */
function options(scenario) {
  /** @type {Record<string, string[]>} */
  const thresholds = { dropped_iterations: ["count==0"] };
  for (const runtime of runtimes) {
    thresholds[`call_errors{runtime:${runtime}}`] = [`rate<${scenario.objective.errorShare}`];
    thresholds[`call_duration{runtime:${runtime}}`] = [`p(99)<${scenario.objective.p99Ms}`];
  }
  return {
    scenarios: { [scenario.name]: executor(scenario) },
    thresholds,
    batch: 2, // items made at a time: enough to begin warm, and no crowd of new environments
    setupTimeout: "10m",
    teardownTimeout: "3m",
    summaryTrendStats: ["count", "min", "med", "p(90)", "p(95)", "p(99)", "max"],
    // All but url, which would be another one for each item.
    systemTags: ["proto", "status", "method", "name", "group", "check", "error", "error_code", "tls_version", "scenario", "expected_response"],
    userAgent: "multi-runtime-benchmark (k6)",
  };
}

/**
 * executor is the schedule, or a steady one by RATE (calls a second) and DURATION (60s).
 * VUS virtual users, each with a connection of its own, take turns in it: as many as calls
 * may be in flight, unless said.
 *
 * @param {Scenario} scenario
 * @returns {any}
 */
function executor({ startRate, stages, maxInFlight }) {
  // k6 counts whole calls: in a hundred seconds there are enough of them.
  const rate = (/** @type {number} */ perSecond) => Math.round(perSecond * 100);
  const { RATE, DURATION, VUS } = __ENV;
  const common = { timeUnit: "100s", preAllocatedVUs: VUS ? Number(VUS) : maxInFlight, maxVUs: maxInFlight };
  if (RATE || DURATION || stages.every(({ target }) => target === startRate)) {
    const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
    return { executor: "constant-arrival-rate", rate: rate(RATE ? Number(RATE) : startRate), duration: DURATION || `${seconds}s`, ...common };
  }
  return {
    executor: "ramping-arrival-rate",
    startRate: rate(startRate),
    stages: stages.map(({ target, seconds }) => ({ target: rate(target), duration: `${seconds}s` })),
    ...common,
  };
}
