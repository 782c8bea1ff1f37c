/** The environment variables of the function. */
export interface Settings {
  readonly table: string;
  readonly attemptTimeoutMs: number;
  readonly primeOnInit: boolean;
  readonly itemTtlDays: number;
  readonly version: string;
  /** 0 outside Lambda. */
  readonly memoryLimitMb: number;
}

/** @throws {Error} if a variable is no such number as it should be: one line about each */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong: string[] = [];
  const positive = (name: string, fallback: number): number => {
    const value = env[name];
    if (!value) return fallback;
    if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value);
    wrong.push(`${name}: got "${value}", want a positive integer`);
    return fallback;
  };
  const settings: Settings = {
    table: env["TABLE_NAME"] ?? "multi-runtime-benchmark-items-dev",
    attemptTimeoutMs: positive("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000),
    primeOnInit: env["PRIME_ON_INIT"] === "true",
    itemTtlDays: positive("ITEM_TTL_DAYS", 7),
    version: env["APP_VERSION"] ?? "dev",
    memoryLimitMb: positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0),
  };
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return settings;
}
