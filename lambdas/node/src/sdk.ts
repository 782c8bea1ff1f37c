/**
 * The framework and the SDK: behind the routes of framework.ts, the one call of
 * DynamoDB that the API makes there, by the API's own store. What is written is
 * fixed but for its id, what is read is thrown away. What its figures are above the
 * framework's is what the SDK and the database cost; what is left up to the API's is
 * the API's own work.
 */
import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { eventHandler } from "./event.ts";
import type { Fields } from "./model.ts";
import { createExpress, prefixed } from "./routing.ts";
import { readSettings } from "./settings.ts";
import { DynamoStore } from "./store.ts";

/** As large as the benchmark's own requests make an item. */
const fields: Fields = {
  name: "Benchmark item 00000000",
  description: "d".repeat(96),
  price: 123.45,
};
/** The API's default. */
const limit = 20;
const dayMs = 24 * 60 * 60 * 1000;

const settings = readSettings(process.env);
const store = new DynamoStore(settings.store);
const app = createExpress();

app
  .route(prefixed("/items"))
  .get(async (_req, res) => {
    await store.list(limit, undefined);
    sendOk(res, 200);
  })
  .post(async (_req, res) => {
    const id = randomUUID();
    const created = new Date();
    const time = created.toISOString();
    await store.put(
      { id, ...fields, runtime: "node", sourceIp: "127.0.0.1", createdAt: time, updatedAt: time },
      new Date(created.getTime() + settings.itemTtlDays * dayMs),
    );
    res.setHeader("Location", `items/${id}`);
    sendOk(res, 201);
  });

app
  .route(prefixed("/items/:id"))
  .get(async (req: Request<{ id: string }>, res) => {
    await store.get(req.params.id);
    sendOk(res, 200);
  })
  .put(async (req: Request<{ id: string }>, res) => {
    await store.update(req.params.id, fields, new Date().toISOString());
    sendOk(res, 200);
  })
  .delete(async (req: Request<{ id: string }>, res) => {
    await store.delete(req.params.id);
    res.statusCode = 204;
    res.end();
  });

function sendOk(res: Response, status: number): void {
  res.statusCode = status;
  res.setHeader("Content-Type", "application/json");
  res.end('{"status":"ok"}');
}

export const handler = eventHandler(app);
