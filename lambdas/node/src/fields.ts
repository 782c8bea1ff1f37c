import { isUtf8 } from "node:buffer";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import * as z from "zod";
import type { BodyReader } from "./app.ts";
import { isDescription, isName, isPrice, maxBodyBytes, trim } from "./model.ts";
import {
  bodyTooLarge,
  invalidFields,
  isField,
  malformedBody,
  unsupportedMediaType,
} from "./problem.ts";

const itemFields = z.strictObject({
  name: z.string().transform(trim).refine(isName),
  description: z
    .string()
    .refine(isDescription)
    .nullish()
    .transform((text) => text ?? ""),
  price: z
    .number()
    .refine(isPrice)
    .transform((price) => price + 0), // -0 + 0 is 0
});

const isJson: RequestHandler = (req, _res, next) => {
  next(req.is("application/json") ? undefined : unsupportedMediaType());
};

const json = express.json({
  limit: maxBodyBytes,
  inflate: false,
  // Decoding would replace bytes that are no UTF-8, and nothing would be an object.
  verify: (_req, _res, body) => {
    if (body.length === 0 || !isUtf8(body)) throw malformedBody();
  },
});

/** Translates an error of express.json, by the status that Express would answer with. */
const jsonError: ErrorRequestHandler = (error: { status?: number }, _req, _res, next) => {
  if (error.status === 413) next(bodyTooLarge());
  else if (error.status === 415) next(unsupportedMediaType());
  else if (error.status === 400) next(malformedBody());
  else next(error);
};

const validate: RequestHandler = (req, res, next) => {
  const { success, data, error } = itemFields.safeParse(req.body);
  if (success) {
    res.locals.fields = data;
    next();
    return;
  }
  const faulty = error.issues.map(({ path: [member] }) => member);
  // Other issues are of the body as a whole: no object, or an unknown member.
  throw faulty.every(isField) ? invalidFields(faulty) : malformedBody();
};

/** Judges a request's media type, then its size, its body and its fields. */
export const readFields: BodyReader = [isJson, json, jsonError, validate];
