import { launch, open } from "./browser.mjs";
const browser = await launch();
for (const [name, options] of Object.entries({ light: {}, dark: { colorScheme: "dark" }, narrow: { viewport: { width: 360, height: 800 } }, narrowdark: { colorScheme: "dark", viewport: { width: 360, height: 800 } } })) {
  const { page, context } = await open(browser, "/tmp/s/verdicts/report.html", options);
  if (name==="light"||name==="narrow") await page.screenshot({ path: `/tmp/s/verdicts/shot-first-${name}.png` });
  for (const id of (process.argv[2]??"aws").split(",")) {
  const el = page.locator(`#${id}`);
  await el.scrollIntoViewIfNeeded();
  await el.screenshot({ path: `/tmp/s/verdicts/shot-${id}-${name}.png` }); }
  await context.close();
}
await browser.close();
