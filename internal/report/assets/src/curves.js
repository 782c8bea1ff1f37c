// Charts of one figure over another: memory, rate, cost.

import { bounds, escape, font, format, grid, lines, logAxis, tooltip } from "./options.js";

// line is how each runtime's curve looks, with its name at the end.
function line(r, colors) {
  return {
    type: "line", name: r.name, symbol: "circle", symbolSize: 7,
    lineStyle: { color: r.color, width: 2, type: r.dash.length ? r.dash : "solid" }, itemStyle: { color: r.color },
    endLabel: { show: true, ...font, color: colors.text, distance: 6, formatter: "{a}" },
    labelLayout: { moveOverlap: "shiftY" },
  };
}

// bars are vertical intervals around points [x, centre, lo, hi].
function bars(r, points) {
  return {
    type: "custom", silent: true, z: 1, encode: { x: 0, y: [1, 2] }, data: points,
    renderItem(_, api) {
      const a = api.coord([api.value(0), api.value(1)]);
      const b = api.coord([api.value(0), api.value(2)]);
      const cap = 3;
      return {
        type: "path",
        shape: { pathData: `M${a[0] - cap} ${a[1]}H${a[0] + cap}M${a[0]} ${a[1]}V${b[1]}M${b[0] - cap} ${b[1]}H${b[0] + cap}` },
        style: { stroke: r.color, lineWidth: 1.5, fill: "none" },
      };
    },
  };
}

// sweepOption draws a metric over memory; both scales are logarithmic, so that
// what halves with twice the memory is a straight line.
export function sweepOption(metric) {
  return (rows, colors) => {
    const memories = rows[0].memories;
    const values = rows.flatMap((r) => r[metric].flatMap((p) => [p.lo, p.hi]));
    const x = logAxis(colors, "memory, MB", memories);
    Object.assign(x, { min: memories[0] / 1.15, max: memories.at(-1) * 1.15 });
    for (const part of ["axisTick", "axisLabel", "splitLine"]) x[part] = { ...x[part], customValues: memories };
    const y = { ...logAxis(colors, "", values), nameGap: 0 };
    return {
      grid: { ...grid(60), top: 10 },
      xAxis: x, yAxis: y,
      tooltip: tooltip(colors, {
        trigger: "item",
        formatter: (p) => {
          const point = rows[p.seriesIndex]?.[metric][p.dataIndex];
          return point && lines(p.seriesName, [[`${format(point.memory)} MB`, `${bounds(point)} ms`]]);
        },
      }),
      series: [
        ...rows.map((r) => ({ ...line(r, colors), data: r[metric].map((p) => [p.memory, p.center]) })),
        ...rows.map((r) => bars(r, r[metric].map((p) => [p.memory, p.lo, p.hi]))),
      ],
    };
  };
}

const dollars = (s) => `$${format(s.center)} [${format(s.lo)}, ${format(s.hi)}]`;

// tradeOption draws latency over cost; memory sizes of one runtime are joined.
// Filled points are those that no other beats in both.
export function tradeOption(rows, colors) {
  const points = rows.flatMap((r) => r.points);
  const several = rows.some((r) => r.points.length > 1);
  return {
    grid: { ...grid(several ? 64 : 72), top: 14 },
    xAxis: logAxis(colors, "USD per million requests (logarithmic)", points.map((p) => p.cost.center)),
    yAxis: { ...logAxis(colors, "", points.map((p) => p.warm.center)), nameGap: 0 },
    tooltip: tooltip(colors, {
      trigger: "item",
      formatter: (p) => {
        const point = rows[p.seriesIndex].points[p.dataIndex];
        return lines(p.seriesName, [["memory", point.label], ["compute", dollars(point.cost)], ["warm p50", `${bounds(point.warm)} ms`]]);
      },
    }),
    series: rows.map((r) => ({
      ...line(r, colors), endLabel: { show: false }, symbolSize: 10,
      data: r.points.map((p, i) => ({
        value: [p.cost.center, p.warm.center],
        itemStyle: p.efficient ? { color: r.color } : { color: colors.background, borderColor: r.color, borderWidth: 2 },
        label: {
          show: true, position: "right", distance: 5, backgroundColor: colors.background, padding: [1, 3], ...font, color: several && i > 0 ? colors.muted : colors.text,
          formatter: !several ? r.name : i > 0 ? p.label : `${r.name}, ${p.label}`,
        },
      })),
      labelLayout: several ? { hideOverlap: true } : { moveOverlap: "shiftY" },
    })),
  };
}

// loadOption draws p99 over the rate, with the objective.
export function loadOption(rows, colors) {
  const points = rows.flatMap((r) => r.points);
  const limit = rows[0].limitMs;
  return {
    grid: { ...grid(), top: 10 },
    xAxis: logAxis(colors, "calls per second (logarithmic)", points.map((p) => p.rate)),
    yAxis: { ...logAxis(colors, "", [...points.map((p) => p.p99), limit]), nameGap: 0 },
    tooltip: tooltip(colors, {
      trigger: "item",
      formatter: (p) => {
        const point = rows[p.seriesIndex]?.points[p.dataIndex];
        return point && lines(p.seriesName, [["rate", `${format(point.rate)}/s`], ["p50", `${format(point.p50)} ms`], ["p99", `${format(point.p99)} ms`], ["verdict", point.why ? escape(point.why) : "held"]]);
      },
    }),
    series: rows.map((r, i) => ({
      ...line(r, colors), endLabel: { show: false }, symbolSize: 9,
      data: r.points.map((p) => ({
        value: [p.rate, p.p99],
        itemStyle: p.why ? { color: colors.background, borderColor: r.color, borderWidth: 2 } : { color: r.color },
      })),
      markLine: i > 0 ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: colors.muted, type: [5, 4], width: 1.5 }, data: [{ yAxis: limit }],
        label: { show: true, position: "insideStartTop", ...font, color: colors.muted, formatter: r.label },
      },
    })),
  };
}
