import { invalidLimit, invalidNextToken } from "./problem.ts";

export const maxBodyBytes = 65_536;
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

/** What a caller decides about an item. */
export type Fields = Pick<Item, "name" | "description" | "price">;

/** A part of the table and the token of the next part. */
export interface Page {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

/** Whether a trimmed text may be an item's name. */
export function isName(text: string): boolean {
  return text !== "" && isText(text) && codePoints(text) <= maxNameLength;
}

export function isDescription(text: string): boolean {
  return isText(text) && codePoints(text) <= maxDescriptionLength;
}

/**
 * Whether a number is in range and its shortest decimal that gives the same double
 * has at most two decimal places. ECMAScript's own format is that decimal, with
 * an exponent only below 1e-6, which is too small anyway.
 */
export function isPrice(value: number): boolean {
  return value >= 0 && value <= maxPrice && /^\d+(\.\d{1,2})?$/.test(String(value));
}

// Which control characters a text may not have: all of C0 but tab, line feed and
// carriage return.
// eslint-disable-next-line no-control-regex -- they are what this is about
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

function isText(text: string): boolean {
  return text.isWellFormed() && !controls.test(text);
}

/** Removes tabs, line breaks and spaces at both ends. */
export function trim(text: string): string {
  // A regular expression would take quadratic time on long runs of space.
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

/** Whether text is a UUID in its canonical form: lower case, with hyphens. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/**
 * Reads the query's limit; none means the default.
 *
 * @throws {Problem} if it is there several times, or no integer from 1 to 100
 */
export function parseLimit(value: unknown): number {
  if (value === undefined) return defaultLimit;
  if (typeof value !== "string" || !/^([1-9][0-9]?|100)$/.test(value)) throw invalidLimit();
  return Number(value);
}

/**
 * Returns the id that the query's token stands for, undefined if there is no token.
 *
 * @throws {Problem} if it is there several times, or no token in its canonical form
 */
export function parseNextToken(token: unknown): string | undefined {
  if (token === undefined) return undefined;
  if (typeof token !== "string") throw invalidNextToken();
  const bytes = Buffer.from(token, "base64url"); // which skips what is no base64
  if (bytes.length !== 16 || bytes.toString("base64url") !== token) throw invalidNextToken();
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The token of the page after the item with this id. */
export function nextToken(id: string): string {
  if (!isId(id)) throw new Error(`make a token of the last key: got ${id}, want a UUID`);
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}
