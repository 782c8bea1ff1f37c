import { STATUS_CODES } from "node:http";
import { NotFoundError, UnavailableError } from "./store.ts";

/** What a field must be, whichever of its rules was broken. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * An error that a caller may see: a problem document of RFC 9457. The words are
 * fixed for all runtimes; nothing internal ever enters one.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;

  constructor(status: number, detail: string, errors?: readonly FieldError[]) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }

  toJSON(): object {
    return {
      type: "about:blank",
      // RFC 9110's name of 413; Node keeps that of RFC 7231.
      title: this.status === 413 ? "Content Too Large" : STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      errors: this.errors,
    };
  }
}

// Every problem of this API, but for those with field errors.
export const unknownPath = new Problem(404, "The requested resource does not exist.");
export const unknownItem = new Problem(404, "The item does not exist.");
export const methodNotAllowed = new Problem(405, "The method is not allowed for this resource.");
export const unsupportedMediaType = new Problem(
  415,
  "The request body must be application/json without a content encoding.",
);
export const bodyTooLarge = new Problem(413, "The request body must not exceed 65536 bytes.");
export const malformedBody = new Problem(
  400,
  "The request body must be a JSON object with no other fields than name, description and price.",
);
export const invalidLimit = new Problem(400, "The limit must be an integer from 1 to 100.");
export const invalidNextToken = new Problem(400, "The nextToken is not valid.");
export const databaseUnavailable = new Problem(
  503,
  "The database is not available, try again later.",
);
export const unexpected = new Problem(500, "An unexpected error occurred.");

export function invalidFields(errors: readonly FieldError[]): Problem {
  return new Problem(400, "One or more fields are invalid.", errors);
}

/** Translates anything that was thrown into the problem that the caller sees. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NotFoundError) return unknownItem;
  if (error instanceof UnavailableError) return databaseUnavailable;
  return unexpected;
}
