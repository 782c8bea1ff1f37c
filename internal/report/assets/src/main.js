// What the page does beyond being read: charts, a theme switch, sortable
// tables and the download of the data. Without scripts, every figure is still
// there as a table.

import { drawCharts } from "./charts.js";
import { sortable } from "./tables.js";
import { offerDownloads } from "./download.js";

const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const data = JSON.parse(document.getElementById("model").textContent);

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

const charts = drawCharts(data, isDark());

function redraw(print = false) {
  for (const draw of charts) draw({ dark: isDark(), print });
}

const toggle = document.getElementById("theme");
toggle.hidden = false;
toggle.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  redraw();
});
dark.addEventListener("change", () => redraw());

// Paper is light and narrow.
let before;
window.addEventListener("beforeprint", () => {
  before = root.dataset.theme;
  root.dataset.theme = "light";
  redraw(true);
});
window.addEventListener("afterprint", () => {
  if (before) root.dataset.theme = before;
  else delete root.dataset.theme;
  redraw();
});

for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
offerDownloads();
root.dataset.ready = "true";
