import { STATUS_CODES } from "node:http";

/** What each field must be, whichever of its rules was broken, in the API's order. */
const fieldMessages = {
  name: "must be a string of 1 to 100 characters",
  description: "must be a string of at most 1000 characters",
  price: "must be a number from 0 to 1000000 with at most 2 decimal places",
};

type Field = keyof typeof fieldMessages;

/**
 * An error that a caller may see: a problem document of RFC 9457. The words are
 * fixed for all runtimes; nothing internal ever enters one.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly errors: readonly object[] | undefined;

  constructor(status: number, detail: string, errors?: readonly object[]) {
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

const problem = (status: number, detail: string) => () => new Problem(status, detail);

export const unknownPath = problem(404, "The requested resource does not exist.");
export const unknownItem = problem(404, "The item does not exist.");
export const methodNotAllowed = problem(405, "The method is not allowed for this resource.");
export const unsupportedMediaType = problem(
  415,
  "The request body must be application/json without a content encoding.",
);
export const bodyTooLarge = problem(413, "The request body must not exceed 65536 bytes.");
export const malformedBody = problem(
  400,
  "The request body must be a JSON object with no other fields than name, description and price.",
);
export const invalidLimit = problem(400, "The limit must be an integer from 1 to 100.");
export const invalidNextToken = problem(400, "The nextToken is not valid.");
export const databaseUnavailable = problem(503, "The database is not available, try again later.");
export const unexpected = problem(500, "An unexpected error occurred.");

/** Whether an item has such a field that a caller decides about. */
export function isField(name: unknown): name is Field {
  return typeof name === "string" && Object.hasOwn(fieldMessages, name);
}

export function invalidFields(faulty: readonly Field[]): Problem {
  const errors = Object.entries(fieldMessages)
    .filter(([field]) => faulty.some((name) => name === field))
    .map(([field, message]) => ({ field, message }));
  return new Problem(400, "One or more fields are invalid.", errors);
}
