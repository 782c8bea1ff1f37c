/**
 * Bundles an artifact for Lambda: `node build.ts stock OUTPUT_FOLDER`. On standard
 * output it says which versions of which dependencies are in the bundle.
 *
 * esbuild.json has all settings of the stock function and its layers; only tuned
 * artifacts add plugins.
 */
import { argv, stdout } from "node:process";
import { build, type BuildOptions, type Plugin, version } from "esbuild";
import settings from "./esbuild.json" with { type: "json" };
import manifest from "./package.json" with { type: "json" };
import { tricks } from "./src/tuned/slim.ts";

const artifacts: Record<string, [entry: string, ...plugins: Plugin[]]> = {
  stock: ["src/main.ts"],
  sdk: ["src/layers/sdk.ts"],
  framework: ["src/layers/framework.ts"],
  bare: ["src/layers/bare.ts"],
  tuned: ["src/tuned/main.ts", ...tricks.parser, ...tricks.client, ...tricks.bundle],
  bundle: ["src/main.ts", ...tricks.bundle],
  parser: ["src/tuned/only/parser.ts", ...tricks.parser],
  client: ["src/tuned/only/client.ts", ...tricks.client],
  log: ["src/tuned/only/log.ts"],
};

const [, , name = "", outdir] = argv;
const artifact = artifacts[name];
if (artifact === undefined || outdir === undefined) {
  throw new Error(`usage: node build.ts ${Object.keys(artifacts).join("|")} OUTPUT_FOLDER`);
}
const [entry, ...plugins] = artifact;
const { metafile } = await build({
  ...(settings as BuildOptions),
  entryPoints: { main: entry },
  outdir,
  plugins,
  metafile: true,
  logLevel: "warning",
});

const modules = Object.keys(metafile.inputs);
for (const [name, pinned] of Object.entries(manifest.dependencies)) {
  if (modules.some((module) => module.startsWith(`node_modules/${name}/`))) {
    stdout.write(`${name}=${pinned}\n`);
  }
}
stdout.write(`esbuild=${version}\n`);
