// The client of the Items API that all load tests share: it sends a call, checks the
// answer's status and body, and records what came of it by runtime and operation.

import http from "k6/http";
import { check } from "k6";
import { Rate, Trend } from "k6/metrics";

// What is measured of a call. k6's own http_req_duration holds the upkeep as well, and
// can't be told which calls met a new environment: only their answers say so.
const duration = new Trend("call_duration", true);
const errors = new Rate("call_errors");

const base = __ENV.BASE_URL || "http://127.0.0.1:3000";

/** @type {Record<string, string>} */
const plain = { Accept: "application/json" };
if (__ENV.API_KEY) plain["x-api-key"] = __ENV.API_KEY;
const withBody = { ...plain, "Content-Type": "application/json" };

/**
 * @typedef {import("k6/http").RefinedResponse<"text">} Response
 * @typedef {{runtime: string, role: "call" | "upkeep", operation: string}} Tags
 * @typedef {(sent: string, id: string) => {request: import("k6/http").BatchRequest & {method: string, url: string}, status: number, holds: (answer: any) => boolean}} Operation
 */

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * isItem tells whether an answer is an item as api/openapi.yaml has it, with the fields that were sent.
 *
 * @param {any} item
 * @param {string} [sent]
 */
function isItem(item, sent) {
  const wanted = sent ? JSON.parse(sent) : item;
  return (
    id.test(item.id) &&
    time.test(item.createdAt) &&
    time.test(item.updatedAt) &&
    typeof item.sourceIp === "string" &&
    typeof item.runtime === "string" &&
    item.name === wanted.name &&
    item.description === wanted.description &&
    item.price === wanted.price
  );
}

/**
 * The operations: what is sent, and what the answer must be.
 *
 * @type {Record<string, (sent: string, id: string) => {method: string, path: string, name: string, body: string | null, status: number, holds: (answer: any) => boolean}>}
 */
const operations = {
  create: (sent) => ({ method: "POST", path: "/items", name: "POST /items", body: sent, status: 201, holds: (item) => isItem(item, sent) }),
  read: (_, id) => ({ method: "GET", path: `/items/${id}`, name: "GET /items/{id}", body: null, status: 200, holds: (item) => item.id === id && isItem(item) }),
  list: () => ({
    method: "GET",
    path: "/items",
    name: "GET /items",
    body: null,
    status: 200,
    holds: (page) => page.items.length > 0 && page.items.every((/** @type {any} */ item) => isItem(item)),
  }),
  update: (sent, id) => ({
    method: "PUT",
    path: `/items/${id}`,
    name: "PUT /items/{id}",
    body: sent,
    status: 200,
    holds: (item) => item.id === id && isItem(item, sent),
  }),
  delete: (_, id) => ({ method: "DELETE", path: `/items/${id}`, name: "DELETE /items/{id}", body: null, status: 204, holds: (answer) => answer === null }),
};

/**
 * @param {string} runtime
 * @param {string} operation
 * @param {"call" | "upkeep"} role
 * @param {string} [sent]
 * @param {string} [id]
 */
function prepare(runtime, operation, role, sent = "", id = "") {
  const { method, path, name, body, status, holds } = operations[operation](sent, id);
  const params = { headers: body ? withBody : plain, tags: { runtime, operation, role, name } };
  return { method, url: `${base}/${runtime}${path}`, body, params, status, holds };
}

/**
 * keeps tells whether an answer keeps what the API promises.
 *
 * @param {Response} response
 * @param {{status: number, holds: (answer: any) => boolean}} wanted
 */
function keeps(response, { status, holds }) {
  if (response.status !== status) return false;
  try {
    return holds(response.body ? JSON.parse(response.body) : null);
  } catch {
    return false;
  }
}

/**
 * call sends what is measured, and returns the answer.
 *
 * @param {string} runtime
 * @param {string} operation
 * @param {string} [sent] the body of a create or an update
 * @param {string} [id] of the item
 */
export function call(runtime, operation, sent, id) {
  const { method, url, body, params, ...wanted } = prepare(runtime, operation, "call", sent, id);
  const response = http.request(method, url, body, { ...params, responseType: "text" });
  const cold = response.headers["X-Cold-Start"] ?? "unknown";
  const ok = keeps(response, wanted);
  const tags = { runtime, operation, cold, ok: String(ok), status: String(response.status) };
  check(
    response,
    { [`${operation}: status ${wanted.status}`]: (r) => r.status === wanted.status, [`${operation}: the body that was promised`]: () => ok },
    tags,
  );
  duration.add(response.timings.duration, tags);
  errors.add(!ok, tags);
  return response;
}

/**
 * make makes items that are not measured, and returns their ids: nothing in the place of
 * one that could not be made, of which the first's answer is said.
 *
 * @param {string} runtime
 * @param {string[]} bodies
 * @returns {(string | undefined)[]}
 */
export function make(runtime, bodies) {
  const requests = bodies.map((sent) => prepare(runtime, "create", "upkeep", sent));
  const responses = /** @type {Response[]} */ (http.batch(requests));
  const wrong = responses.find((response, i) => !keeps(response, requests[i]));
  if (wrong) console.warn(`an item of ${runtime} could not be made at ${base}: ${wrong.status} ${wrong.error || wrong.body}`);
  return responses.map((response, i) => (keeps(response, requests[i]) ? String(response.json("id")) : undefined));
}

/**
 * remove removes items that are not measured, several at a time.
 *
 * @param {string} runtime
 * @param {string[]} ids
 */
export function remove(runtime, ids) {
  const responses = http.batch(ids.map((id) => prepare(runtime, "delete", "upkeep", "", id)));
  const left = responses.filter((response) => response.status !== 204 && response.status !== 404);
  if (left.length > 0) console.warn(`${left.length} of ${ids.length} items of ${runtime} could not be removed; their time to live will do it`);
}
