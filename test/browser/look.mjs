// Photographs a page, for docs/images and for whoever changes the page: the first
// screen in both themes and on a telephone, and each section; or only the named ones.
//
//   node look.mjs REPORT.html FOLDER [SECTION…]

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launch, open } from "./browser.mjs";

const [file, folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node look.mjs REPORT.html FOLDER [SECTION…]");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const browser = await launch();
if (wanted.length === 0) {
  for (const [name, options] of Object.entries({ dark: { colorScheme: "dark" }, narrow: { viewport: { width: 360, height: 800 } } })) {
    const { page, context } = await open(browser, resolve(file), options);
    await page.screenshot({ path: join(folder, `first-${name}.png`) });
    await context.close();
  }
}
const { page } = await open(browser, resolve(file));
if (wanted.length === 0) await page.screenshot({ path: join(folder, "first-light.png") });
for (const section of await page.locator("main > section").all()) {
  const id = await section.getAttribute("id");
  if (wanted.length > 0 && !wanted.includes(id)) continue;
  const { x, y, width, height } = await section.boundingBox();
  const around = { x: x - 24, y: Math.max(0, y - 20), width: width + 48, height: height + 40 };
  await page.screenshot({ path: join(folder, `section-${id}.png`), clip: around, fullPage: true });
}
await browser.close();
