/**
 * The Node implementation of the Items API, a Lambda function behind API Gateway.
 * It answers REST proxy events where AWS_LAMBDA_RUNTIME_API is set, and is a plain
 * HTTP server on 127.0.0.1 where it is not. It refuses other kinds of events, and
 * takes no arguments: everything is in environment variables.
 *
 *     PORT=8080 AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 npm start
 */
import { randomUUID } from "node:crypto";
import { createApp } from "./app.ts";
import { type EventHandler, eventHandler } from "./event.ts";
import { Log } from "./log.ts";
import { processMeter } from "./meter.ts";
import { Metrics } from "./metrics.ts";
import { serve } from "./server.ts";
import { readSettings, SettingsError } from "./settings.ts";
import { DynamoStore } from "./store.ts";

/**
 * Leaves the rest of Lambda's init phase of 10 s to a function whose database
 * does not answer.
 */
const primeTimeoutMs = 5000;

/** Makes the function, or is the server until it is told to stop. */
async function start(): Promise<EventHandler> {
  const settings = readSettings(process.env);
  const now = () => new Date();
  // Not performance.now, whose module would be loaded for it alone.
  const clock = () => process.uptime() * 1000;
  const log = new Log((line) => process.stdout.write(line), now, settings.logLevel);
  const store = new DynamoStore(settings.store);
  if (settings.primeOnInit) {
    // The first request will try again, so a failure only costs its warmth.
    await store.prime(AbortSignal.timeout(primeTimeoutMs)).catch((error: unknown) => {
      log.warn("prime the store", error);
    });
  }
  const app = createApp({
    store,
    metrics: new Metrics(processMeter, clock, settings.memoryLimitMb),
    meter: processMeter,
    log,
    clock,
    now,
    newId: randomUUID,
    itemTtlDays: settings.itemTtlDays,
    version: settings.version,
    memoryLimitMb: settings.memoryLimitMb,
  });
  if (!settings.lambda) {
    await serve(app, settings.port, (url) => process.stderr.write(`listening on ${url}\n`));
  }
  return eventHandler(app);
}

/** What Lambda's runtime calls, which also reports an error that is thrown here. */
export const handler = await start().catch((error: unknown) => {
  if (process.env["AWS_LAMBDA_RUNTIME_API"]) throw error;
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof SettingsError ? 2 : 1);
});
