import type { StoreSettings } from "./store.ts";

/** The environment variables of the process. */
export interface Settings {
  readonly lambda: boolean;
  readonly port: number;
  readonly primeOnInit: boolean;
  readonly itemTtlDays: number;
  readonly version: string;
  /** 0 outside Lambda. */
  readonly memoryLimitMb: number;
  readonly logLevel: string | undefined;
  readonly store: StoreSettings;
}

/** Some environment variables are wrong: one line about each. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** @throws {SettingsError} if a variable is no such number as it should be */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const wrong: string[] = [];
  const text = (...names: string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
  const integer = (name: string, fallback: number, least = 1): number => {
    const value = text(name);
    if (value === undefined) return fallback;
    if (/^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value);
    wrong.push(
      `${name}: got "${value}", want ${least === 0 ? "an integer, 0 or more" : "a positive integer"}`,
    );
    return fallback;
  };
  const settings: Settings = {
    lambda: text("AWS_LAMBDA_RUNTIME_API") !== undefined,
    port: integer("PORT", 8080, 0),
    primeOnInit: text("PRIME_ON_INIT") === "true",
    itemTtlDays: integer("ITEM_TTL_DAYS", 7),
    version: text("APP_VERSION") ?? "dev",
    memoryLimitMb: integer("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 0),
    logLevel: text("AWS_LAMBDA_LOG_LEVEL", "LOG_LEVEL"),
    store: {
      table: text("TABLE_NAME") ?? "multi-runtime-benchmark-items-dev",
      region: text("AWS_REGION", "AWS_DEFAULT_REGION"),
      endpoint: text("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"),
      attemptTimeoutMs: integer("DYNAMODB_ATTEMPT_TIMEOUT_MS", 8000),
      accessKeyId: text("AWS_ACCESS_KEY_ID"),
      secretAccessKey: text("AWS_SECRET_ACCESS_KEY"),
      sessionToken: text("AWS_SESSION_TOKEN"),
    },
  };
  if (wrong.length > 0) throw new SettingsError(wrong.join("\n"));
  return settings;
}
