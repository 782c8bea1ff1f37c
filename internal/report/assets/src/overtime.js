// Charts of a load test over the time of its run.

import { escape, format, grid, lines, logAxis, tooltip, valueAxis } from "./options.js";

// overTimeOption draws a metric of each window; times on a logarithmic scale, as a cold
// start is a hundred times a warm call.
export function overTimeOption(metric, unit) {
  return (rows, colors) => {
    const values = rows.flatMap((r) => r.points.map((p) => p[metric])).filter((v) => v > 0);
    const last = Math.max(...rows.map((r) => r.points.at(-1).seconds));
    const logarithmic = unit === "ms" && values.length > 0;
    return {
      grid: { ...grid(), top: 10 },
      xAxis: valueAxis(colors, "seconds of the run", { min: 0, max: last || 1, splitLine: { show: false } }),
      yAxis: logarithmic ? { ...logAxis(colors, "", values), nameGap: 0 } : valueAxis(colors, "", { min: 0, nameGap: 0 }),
      tooltip: tooltip(colors, {
        trigger: "axis", axisPointer: { type: "line", lineStyle: { color: colors.line } },
        formatter: (ps) => lines(`from second ${ps[0].value[0]} on`, ps.map((p) => [escape(p.seriesName), `${format(p.value[1])} ${unit}`])),
      }),
      series: rows.map((r) => ({
        type: "line", name: r.name, symbol: "circle", symbolSize: 4, showAllSymbol: r.points.length <= 60, connectNulls: false,
        lineStyle: { color: r.color, width: 2, type: r.dash.length ? r.dash : "solid" }, itemStyle: { color: r.color },
        data: r.points.map((p) => [p.seconds, p[metric]]),
      })),
    };
  };
}
