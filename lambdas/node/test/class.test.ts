import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { zipSync } from "fflate";
import { bundleOf, checkLock, checkZip, compare } from "../scripts/packages.ts";
import { readBuild, readSources } from "../scripts/sources.ts";

const root = join(import.meta.dirname, "..");
const dir = mkdtempSync(join(tmpdir(), "node-class-"));
after(() => {
  rmSync(dir, { recursive: true });
});

/** A folder with these files. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const path = join(dir, name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  return join(dir, name);
}

describe("packages", () => {
  const files = {
    "node_modules/a/index.js": "1",
    "node_modules/a/LICENSE": "2",
    "node_modules/a/node_modules/b/index.js": "3",
  };
  const clean = folder("clean", files);

  it("as the registry has them", () => {
    assert.deepEqual(compare(folder("same", files), clean, "node_modules/a"), []);
  });

  it("one file altered, one gone, one added", () => {
    const altered = folder("altered", {
      "node_modules/a/index.js": "patched",
      "node_modules/a/extra.js": "",
      "node_modules/a/node_modules/b/index.js": "patched, but a package of its own",
    });
    assert.deepEqual(compare(altered, clean, "node_modules/a"), [
      "node_modules/a/LICENSE: got none",
      "node_modules/a/extra.js: not the registry's",
      "node_modules/a/index.js: got other bytes than the registry's",
    ]);
  });

  it("the lock file names hashes only", () => {
    assert.deepEqual(checkLock(root), []);
    const lock = {
      packages: {
        "": {},
        "node_modules/a": { integrity: "sha512-x" },
        "node_modules/b": {},
        "node_modules/c": { link: true, integrity: "sha512-x" },
        "node_modules/d": { resolved: "git+ssh://d", integrity: "sha512-x" },
      },
    };
    const faulty = folder("faulty", {
      "package.json": '{"overrides":{"a":"./a"}}',
      "package-lock.json": JSON.stringify(lock),
    });
    assert.deepEqual(checkLock(faulty), [
      "package.json: got overrides, which puts other packages in the place of some",
      ...["b", "c", "d"].map(
        (name) =>
          `package-lock.json: node_modules/${name}: got no hash of a package of the registry`,
      ),
    ]);
  });

  it("the zip is their bundle", async () => {
    const { bundle, packages } = await bundleOf(root);
    assert.ok(packages.has("node_modules/express") && packages.has("node_modules/zod"));
    assert.ok(packages.has("node_modules/@aws-sdk/client-dynamodb"));
    assert.deepEqual(checkZip(zipSync({ "main.mjs": bundle }), bundle), []);
    const altered = Buffer.concat([bundle, Buffer.from(" ")]);
    assert.deepEqual(checkZip(zipSync({ "main.mjs": altered, "more.mjs": bundle }), bundle), [
      "more.mjs: got it in the zip",
      "main.mjs: got other bytes in the zip than esbuild makes of the packages",
    ]);
  });
});

describe("sources", () => {
  /** What is found in the stock function's client with another beginning or end. */
  const planted = (text: string, settings = [setting]) => {
    const copy = folder("sources", {});
    mkdirSync(copy, { recursive: true });
    for (const name of ["src", "package.json"]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    const file = join(copy, "src/client.ts");
    writeFileSync(file, readFileSync(file, "utf8") + text);
    const found = readSources([file], settings);
    rmSync(copy, { recursive: true });
    return found.map(({ fault }) => fault);
  };
  const what =
    "DynamoDBClient({maxAttempts: 3, requestHandler: " +
    "{connectionTimeout: 2000, requestTimeout: attemptMs, throwOnRequestTimeout: true, socketTimeout: attemptMs}})";
  const setting = { what, source: "https://example.com/" };
  const undeclared = (name: string) =>
    `${name} is no setting of stock in runtime.yaml with a source`;

  it("as they are", () => {
    assert.deepEqual(planted(""), []);
  });

  it("a setting without a source", () => {
    const names = ["maxAttempts: 3", "requestHandler", "connectionTimeout: 2000"];
    names.push("requestTimeout: attemptMs", "throwOnRequestTimeout: true");
    names.push("socketTimeout: attemptMs");
    const want = names.map((name) => undeclared(`DynamoDBClient ${name}`));
    assert.deepEqual(planted("", [{ what } as typeof setting]), want);
  });

  it("a validation switched off, and more that is not declared", () => {
    const text = `
      import express from "express";
      import * as z from "zod";
      new DynamoDBClient({ responseChecksumValidation: "WHEN_REQUIRED" });
      const hidden = { requestHandler: {} };
      new DynamoDBClient(hidden);
      new DynamoDBClient({ ...hidden });
      express.json({ strict: false });
      express().set("etag", false).enable("trust proxy");
      z.config({ jitless: true });
      z.object({}).loose();
      process.env["AWS_MAX_ATTEMPTS"] = "1";`;
    assert.deepEqual(planted(text), [
      undeclared('DynamoDBClient responseChecksumValidation: "WHEN_REQUIRED"'),
      undeclared("DynamoDBClient hidden"),
      undeclared("DynamoDBClient ...hidden"),
      undeclared("json strict: false"),
      undeclared("enable trust proxy"),
      undeclared("set etag"),
      undeclared("set false"),
      undeclared("config jitless: true"),
      undeclared("loose"),
      undeclared("object"),
      undeclared("process.env.AWS_MAX_ATTEMPTS."),
    ]);
  });

  it("another value than the declared one", () => {
    const text = `
      new DynamoDBClient({ maxAttempts: 1, requestHandler: { throwOnRequestTimeout: false } });`;
    assert.deepEqual(planted(text), [
      undeclared("DynamoDBClient maxAttempts: 1"),
      undeclared("DynamoDBClient throwOnRequestTimeout: false"),
    ]);
  });

  it("another value than the declared one, that is no literal", () => {
    const text = `
      const maxAttempts = 1;
      new DynamoDBClient({ maxAttempts });
      new DynamoDBClient({ maxAttempts: connectMs });
      const attempt = Number("1");
      new DynamoDBClient({ requestHandler: { requestTimeout: 2 * attempt } });
      new DynamoDBClient({ requestHandler: { throwOnRequestTimeout: !true } });`;
    assert.deepEqual(planted(text), [
      undeclared("DynamoDBClient maxAttempts: 1"),
      undeclared("DynamoDBClient maxAttempts: 2000"),
      undeclared("DynamoDBClient requestTimeout: 2 * attempt"),
      undeclared("DynamoDBClient throwOnRequestTimeout: !true"),
    ]);
  });

  it("what is changed past a call", () => {
    const text = `
      import express from "express";
      import v8 from "node:v8";
      const client = new DynamoDBClient();
      const app = express();
      app.settings.etag = false;
      app.response.json = app.response.send;
      app.get("/", (_request, response) => {
        response.statusCode = 404;
        response.locals["x"] = 1;
      });
      Object.assign(app.settings, { etag: false });
      client.config.requestChecksumCalculation = async () => "WHEN_REQUIRED";
      Object.assign(client.config, {});
      Object.assign(process.env, { AWS_MAX_ATTEMPTS: "1" });
      Object.assign(globalThis, {});
      delete client.config.logger;
      (client as never as { set(): void }).set();`;
    assert.deepEqual(planted(text), [
      "imports node:v8, which changes the engine or any name",
      "changes app.settings.etag",
      "changes app.response.json",
      "changes app.settings",
      "changes client.config.requestChecksumCalculation",
      "changes client.config",
      "changes process.env",
      "changes globalThis",
      "changes client.config.logger",
      "says never, which hides private names",
    ]);
  });

  it("what is changed without a plain assignment, or under another name", () => {
    const text = `
      import express from "express";
      const app = express();
      const { settings } = app;
      settings.etag = false;
      (app.settings as { etag: boolean }).etag = false;
      ({ x: app.settings.etag } = { x: false });
      [app.settings.etag] = [false];
      for (app.settings.etag of [false]);
      app.get("/", (request, response) => {
        response.app.settings.etag = false;
        response.json = response.send;
        request.url = "/";
      });
      const { assign } = Object;
      assign(settings, {});
      Object["assign"](settings, {});
      const { env } = process;
      env["AWS_MAX_ATTEMPTS"] = "1";
      globalThis.fetch = fetch;
      JSON.stringify = () => "";`;
    assert.deepEqual(planted(text), [
      "changes settings.etag",
      "changes (app.settings as { etag: boolean }).etag",
      "says what app.settings is, which hides private names",
      "changes app.settings.etag",
      "changes app.settings.etag",
      "changes app.settings.etag",
      "changes response.app.settings.etag",
      "changes response.json",
      "changes settings",
      "changes settings",
      'changes env["AWS_MAX_ATTEMPTS"]',
      "changes globalThis.fetch",
      "changes JSON.stringify",
    ]);
  });

  it("what is our own may be changed", () => {
    const text = `
      class Own { #x = 1; y = { z: 1 }; set() { this.#x += 1; this.y.z = this.#x; } }
      const own = new Own();
      own.y = { z: 2 };
      const list: string[] = [];
      list[0] = "";
      const counts: Record<string, number> = {};
      counts["a"] = 1;
      let count = 0;
      count++;
      Object.assign({}, own);`;
    assert.deepEqual(planted(text), []);
  });

  it("ways around an import", () => {
    const text = `
      export { setFlagsFromString } from "node:v8";
      export * from "express/lib/express.js";
      import "node:inspector/promises";
      process.getBuiltinModule("v8").setFlagsFromString("--x");
      new Function("")();
      new DynamoDBClient().middlewareStack[\`_entries\`];`;
    assert.deepEqual(planted(text), [
      "imports node:v8, which changes the engine or any name",
      "imports express/lib/express.js, a part of a package",
      "imports node:inspector/promises, which changes the engine or any name",
      "uses getBuiltinModule",
      "uses Function",
      "uses _entries",
    ]);
  });

  it("private names", () => {
    const text = `
      import { loadConfig } from "@smithy/core/dist-es/config.js";
      import { Logger } from "@aws-lambda-powertools/logger";
      const client = new DynamoDBClient();
      client.middlewareStack["_entries"];
      DynamoDBClient.prototype.send = loadConfig;
      (client as any).initConfig;
      await import("express/lib/application.js");`;
    assert.deepEqual(planted(text), [
      "imports @smithy/core/dist-es/config.js, a part of a package",
      "uses _entries",
      "changes DynamoDBClient.prototype.send",
      "uses prototype",
      "says any, which hides private names",
      "imports while it runs, which hides what",
    ]);
  });

  it("a cast of what the compiler knows nothing of", () => {
    const text = `
      const client = new DynamoDBClient();
      const any: unknown = client;
      (any as { initConfig(): void }).initConfig();
      (any as { config: { retryMode: string } }).config.retryMode = "legacy";
      const object: object = client;
      (object as { readonly initConfig: () => void }).initConfig();
      const said = <T>(value: unknown) => value as T;
      said<{ initConfig(): void }>(client).initConfig();
      const empty: {} = client;
      (<{ initConfig(): void }>empty).initConfig();
      const is = (value: unknown): value is { initConfig(): void } => value !== null;
      if (is(client)) client.initConfig();
      const read = any as { readonly name: string };`;
    assert.deepEqual(planted(text), [
      ...["any", "any", "object", "value", "empty"].map(
        (name) => `says what ${name} is, which hides private names`,
      ),
      "says what value is, which hides private names",
    ]);
  });

  it("esbuild's settings", () => {
    const file = join(
      folder("build", { "esbuild.json": '{"minify":true,"drop":[]}' }),
      "esbuild.json",
    );
    const settings = [{ what: "esbuild {minify: true}", source: "https://example.com/" }];
    assert.deepEqual(
      readBuild(file, settings).map(({ fault }) => fault),
      [undeclared("esbuild drop")],
    );
  });
});
