/**
 * The Items API as a Lambda function with all tricks at once: request bodies, the
 * client's configuration and the log line by hand. build.ts adds the slim bundle.
 */
import { eventHandler } from "../event.ts";
import { start } from "../start.ts";
import { createClient } from "./client.ts";
import { firstHeaders } from "./event.ts";
import { readFields } from "./fields.ts";
import { log } from "./log.ts";

export const handler = firstHeaders(eventHandler(await start({ log, readFields, createClient })));
