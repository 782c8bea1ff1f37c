/**
 * What a tuned bundle is made with. What an init phase costs is mostly reading and
 * running modules, so those that this API never calls are left out, although the
 * libraries import them.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/** Needs src/tuned/fields.ts, which reads bodies: iconv-lite's tables are half a megabyte. */
const parser = ["body-parser"];
/** Need src/tuned/client.ts, which names what these would look up. */
const client = ["@aws-sdk/credential-provider-node", "@smithy/core/event-streams"];
const bundle = [
  "mime-db", // a table of 2,500 media types that mime-types turns into maps
  "qs", // Express's "extended" query parser, which is off by default
];

/** Empty modules in place of what is never called: a call would fail. */
const leaveOut = (unused: string[]): Plugin => ({
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path }) =>
      unused.includes(path) ? { path, namespace: "unused" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "unused" }, () => ({
      contents: "module.exports = {};",
    }));
  },
});

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

/**
 * Packages' ES modules also where they have no "exports", as the SDK's: esbuild drops
 * what is unused of them, which it can't of CommonJS.
 */
const modulesFirst: Plugin = {
  name: "modules-first",
  setup: ({ initialOptions }) => {
    initialOptions.mainFields = ["module", "main"];
  },
};

/** The plugins of each trick, as far as it changes the bundle. */
export const tricks = {
  parser: [leaveOut(parser)],
  client: [leaveOut(client)],
  bundle: [modulesFirst, leaveOut(bundle), requireBuiltins, versionsOnly],
};
