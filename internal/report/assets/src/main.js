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

function themed() {
  for (const chart of charts) chart.theme(isDark());
}

const toggle = document.getElementById("theme");
toggle.hidden = false;
toggle.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  themed();
});
dark.addEventListener("change", themed);

// Paper is light.
let before;
window.addEventListener("beforeprint", () => {
  before = root.dataset.theme;
  root.dataset.theme = "light";
  themed();
  for (const chart of charts) chart.resize();
  for (const details of document.querySelectorAll("details[data-print]")) details.open = true;
});
window.addEventListener("afterprint", () => {
  if (before) root.dataset.theme = before;
  else delete root.dataset.theme;
  themed();
});

for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
offerDownloads();
root.dataset.ready = "true";
