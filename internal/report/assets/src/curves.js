// Charts of one figure over another: memory, rate, cost.

import { bounds, escape, font, format, grid, lines, logAxis, tooltip } from "./options.js";

// apart lays out labels beside points, each as near to its point as the labels
// laid out before it allow; the library's own shifting leaves labels of points where
// they are. The chart calls it label by label, series by series.
function apart() {
  let placed = [];
  let last = [-1, -1];
  return ({ seriesIndex, dataIndex, labelRect: { x, y, width, height: tight } }) => {
    const height = tight + 3;
    if (seriesIndex < last[0] || (seriesIndex === last[0] && dataIndex <= last[1])) placed = []; // drawn anew
    last = [seriesIndex, dataIndex];
    const free = (dy) => placed.every((r) => x >= r.x + r.width || r.x >= x + width || y + dy >= r.y + r.height || r.y >= y + dy + height);
    const dy = [0, 1, -1, 2, -2, 3, -3, 4, -4].map((n) => (n * height) / 2).find(free) ?? 0;
    placed.push({ x, y: y + dy, width, height });
    return { dy };
  };
}

// line is how each runtime's curve looks.
function line(r, colors) {
  return {
    type: "line", name: r.name, symbol: "circle", symbolSize: 7,
    lineStyle: { color: r.color, width: 2, type: r.dash.length ? r.dash : "solid" }, itemStyle: { color: r.color },
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
    const labelLayout = apart();
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
        // The name is a label of the last point and not the line's own, which would lie over its neighbour's.
        ...rows.map((r) => ({
          ...line(r, colors), labelLayout,
          data: r[metric].map((p, i) => ({
            value: [p.memory, p.center],
            label: { show: i === r[metric].length - 1, position: "right", distance: 6, ...font, color: colors.text, formatter: "{a}" },
          })),
        })),
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
  const labelLayout = several ? { hideOverlap: true } : apart();
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
      ...line(r, colors), symbolSize: 10,
      data: r.points.map((p, i) => ({
        value: [p.cost.center, p.warm.center],
        itemStyle: p.efficient ? { color: r.color } : { color: colors.background, borderColor: r.color, borderWidth: 2 },
        label: {
          show: true, position: "right", distance: 6, textBorderColor: colors.background, textBorderWidth: 3, ...font, color: several && i > 0 ? colors.muted : colors.text,
          formatter: !several ? r.name : i > 0 ? p.label : `${r.name}, ${p.label}`,
        },
      })),
      labelLayout,
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
      ...line(r, colors), symbolSize: 9,
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
