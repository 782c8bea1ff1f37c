/** What the line about a request tells: nothing of the item or the caller. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly coldStart: boolean;
}

/**
 * Writes one JSON object a line, with the names that Lambda looks for: without
 * timestamp it files every line under INFO.
 *
 * Lines go to standard output as they are. Through console.log Lambda's runtime
 * would wrap each in an object of its own.
 */
export class Log {
  readonly #write: (line: string) => void;
  readonly #now: () => Date;
  readonly #warns: boolean;

  /**
   * The level is one of Lambda's: TRACE, DEBUG, INFO, WARN, ERROR, FATAL. There is
   * nothing less important here than warnings.
   */
  constructor(write: (line: string) => void, now: () => Date, level?: string) {
    this.#write = write;
    this.#now = now;
    this.#warns = level !== "ERROR" && level !== "FATAL";
  }

  /** Written at every level, since alarms read it. */
  request(line: RequestLine): void {
    this.#line("INFO", "request", line);
  }

  warn(message: string, error: unknown): void {
    if (this.#warns) this.#line("WARN", message, { error: describe(error) });
  }

  error(message: string, requestId: string, error: unknown): void {
    this.#line("ERROR", message, { requestId, error: describe(error) });
  }

  #line(level: string, message: string, members: object): void {
    const timestamp = this.#now().toISOString();
    this.#write(`${JSON.stringify({ timestamp, level, message, ...members })}\n`);
  }
}

/** An error's stack, and those of its causes. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack ?? String(error);
  return error.cause === undefined ? text : `${text}\ncaused by ${describe(error.cause)}`;
}
