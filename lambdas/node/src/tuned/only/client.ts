/** The stock function with the tuned one's database client. */
import { eventHandler } from "../../event.ts";
import { readFields } from "../../fields.ts";
import { log } from "../../log.ts";
import { start } from "../../start.ts";
import { createClient } from "../client.ts";

export const handler = eventHandler(await start({ log, readFields, createClient }));
