/**
 * The Items API as a Lambda function behind API Gateway, on Express, serverless-http,
 * the AWS SDK and Powertools as they are published. Settings are environment variables.
 */
import { createClient } from "./client.ts";
import { eventHandler } from "./event.ts";
import { readFields } from "./fields.ts";
import { log } from "./log.ts";
import { start } from "./start.ts";

/** What Lambda's runtime calls. */
export const handler = eventHandler(await start({ log, readFields, createClient }));
