// Stands in for aws-lambda-ric where that can't be compiled: asks Lambda's Runtime
// API for an event, has the handler answer it, and so on. It refuses what this
// project does not need: streamed answers, callbacks, formatted console output.
//
// Node's own modules are not imported but asked for: an import reads every one of
// their exports, some of which load more. The official client does likewise.
const { existsSync } = process.getBuiltinModule("node:fs");
const { Agent, request } = process.getBuiltinModule("node:http");
const { resolve } = process.getBuiltinModule("node:path");

const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
const [host, port] = api.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body, headers) {
  return new Promise((done, failed) => {
    const options = { agent, host, port, method, headers, path: `/2018-06-01/runtime/${path}` };
    const outgoing = request(options, (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk)).on("error", failed);
      incoming.on("end", () => done({ headers: incoming.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", failed).end(body);
  });
}

function report(path, error) {
  const { name: errorType = typeof error, message: errorMessage = String(error), stack = "" } = error ?? {};
  console.error(error);
  const body = JSON.stringify({ errorType, errorMessage, trace: stack.split("\n") });
  return call("POST", path, body, { "Lambda-Runtime-Function-Error-Type": errorType });
}

// Without it a function that streams would fail with a name that is not defined.
globalThis.awslambda = {
  streamifyResponse() {
    throw new Error("awslambda.streamifyResponse needs aws-lambda-ric, which could not be compiled here: install cmake, make and g++");
  },
};

async function load() {
  const dot = name.lastIndexOf(".");
  const file = ["", ".js", ".mjs", ".cjs"].map((end) => resolve(root, name.slice(0, dot)) + end).find(existsSync);
  if (file === undefined) throw new Error(`${name}: there is no such file in ${root}`);
  const handler = (await import(file))[name.slice(dot + 1)];
  if (typeof handler !== "function") throw new Error(`${name} is not a function`);
  return handler;
}

const handler = await load().catch(async (error) => {
  await report("init/error", error);
  process.exit(1);
});
for (;;) {
  const { headers, body } = await call("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const context = {
    awsRequestId: id,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Number(headers["lambda-runtime-deadline-ms"]) - Date.now(),
  };
  try {
    const answer = await handler(JSON.parse(body), context);
    await call("POST", `invocation/${id}/response`, JSON.stringify(answer ?? null));
  } catch (error) {
    await report(`invocation/${id}/error`, error);
  }
}
