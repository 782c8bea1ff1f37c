// Opens the CloudWatch dashboards, drawn from their bodies with made-up data, in
// both themes: what is asked is answered on the first screen, and can be seen.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";

const file = join(import.meta.dirname, "out/dashboard.html");
const shots = join(import.meta.dirname, "out/screenshots");

let browser;
before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
});
after(() => browser?.close());

for (const colorScheme of ["light", "dark"]) {
  test(`the board answers on its first screen, ${colorScheme}`, async () => {
    const { page, troubles } = await open(browser, file, { colorScheme, viewport: { width: 1440, height: 950 } });
    await page.screenshot({ path: join(shots, `dashboard-${colorScheme}.png`) });
    for (const question of ["Starts fastest?", "Is fastest?", "Fails?", "Costs?"]) {
      const widget = page.locator("section", { hasText: question }).first();
      const { y, height } = await widget.boundingBox();
      assert.ok(y + height <= 950, `${question} ends at ${y + height} px`);
      const values = await widget.locator(".values b").allTextContents();
      assert.ok(values.length >= 5 && values.every((value) => /^[\d.]+[kM]?$/.test(value)), `${question} has the values ${values}`);
    }
    assert.equal(await page.locator("main").first().locator("section").last().locator("h2").first().textContent(), "How to read this");
    // Values and names that are cut off answer nothing.
    const cut = await page.locator(".values, .bars, .legend, section h2").evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1).map((e) => e.parentElement.innerText));
    assert.deepEqual(cut, []);
    assert.deepEqual(troubles, []);
  });

  test(`every line stands out from its ground, ${colorScheme}`, async () => {
    const { page } = await open(browser, file, { colorScheme });
    const faint = await page.evaluate(() => {
      const luminance = (rgb) => {
        const [r, g, b] = rgb.match(/\d+/g).map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const marks = [...document.querySelectorAll("section i, svg path:not(.axis)")];
      return { marks: marks.length, faint: marks.filter((mark) => {
        const style = getComputedStyle(mark);
        const ground = getComputedStyle(mark.closest("section")).backgroundColor;
        return contrast(luminance(mark.tagName === "path" ? style.stroke : style.backgroundColor), luminance(ground)) < 3;
      }).map((mark) => mark.outerHTML) };
    });
    assert.ok(faint.marks > 100, `only ${faint.marks} lines`);
    assert.deepEqual(faint.faint, []);
  });
}
