import { isUtf8 } from "node:buffer";
import type { Request, RequestHandler } from "express";
import type { BodyReader } from "../app.ts";
import { type Fields, isDescription, isName, isPrice, maxBodyBytes, trim } from "../model.ts";
import {
  bodyTooLarge,
  invalidFields,
  isField,
  malformedBody,
  unsupportedMediaType,
} from "../problem.ts";

const maxDepth = 32;

/** Judges a request's media type, then its size, its body and its fields. */
const read: RequestHandler = async (req, res, next) => {
  const { "content-type": contentType = "", "content-encoding": encoding } = req.headers;
  if (encoding !== undefined || !/^[ \t]*application\/json[ \t]*(;|$)/i.test(contentType)) {
    throw unsupportedMediaType();
  }
  // The adapter for events has the whole body already.
  const body = Buffer.isBuffer(req.body) ? req.body : await readBody(req);
  if (body.length > maxBodyBytes) throw bodyTooLarge();
  res.locals.fields = parseFields(body);
  next();
};

export const readFields: BodyReader = [read];

/** Reads the whole body, but keeps no more of it than shows that it is too large. */
async function readBody(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    if (size <= maxBodyBytes) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

/**
 * Reads a request body.
 *
 * JSON.parse is as strict as RFC 8259 wants it, but for what it cannot see: how
 * deep a document is nested, and bytes that are no UTF-8, since decoding would
 * replace them silently. A byte-order mark it refuses.
 *
 * @throws {Problem} if the body is no JSON object of valid fields
 */
export function parseFields(body: Buffer): Fields {
  if (!isUtf8(body)) throw malformedBody();
  const text = body.toString();
  const members = parseObject(text);
  if (!Object.keys(members).every(isField) || depth(text) > maxDepth) throw malformedBody();

  const name = typeof members["name"] === "string" ? trim(members["name"]) : "";
  const description = members["description"] ?? "";
  const price = members["price"];
  const nameOk = isName(name);
  const descriptionOk = typeof description === "string" && isDescription(description);
  const priceOk = typeof price === "number" && isPrice(price);
  if (nameOk && descriptionOk && priceOk) return { name, description, price: price + 0 }; // -0 + 0 is 0
  throw invalidFields([
    ...(nameOk ? [] : (["name"] as const)),
    ...(descriptionOk ? [] : (["description"] as const)),
    ...(priceOk ? [] : (["price"] as const)),
  ]);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedBody();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformedBody();
  return value as Record<string, unknown>;
}

/** How deep a valid JSON text is nested. */
export function depth(text: string): number {
  let deepest = 0;
  let current = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "{" || c === "[") deepest = Math.max(deepest, ++current);
    else if (c === "}" || c === "]") current--;
  }
  return deepest;
}
