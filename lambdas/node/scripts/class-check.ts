/**
 * Proves that the stock variant is stock: `BENCH_ZIP=… node scripts/class-check.ts`.
 * Its packages are the registry's, its zip is what esbuild makes of them, and its
 * sources set nothing of a library without a source and know no private names.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkPackages } from "./packages.ts";
import { readBuild, readSources, type Setting } from "./sources.ts";

interface Manifest {
  readonly variants: { readonly stock: { readonly settings: Setting[]; readonly code: string[] } };
}

const folder = join(import.meta.dirname, "..");
const zip = process.env["BENCH_ZIP"];
if (zip === undefined) throw new Error("BENCH_ZIP is not set: want the path of the stock zip");

const manifest = parse(readFileSync(join(folder, "runtime.yaml"), "utf8")) as Manifest;
const { settings, code } = manifest.variants.stock;
const taken = code.filter((glob) => !glob.startsWith("!") && glob.startsWith("src/"));
const left = code.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1));
const sources = globSync(taken, { cwd: folder, exclude: left }).map((name) => join(folder, name));

const faults = [
  ...readSources(sources, settings).map(({ place, fault }) => `${place}: ${fault}`),
  ...readBuild(join(folder, "esbuild.json"), settings).map((f) => `${f.place}: ${f.fault}`),
  ...(await checkPackages(folder, readFileSync(zip))),
];
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exit(1);
process.stdout.write(`stock: ${sources.length} sources, ${settings.length} settings\n`);
