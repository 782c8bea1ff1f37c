/** The stock function with request bodies read as the tuned one reads them. */
import { createClient } from "../../client.ts";
import { eventHandler } from "../../event.ts";
import { log } from "../../log.ts";
import { start } from "../../start.ts";
import { readFields } from "../fields.ts";

export const handler = eventHandler(await start({ log, readFields, createClient }));
