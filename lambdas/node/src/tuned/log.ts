import type { Log } from "../observe.ts";

/**
 * Writes one JSON object a line, with the names that Lambda looks for: without
 * timestamp it files every line under INFO.
 *
 * Lines go to standard output as they are. Through console.log Lambda's runtime
 * would wrap each in an object of its own.
 *
 * @param level is one of Lambda's: TRACE, DEBUG, INFO, WARN, ERROR, FATAL. The line
 * about a request is written at every level, since alarms read it.
 */
export function createLog(
  write: (line: string) => void,
  now: () => Date,
  level: string | undefined,
): Log {
  const line = (lineLevel: string, message: string, members: object) => {
    const timestamp = now().toISOString();
    write(`${JSON.stringify({ timestamp, level: lineLevel, message, ...members })}\n`);
  };
  return {
    info: (message, request) => {
      line("INFO", message, request);
    },
    warn: (message, { error }) => {
      if (level !== "ERROR" && level !== "FATAL") line("WARN", message, { error: text(error) });
    },
    error: (message, { requestId, error }) => {
      line("ERROR", message, { requestId, error: text(error) });
    },
  };
}

/** An error's stack, and those of its causes. */
function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error.cause === undefined ? stack : `${stack}\ncaused by ${text(error.cause)}`;
}

export const log = createLog(
  (line) => process.stdout.write(line),
  () => new Date(),
  process.env["AWS_LAMBDA_LOG_LEVEL"] ?? process.env["LOG_LEVEL"],
);
