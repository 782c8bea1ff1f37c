// Debian's headless Chromium, without the connections that it would otherwise
// open for itself.

import { chromium } from "playwright-core";
import { existsSync } from "node:fs";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function launch(...more) {
  const executablePath = places.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found; install one, or name it in the variable CHROMIUM");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
  });
}

// open shows a page file when its scripts are done, and collects what goes wrong in it.
export async function open(browser, path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(120_000); // a busy machine is no failure
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || troubles.push(`asked for ${request.url()}`));
  await page.goto(`file://${path}`);
  await page.waitForSelector("html[data-ready]");
  return { context, page, troubles };
}
