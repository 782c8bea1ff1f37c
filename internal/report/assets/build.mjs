// Bundles the charts of report.html into vendor/charts.js, which bench embeds:
// one script that fetches nothing. The licences of what is in it come first.
//
//   npm ci && npm run build

import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const notices = [
  ["Apache ECharts", ["echarts/NOTICE", "echarts/LICENSE", "echarts/licenses/LICENSE-d3"]],
  ["ZRender", ["zrender/LICENSE"]],
  ["tslib", ["tslib/LICENSE.txt"]],
];

async function banner() {
  const parts = [];
  for (const [name, files] of notices) {
    for (const file of files) {
      const text = await readFile(new URL(`node_modules/${file}`, import.meta.url), "utf8");
      parts.push(`${name}, ${file.split("/").at(-1)}:\n\n${text.trim().replaceAll("*/", "* /")}`);
    }
  }
  return `/*! This script contains the following libraries.\n\n${parts.join("\n\n")}\n*/`;
}

await build({
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  banner: { js: await banner() },
  outfile: "vendor/charts.js",
  logLevel: "warning",
});
