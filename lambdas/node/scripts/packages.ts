/** What the class check asks of the packages, and of the zip that is made of them. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as esbuild from "esbuild";
import { unzipSync } from "fflate";

interface Lock {
  readonly packages: Readonly<
    Record<string, { integrity?: string; link?: boolean; resolved?: string }>
  >;
}

/**
 * Installs what the lock file names anew, which npm verifies by its hashes, and says in
 * what the folder's own packages differ from it, and the zip from the bundle that
 * esbuild makes of it with no other settings than those of esbuild.json.
 *
 * @returns one line about each fault
 */
export async function checkPackages(folder: string, zip: Uint8Array): Promise<string[]> {
  const faults = checkLock(folder);
  if (faults.length > 0) return faults;
  const clean = mkdtempSync(join(tmpdir(), "node-class-"));
  try {
    for (const name of ["package.json", "package-lock.json", ".npmrc", "esbuild.json", "src"]) {
      cpSync(join(folder, name), join(clean, name), { recursive: true });
    }
    const npm = process.env["TOOL_NPM"] ?? "npm";
    const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    execFileSync(npm, ["ci", "--loglevel=error", ...quiet], { cwd: clean });
    const { bundle, packages } = await bundleOf(clean);
    const altered = [...packages].flatMap((name) => compare(folder, clean, name));
    return [...altered, ...checkZip(zip, bundle)];
  } finally {
    rmSync(clean, { recursive: true });
  }
}

/** Whether a zip has the bundle, and nothing else. */
export function checkZip(zip: Uint8Array, bundle: Buffer): string[] {
  const { "main.mjs": main = [], ...others } = unzipSync(zip);
  const faults = Object.keys(others).map((name) => `${name}: got it in the zip`);
  if (!Buffer.from(main).equals(bundle)) {
    faults.push("main.mjs: got other bytes in the zip than esbuild makes of the packages");
  }
  return faults;
}

/** Whether all packages are the registry's, each with its hash. */
export function checkLock(folder: string): string[] {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown;
  const manifest = read("package.json") as Record<string, unknown>;
  const faults = ["overrides", "workspaces", "bundleDependencies"]
    .filter((name) => name in manifest)
    .map((name) => `package.json: got ${name}, which puts other packages in the place of some`);
  for (const [path, { integrity, link, resolved }] of Object.entries(
    (read("package-lock.json") as Lock).packages,
  )) {
    if (path === "") continue;
    if (integrity === undefined || link === true || resolved !== undefined) {
      faults.push(`package-lock.json: ${path}: got no hash of a package of the registry`);
    }
  }
  return faults;
}

/** Bundles the stock function of a folder with that folder's own esbuild. */
export async function bundleOf(folder: string): Promise<{ bundle: Buffer; packages: Set<string> }> {
  const require = createRequire(join(folder, "package.json"));
  const { build } = require("esbuild") as typeof esbuild;
  const settings = JSON.parse(readFileSync(join(folder, "esbuild.json"), "utf8")) as object;
  const { metafile, outputFiles } = await build({
    ...(settings as esbuild.BuildOptions),
    absWorkingDir: folder,
    entryPoints: { main: "src/main.ts" },
    outdir: "build",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const packages = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const name = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (name !== undefined) packages.add(name);
  }
  const [output] = outputFiles;
  return { bundle: Buffer.from(output?.contents ?? []), packages };
}

/** In which files a package of one folder differs from that of another. */
export function compare(folder: string, clean: string, name: string): string[] {
  const list = (root: string) =>
    readdirSync(join(root, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      // Packages in a package are packages of their own.
      .filter((file) => !file.slice(name.length).includes("/node_modules/"));
  const [got, want] = [list(folder), list(clean)];
  return [
    ...want.filter((file) => !got.includes(file)).map((file) => `${file}: got none`),
    ...got.filter((file) => !want.includes(file)).map((file) => `${file}: not the registry's`),
    ...got
      .filter((file) => want.includes(file))
      .filter((file) => !readFileSync(join(folder, file)).equals(readFileSync(join(clean, file))))
      .map((file) => `${file}: got other bytes than the registry's`),
  ];
}
