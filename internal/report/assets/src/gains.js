import { bounds, escape, font, format, grid, lines, logAxis, nameAxis, tooltip, whisker } from "./options.js";

// gainOption shows what part of the stock figure a tuned function has left, a
// row for each step, around the line where nothing is gained.
export function gainOption(metric) {
  return (rows, colors, width) => {
    const axis = logAxis(colors, `${metric}, tuned over stock (logarithmic)`, [1, ...rows.flatMap((r) => [r.lo, r.hi])]);
    return {
      grid: grid(64),
      xAxis: axis,
      yAxis: nameAxis(rows, colors, width < 480 ? 96 : 132),
      tooltip: tooltip(colors, {
        trigger: "axis", axisPointer: { type: "none" },
        formatter: ([p]) => {
          const r = rows[p.dataIndex];
          return lines(r.name, [["stock → tuned", `${escape(r.values)} ms`], ["left", `×${bounds(r)}`], !r.told && ["but", "can’t be told from none"]]);
        },
      }),
      series: [
        {
          type: "scatter", symbolSize: 11, z: 6,
          data: rows.map((r, i) => ({ value: [r.center, i], itemStyle: { color: r.color, borderColor: colors.background, borderWidth: 1 } })),
          markLine: { silent: true, z: 1, symbol: "none", lineStyle: { color: colors.muted, type: [4, 3], width: 1.5 }, label: { show: false }, data: [{ xAxis: 1 }] },
        },
        whisker(rows, (r) => r, colors.text),
        {
          type: "scatter", symbolSize: 0, silent: true, z: 7, data: rows.map((_, i) => [axis.max, i]),
          label: { show: true, position: "right", distance: 8, ...font, fontSize: 13, color: colors.text, formatter: (p) => `×${format(rows[p.dataIndex].center)}` },
        },
      ],
    };
  };
}
