// Opens every page in out/pages (the report of a real run, and those of the
// documents that all reporters are held to) as readers do.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import { launch, open } from "./browser.mjs";

const out = join(import.meta.dirname, "out");
const shots = join(out, "screenshots");
const names = readdirSync(join(out, "pages")).filter((file) => file.endsWith(".html")).map((file) => basename(file, ".html"));
assert.ok(names.includes("real") && names.includes("default"), `got the pages ${names}, want one of a real run and those of the fixtures; run ./run.sh`);
const pageOf = (name) => join(out, "pages", `${name}.html`);

let browser;
before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launch();
});
after(() => browser.close());

// look opens a page, hands it to a check, and wants no error, warning or request.
async function look(name, options, check) {
  const { context, page, troubles } = await open(browser, pageOf(name), options);
  try {
    await check(page);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

async function violations(page, options = {}) {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate((o) => window.axe.run(document, o), { resultTypes: ["violations"], ...options });
  return found.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
}

for (const name of names) {
  describe(name, () => {
    let context, page, troubles;
    before(async () => {
      ({ context, page, troubles } = await open(browser, pageOf(name)));
    });
    after(() => context.close());

    test("the first screen has the answers and their doubts", async () => {
      const bottoms = await page.$$eval(".answers .card, .sure .card", (all) => all.map((e) => [e.querySelector("h2").textContent, Math.round(e.getBoundingClientRect().bottom)]));
      assert.ok(bottoms.length >= 2, `got the cards ${bottoms}`);
      const screen = name === "missing" ? 1100 : 900; // a long list of what is missing may need a scroll
      for (const [title, bottom] of bottoms) assert.ok(bottom <= screen, `${title} ends at ${bottom} px, want it on the first screen`);
    });

    test("in the figures of points, no name lies over another", async () => {
      const over = await page.$$eval("[data-chart=trade], [data-chart^=sweep], [data-chart^=gain]", (all) => all.flatMap((chart) => {
        const boxes = [...chart.querySelectorAll("svg text")].map((e) => [e.textContent, e.getBoundingClientRect()]);
        return boxes.flatMap(([a, r], i) => boxes.slice(i + 1)
          .filter(([, s]) => Math.min(r.right, s.right) - Math.max(r.left, s.left) > 2 && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 4)
          .map(([b]) => `${chart.dataset.chart}: ${a} and ${b}`));
      }));
      assert.deepEqual(over, []);
    });

    for (const theme of ["light", "dark"]) {
      test(`${theme}: figures drawn, nothing against accessibility`, async () => {
        await page.emulateMedia({ colorScheme: theme });
        const empty = await page.$$eval("[data-chart]", (all) => all.filter((e) => e.offsetParent !== null && !e.querySelector("svg path")).map((e) => e.dataset.chart));
        assert.deepEqual(empty, [], "figures without a drawing");
        await page.$$eval("details", (all) => all.forEach((d) => { d.open = true; }));
        await page.screenshot({ path: join(shots, `${name}-${theme}.png`), fullPage: true });
        const colours = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } }; // all that the dark theme changes
        assert.deepEqual(await violations(page, theme === "dark" ? colours : {}), []);
      });
    }

    test("a telephone: nothing wider than 360 pixels, nothing against accessibility", async () => {
      await page.setViewportSize({ width: 360, height: 800 });
      await page.screenshot({ path: join(shots, `${name}-narrow.png`), fullPage: true });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      assert.deepEqual(await violations(page), []);
    });

    test("no error, no warning, nothing fetched", () => assert.deepEqual(troubles, []));
  });
}

test("without scripts every figure is in a table, and no button does nothing", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${pageOf("default")}`);
  assert.ok((await page.locator("#ranking tbody tr").count()) >= 5);
  assert.equal(await page.locator("#theme:visible, #download:visible").count(), 0);
  await context.close();
});

test("the theme can be switched, and charts follow", () => look("default", { colorScheme: "light" }, async (page) => {
  const state = () => page.evaluate(() => [getComputedStyle(document.body).backgroundColor, document.querySelector("[data-chart] svg text").getAttribute("fill")]);
  const light = await state();
  await page.click("#theme");
  const dark = await state();
  assert.notEqual(dark[0], light[0]);
  assert.notEqual(dark[1], light[1]);
  await page.click("#theme");
  assert.deepEqual(await state(), light);
}));

test("tables sort by mouse and by keyboard, gaps last", () => look("missing", {}, async (page) => {
  const table = page.locator("#ranking table").first();
  const head = table.locator("thead th", { hasText: "Warm p50" });
  const values = async () => {
    const column = await head.evaluate((th) => th.cellIndex);
    return table.locator("tbody tr").evaluateAll((rows, c) => rows.map((r) => r.cells[c]?.dataset.value ?? null), column);
  };
  const numbers = (list) => list.filter((v) => v).map(Number);
  await head.locator("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  const up = await values();
  assert.ok(numbers(up).length >= 3, `got ${up}`);
  assert.deepEqual(numbers(up), numbers(up).toSorted((a, b) => a - b));
  assert.ok(up.slice(numbers(up).length).every((v) => !v), `got ${up}, want gaps last`);
  await head.locator("button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  const down = await values();
  assert.deepEqual(numbers(down), numbers(up).toReversed());
  assert.ok(down.slice(numbers(down).length).every((v) => !v), `got ${down}, want gaps last`);
}));

test("the data can be downloaded, and are the document", () => look("default", {}, async (page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  assert.equal(download.suggestedFilename(), "results.json");
  assert.equal(readFileSync(await download.path(), "utf8"), readFileSync(join(out, "pages", "default.json"), "utf8"));
}));

test("the keyboard reaches the skip link first, then every control", () => look("default", {}, async (page) => {
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Skip to/);
  assert.ok(await page.evaluate(() => document.activeElement.getBoundingClientRect().left >= 0), "the skip link stays hidden");
  const seen = new Set();
  const focusable = await page.locator("a[href], button:visible, summary").count();
  for (let i = 1; i < focusable; i++) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => [...document.querySelectorAll("*")].indexOf(document.activeElement)));
  }
  assert.equal(seen.size, focusable - 1);
}));

test("paper: few pages", () => look("default", {}, async (page) => {
  const pdf = await page.pdf({ format: "A4", path: join(shots, "default.pdf") });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages <= 11, `got ${pages} pages`);
}));
