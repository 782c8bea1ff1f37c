import { init, use } from "echarts/core";
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { palette } from "./theme.js";
import { coldOption, distributionOption, layersOption, settlingOption, warmOption } from "./options.js";
import { loadOption, sweepOption, tradeOption } from "./curves.js";
import { gainOption } from "./gains.js";
import { overTimeOption } from "./overtime.js";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TooltipComponent, LabelLayout, SVGRenderer]);

// What each kind of chart draws, of which rows, and how high.
const kinds = {
  cold: { option: coldOption, rows: (data) => data.rows.filter((r) => r.cold), row: 46, extra: 44 },
  variant: { option: coldOption, rows: (data, index) => data.variants[index].filter((r) => r.cold), row: 46, extra: 44 },
  distribution: { option: distributionOption, rows: (data) => data.rows.filter((r) => r.ecdf?.length), height: 300 },
  warm: { option: warmOption, rows: (data) => data.rows.filter((r) => r.p50), row: 46, extra: 44 },
  settling: { option: settlingOption, rows: (data) => data.rows.filter((r) => r.curve?.length), height: 300 },
  sweepCold: { option: sweepOption("cold"), rows: (data, index) => sweepLines(data.sweeps[index], "cold"), height: 300 },
  sweepWarm: { option: sweepOption("warm"), rows: (data, index) => sweepLines(data.sweeps[index], "warm"), height: 300 },
  load: { option: loadOption, rows: (data) => (data.load?.lines ?? []).map((l) => ({ ...l, limitMs: data.load.limitMs, label: data.load.label })), height: 320 },
  outsideP50: { option: overTimeOption("p50", "ms"), rows: (data) => data.outside ?? [], height: 240 },
  outsideP99: { option: overTimeOption("p99", "ms"), rows: (data) => data.outside ?? [], height: 240 },
  outsideRate: { option: overTimeOption("rate", "calls/s"), rows: (data) => data.outside ?? [], height: 240 },
  outsideErrors: { option: overTimeOption("errors", "wrong"), rows: (data) => data.outside ?? [], height: 240 },
  trade: { option: tradeOption, rows: (data) => data.trade, height: 300 },
  gainCold: { option: gainOption("cold total"), rows: (data, index) => data.gains[index].cold, row: 50, extra: 44 },
  gainWarm: { option: gainOption("warm p50"), rows: (data, index) => data.gains[index].warm, row: 50, extra: 44 },
  layersCold: { option: layersOption("cold"), rows: (data) => layered(data, "cold"), row: 40, extra: 12 },
  layersWarm: { option: layersOption("p50"), rows: (data) => layered(data, "p50"), row: 40, extra: 12 },
};

const layered = (data, metric) => data.rows.filter((r) => r.layers?.[metric]).map((r) => ({ ...r, layerNames: data.layerNames }));

const sweepLines = (sweep, metric) => sweep.lines.filter((l) => l[metric].length > 0).map((l) => ({ ...l, memories: sweep.memories }));

// paperWidth is what A4 with the style sheet's margins leaves a figure, in CSS
// pixels: the page is laid out for paper only after it was asked to be ready.
function paperWidth(element) {
  return element.closest(".pair") ? 305 : 655;
}

// drawCharts draws every element with data-chart and returns functions that draw
// them anew, in a theme and for the screen or paper. Each follows the width of its element by itself.
export function drawCharts(data, dark) {
  const drawn = [];
  for (const element of document.querySelectorAll("[data-chart]")) {
    const kind = kinds[element.dataset.chart];
    const rows = kind.rows(data, element.dataset.index);
    if (rows.length === 0) {
      element.closest("figure").hidden = true;
      continue;
    }
    element.style.height = `${kind.height ?? kind.row * rows.length + kind.extra}px`;
    const chart = init(element, null, { renderer: "svg" });
    let state = { dark, width: null };
    const draw = () => {
      const width = state.width ?? element.clientWidth;
      chart.resize({ width, height: element.clientHeight });
      const colors = palette();
      const coloured = rows.map((row) => ({ ...row, color: state.dark ? row.dark : row.light }));
      chart.setOption({ animation: false, ...kind.option(coloured, colors, width) }, { notMerge: true });
    };
    draw();
    new ResizeObserver(() => state.width === null && draw()).observe(element);
    drawn.push((next) => {
      state = { dark: next.dark, width: next.print ? paperWidth(element) : null };
      draw();
    });
  }
  return drawn;
}
