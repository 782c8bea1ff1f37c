/**
 * The framework and the SDK: behind the item routes, the one call of DynamoDB that the
 * API makes there, by the API's own store. What is written is fixed but for its id,
 * what is read is thrown away. What its figures are above the framework's is what the
 * SDK and the database cost; what is left up to the API's is the API's own work.
 */
import { randomUUID } from "node:crypto";
import { createClient } from "../client.ts";
import type { Fields } from "../model.ts";
import { readSettings } from "../settings.ts";
import { DynamoStore } from "../store.ts";
import { itemsHandler } from "./items.ts";

/** As large as the benchmark's own requests make an item. */
const fields: Fields = {
  name: "Benchmark item 00000000",
  description: "d".repeat(96),
  price: 123.45,
};
/** The API's default. */
const limit = 20;
const dayMs = 24 * 60 * 60 * 1000;

const { table, attemptTimeoutMs, itemTtlDays } = readSettings(process.env);
const store = new DynamoStore(table, () => createClient(attemptTimeoutMs));

export const handler = itemsHandler({
  create: async () => {
    const id = randomUUID();
    const created = new Date();
    const time = created.toISOString();
    await store.put(
      { id, ...fields, runtime: "node", sourceIp: "127.0.0.1", createdAt: time, updatedAt: time },
      new Date(created.getTime() + itemTtlDays * dayMs),
    );
    return id;
  },
  list: () => store.list(limit, undefined),
  get: (id) => store.get(id),
  replace: (id) => store.update(id, fields, new Date().toISOString()),
  delete: (id) => store.delete(id),
});
