// Photographs a page for a person to look at:
//
//   node look.mjs REPORT.html FOLDER [NAME]

import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { launch, open } from "./browser.mjs";

const [file, folder, name = "report"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const shots = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 800 } },
};
for (const [kind, options] of Object.entries(shots)) {
  const { page, context } = await open(browser, resolve(file), options);
  await page.screenshot({ path: `${folder}/${name}-${kind}-first.png` });
  await page.screenshot({ path: `${folder}/${name}-${kind}.png`, fullPage: true });
  if (kind === "light") await page.pdf({ path: `${folder}/${name}.pdf`, format: "A4" });
  await context.close();
}
await browser.close();
