/**
 * The floor and the framework: Express and the adapter of events as the API has
 * them, with its item routes and the floor's answer, but without middleware, bodies,
 * validation, a log or an SDK. What its figures are above the floor's is what Express
 * and serverless-http cost.
 */
import type { Response } from "express";
import { eventHandler } from "./event.ts";
import { createExpress, prefixed } from "./routing.ts";

const app = createExpress();

app
  .route(prefixed("/items"))
  .get((_req, res) => {
    sendOk(res, 200);
  })
  .post((_req, res) => {
    res.setHeader("Location", "items/00000000-0000-4000-8000-000000000000");
    sendOk(res, 201);
  });

app
  .route(prefixed("/items/:id"))
  .get((_req, res) => {
    sendOk(res, 200);
  })
  .put((_req, res) => {
    sendOk(res, 200);
  })
  .delete((_req, res) => {
    res.statusCode = 204;
    res.end();
  });

function sendOk(res: Response, status: number): void {
  res.statusCode = status;
  res.setHeader("Content-Type", "application/json");
  res.end('{"status":"ok"}');
}

export const handler = eventHandler(app);
