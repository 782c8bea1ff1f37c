// Photographs a page, for docs/images and for whoever changes the page: the first
// screen in both themes and on a telephone, each section, and the print.
//
//   node look.mjs REPORT.html FOLDER

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launch, open } from "./browser.mjs";

const [file, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node look.mjs REPORT.html FOLDER");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const browser = await launch();
const first = { light: {}, dark: { colorScheme: "dark" }, narrow: { viewport: { width: 360, height: 800 } } };
for (const [name, options] of Object.entries(first)) {
  const { page, context } = await open(browser, resolve(file), options);
  await page.screenshot({ path: join(folder, `first-${name}.png`) });
  if (name === "light") {
    for (const section of await page.locator("main > section").all()) {
      const { x, y, width, height } = await section.boundingBox();
      const around = { x: x - 24, y: Math.max(0, y - 20), width: width + 48, height: height + 40 };
      await page.screenshot({ path: join(folder, `section-${await section.getAttribute("id")}.png`), clip: around, fullPage: true });
    }
    await page.pdf({ path: join(folder, "print.pdf"), format: "A4" });
  }
  await context.close();
}
await browser.close();
