import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Express } from "express";
import { type BodyReader, createApp } from "./app.ts";
import { Metrics } from "./metrics.ts";
import type { Log } from "./observe.ts";
import { readSettings } from "./settings.ts";
import { DynamoStore } from "./store.ts";

/**
 * Leaves the rest of Lambda's init phase of 10 s to a function whose database
 * does not answer.
 */
const primeTimeoutMs = 5000;

/** In what the stock function and the tuned one differ. */
export interface Parts {
  readonly log: Log;
  readonly readFields: BodyReader;
  readonly createClient: (attemptMs: number) => DynamoDBClient;
}

/** Makes the app, with a warm database client where PRIME_ON_INIT says so. */
export async function start({ log, readFields, createClient }: Parts): Promise<Express> {
  const settings = readSettings(process.env);
  const store = new DynamoStore(settings.table, () => createClient(settings.attemptTimeoutMs));
  if (settings.primeOnInit) {
    // The first request will try again, so a failure only costs its warmth.
    await store.prime(AbortSignal.timeout(primeTimeoutMs)).catch((error: unknown) => {
      log.warn("prime the store", { error });
    });
  }
  const clock = () => performance.now();
  return createApp({
    store,
    readFields,
    metrics: new Metrics(clock, settings.memoryLimitMb),
    log,
    clock,
    now: () => new Date(),
    newId: randomUUID,
    settings,
  });
}
