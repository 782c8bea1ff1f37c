import type { Request, Response } from "express";
import { type EventHandler, eventHandler } from "../event.ts";
import { createExpress, prefixed } from "../routing.ts";

type Item = Request<{ id: string }>;

/** What is done behind each item route before its fixed answer. */
export interface ItemCalls {
  /** Makes an item and returns its id. */
  create(): Promise<string>;
  list(): Promise<unknown>;
  get(id: string): Promise<unknown>;
  replace(id: string): Promise<unknown>;
  delete(id: string): Promise<unknown>;
}

/**
 * The item routes of the API with the floor's answer: Express and serverless-http as
 * the API has them, but without bodies, validation, a log or metrics.
 */
export function itemsHandler(calls: ItemCalls): EventHandler {
  const app = createExpress();
  app
    .route(prefixed("/items"))
    .get(async (_req, res) => {
      await calls.list();
      sendOk(res, 200);
    })
    .post(async (_req, res) => {
      res.setHeader("Location", `items/${await calls.create()}`);
      sendOk(res, 201);
    });
  app
    .route(prefixed("/items/:id"))
    .get(async (req: Item, res) => {
      await calls.get(req.params.id);
      sendOk(res, 200);
    })
    .put(async (req: Item, res) => {
      await calls.replace(req.params.id);
      sendOk(res, 200);
    })
    .delete(async (req: Item, res) => {
      await calls.delete(req.params.id);
      res.statusCode = 204;
      res.end();
    });
  return eventHandler(app);
}

function sendOk(res: Response, status: number): void {
  res.statusCode = status;
  res.setHeader("Content-Type", "application/json");
  res.end('{"status":"ok"}');
}
