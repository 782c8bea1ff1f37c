import { isUtf8 } from "node:buffer";
import {
  type FieldError,
  invalidFields,
  invalidLimit,
  invalidNextToken,
  malformedBody,
} from "./problem.ts";

export const maxBodyBytes = 65_536;
const maxDepth = 32;
const maxNameLength = 100; // code points, like the next one
const maxDescriptionLength = 1000;
const maxPrice = 1_000_000;
const defaultLimit = 20;

/** An item as callers see it, with its members in that order. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly runtime: string;
  readonly sourceIp: string;
  /** RFC 3339 in UTC with milliseconds, like updatedAt. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A part of the table and the token of the next part. */
export interface Page {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/** What a caller decides about an item. */
export type Fields = Pick<Item, "name" | "description" | "price">;

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
  if (!isUtf8(body)) throw malformedBody;
  const text = body.toString();
  const members = parseObject(text);
  for (const member of Object.keys(members)) {
    if (member !== "name" && member !== "description" && member !== "price") throw malformedBody;
  }
  if (depth(text) > maxDepth) throw malformedBody;

  const name = parseName(members["name"]);
  const description = parseDescription(members["description"]);
  const price = parsePrice(members["price"]);
  if (name === undefined || description === undefined || price === undefined) {
    const errors: FieldError[] = [];
    if (name === undefined) {
      errors.push({ field: "name", message: "must be a string of 1 to 100 characters" });
    }
    if (description === undefined) {
      errors.push({ field: "description", message: "must be a string of at most 1000 characters" });
    }
    if (price === undefined) {
      const message = "must be a number from 0 to 1000000 with at most 2 decimal places";
      errors.push({ field: "price", message });
    }
    throw invalidFields(errors);
  }
  return { name, description, price };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedBody;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformedBody;
  return value as Record<string, unknown>;
}

function parseName(value: unknown): string | undefined {
  if (!isText(value)) return undefined;
  const name = trim(value);
  return name !== "" && codePoints(name) <= maxNameLength ? name : undefined;
}

function parseDescription(value: unknown): string | undefined {
  if (value === undefined || value === null) return "";
  return isText(value) && codePoints(value) <= maxDescriptionLength ? value : undefined;
}

/**
 * Accepts a number in range whose shortest decimal that gives the same double
 * has at most two decimal places. ECMAScript's own format is that decimal, with
 * an exponent only below 1e-6, which is too small anyway.
 */
export function parsePrice(value: unknown): number | undefined {
  if (typeof value !== "number" || value < 0 || value > maxPrice) return undefined;
  return /^\d+(\.\d{1,2})?$/.test(String(value)) ? value + 0 : undefined; // -0 + 0 is 0
}

// Which control characters a text may not have: all of C0 but tab, line feed and
// carriage return.
// eslint-disable-next-line no-control-regex -- they are what this is about
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && !controls.test(value);
}

// A regular expression would take quadratic time on long runs of space.
function trim(text: string): string {
  const isSpace = (index: number) => "\t\n\r ".includes(text.charAt(index));
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(start)) start++;
  while (end > start && isSpace(end - 1)) end--;
  return text.slice(start, end);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
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

/** Whether text is a UUID in its canonical form: lower case, with hyphens. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/**
 * Reads the limit's query values; none means the default.
 *
 * @throws {Problem} if there are several, or it is no integer from 1 to 100
 */
export function parseLimit(values: readonly string[]): number {
  const [value, ...more] = values;
  if (value === undefined) return defaultLimit;
  if (more.length > 0 || !/^([1-9][0-9]?|100)$/.test(value)) throw invalidLimit;
  return Number(value);
}

/**
 * Returns the id that the token's query values stand for, undefined if there is
 * no token.
 *
 * @throws {Problem} if there are several, or it is no token in its canonical form
 */
export function parseNextToken(values: readonly string[]): string | undefined {
  const [token, ...more] = values;
  if (token === undefined) return undefined;
  const bytes = Buffer.from(token, "base64url"); // which skips what is no base64
  if (more.length > 0 || bytes.length !== 16 || bytes.toString("base64url") !== token) {
    throw invalidNextToken;
  }
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** The token of the page after the item with this id. */
export function nextToken(id: string): string {
  if (!isId(id)) throw new Error(`make a token of the last key: got ${id}, want a UUID`);
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}
