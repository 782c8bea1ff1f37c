/**
 * Bundles an entry of src/ for Lambda: `node build.ts main OUTPUT_FOLDER`. On
 * standard output it says which versions of which dependencies are in the bundle.
 *
 * What an init phase costs is mostly reading and running modules, so those that
 * this API never calls are left out, although the libraries import them.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { argv, stdout } from "node:process";
import { build, type Plugin, version } from "esbuild";
import manifest from "./package.json" with { type: "json" };

const unused = [
  "body-parser", // bodies are read by src/app.ts; its character tables are half a megabyte
  "mime-db", // a table of 2,500 media types that mime-types turns into maps
  "qs", // Express's "extended" query parser, which is off by default
  "@aws-sdk/credential-provider-node", // src/store.ts names the credentials
  "@smithy/core/event-streams", // DynamoDB's commands have none
];

/** Empty modules in place of what is never called: a call would fail. */
const leaveOut: Plugin = {
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path }) =>
      unused.includes(path) ? { path, namespace: "unused" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "unused" }, () => ({
      contents: "module.exports = {};",
    }));
  },
};

/**
 * Node's own modules by require: an import would read every one of their exports,
 * among them getters that load further modules or open standard input.
 */
const requireBuiltins: Plugin = {
  name: "require-builtins",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === "require-call" ? { path, external: true } : { path, namespace: "builtin" };
    });
    build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

interface Manifest {
  readonly version?: string;
  readonly dependencies?: object;
}

/** Of a package.json only versions are ever read. */
const versionsOnly: Plugin = {
  name: "versions-only",
  setup(build) {
    build.onLoad({ filter: /[/\\]package\.json$/ }, async ({ path }) => {
      const { version, dependencies } = JSON.parse(await readFile(path, "utf8")) as Manifest;
      return { contents: JSON.stringify({ version, dependencies }), loader: "json" };
    });
  },
};

const [, , entry, outdir] = argv;
if (entry === undefined || outdir === undefined) {
  throw new Error("usage: node build.ts main|sdk|framework|bare OUTPUT_FOLDER");
}
const { metafile } = await build({
  entryPoints: [`src/${entry}.ts`],
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  conditions: ["module"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [leaveOut, requireBuiltins, versionsOnly],
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});

const modules = Object.keys(metafile.inputs);
for (const [name, pinned] of Object.entries(manifest.dependencies)) {
  if (modules.some((module) => module.startsWith(`node_modules/${name}/`))) {
    stdout.write(`${name}=${pinned}\n`);
  }
}
stdout.write(`esbuild=${version}\n`);
