// Starts the client as its own bin/index.mjs does, without its word on the console.
import { run } from "./client.mjs";

await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
