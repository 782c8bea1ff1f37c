/** The stock function with the tuned one's log. */
import { createClient } from "../../client.ts";
import { eventHandler } from "../../event.ts";
import { readFields } from "../../fields.ts";
import { start } from "../../start.ts";
import { log } from "../log.ts";

export const handler = eventHandler(await start({ log, readFields, createClient }));
