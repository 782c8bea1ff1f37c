// One function a chart: rows and colours in, an ECharts option out. All
// figures come from the page's model; nothing is computed here but positions.

// Charts measure their labels themselves, so that they need the true family.
export const font = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };

export function format(v) {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  if (v === 0) return "0";
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(v)))));
  return v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const bounds = (s) => `${format(s.center)} [${format(s.lo)}, ${format(s.hi)}]`;

function axisStyle(colors) {
  return {
    axisLine: { lineStyle: { color: colors.line } },
    axisTick: { show: false },
    axisLabel: { ...font, color: colors.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: colors.grid } },
    nameTextStyle: { ...font, color: colors.muted },
  };
}

export function valueAxis(colors, name, extra = {}) {
  const style = axisStyle(colors);
  return {
    type: "value", name, nameLocation: "middle", nameGap: 28, ...style,
    axisLine: { show: false },
    axisLabel: { ...style.axisLabel, formatter: (v) => Number(v.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 }) },
    ...extra,
  };
}

// logAxis spans whole steps of 1, 2 and 5 around the values.
export function logAxis(colors, name, values) {
  const low = nice(Math.min(...values) * 0.9, Math.floor);
  const high = nice(Math.max(...values) * 1.1, Math.ceil);
  const ticks = steps(low, high);
  const axis = valueAxis(colors, name, { type: "log", min: low, max: high });
  for (const part of ["axisTick", "axisLabel", "splitLine"]) axis[part] = { ...axis[part], customValues: ticks };
  return axis;
}

// steps are 1, 2, 5, 10 … from low to high; only powers of ten on long scales.
function steps(low, high) {
  const long = Math.log10(high / low) > 3.2;
  const all = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high * 1.000001; power *= 10) {
    for (const s of long ? [1] : [1, 2, 5]) {
      const v = Number((s * power).toPrecision(6));
      if (v >= low * 0.999999 && v <= high * 1.000001) all.push(v);
    }
  }
  return all;
}

function nice(v, direction) {
  const power = 10 ** Math.floor(Math.log10(v));
  const steps = [1, 2, 5, 10].map((s) => s * power);
  return direction === Math.floor ? steps.filter((s) => s <= v * 1.000001).at(-1) ?? power : steps.find((s) => s >= v * 0.999999) ?? power * 10;
}

export function nameAxis(rows, colors, room = 96) {
  return {
    type: "category", inverse: true, data: rows.map((r) => r.name), ...axisStyle(colors),
    axisLine: { show: false }, splitLine: { show: false },
    axisLabel: { ...font, fontSize: 13, color: colors.text, width: room, overflow: "break", lineHeight: 15 },
  };
}

export function tooltip(colors, extra) {
  return {
    confine: true, backgroundColor: colors.background, borderColor: colors.line, borderWidth: 1, padding: [8, 12],
    extraCssText: "box-shadow:0 2px 12px rgb(0 0 0/.12);max-width:min(320px,80vw);white-space:normal;",
    textStyle: { ...font, color: colors.text }, ...extra,
  };
}

export const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const lines = (title, pairs) =>
  `<strong>${escape(title)}</strong>` + pairs.filter(Boolean).map(([k, v]) => `<br>${k}: ${v}`).join("");

export const grid = (right = 24) => ({ left: 4, right, top: 6, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" });

// whisker draws an interval at a row, as a thin line with end caps.
export function whisker(rows, pick, color, z = 5) {
  return {
    type: "custom", z, silent: true,
    data: rows.map((r, i) => [i, pick(r).lo, pick(r).hi]),
    encode: { y: 0, x: [1, 2] },
    renderItem(_, api) {
      const a = api.coord([api.value(1), api.value(0)]);
      const b = api.coord([api.value(2), api.value(0)]);
      const cap = 4;
      return {
        type: "path",
        shape: { pathData: `M${a[0]} ${a[1] - cap}V${a[1] + cap}M${a[0]} ${a[1]}H${b[0]}M${b[0]} ${a[1] - cap}V${a[1] + cap}` },
        style: { stroke: color, lineWidth: 1.5, fill: "none" },
      };
    },
  };
}

export function coldOption(rows, colors, width) {
  const bar = { type: "bar", stack: "cold", barWidth: 18 };
  const most = Math.max(...rows.map((r) => Math.max(r.cold.hi, (r.init?.center ?? 0) + (r.firstCall?.center ?? 0))));
  return {
    grid: grid(8),
    xAxis: valueAxis(colors, "milliseconds", { min: 0, max: most * (width < 480 ? 1.35 : 1.14), axisLabel: { ...valueAxis(colors, "").axisLabel, showMaxLabel: false }, splitLine: { lineStyle: { color: colors.grid }, showMaxLine: false } }),
    yAxis: nameAxis(rows, colors),
    tooltip: tooltip(colors, {
      trigger: "axis", axisPointer: { type: "none" },
      formatter: ([p]) => {
        const r = rows[p.dataIndex];
        return lines(r.name, [["cold total", `${bounds(r.cold)} ms`], r.init && ["init", `${bounds(r.init)} ms`], r.firstCall && ["first call", `${bounds(r.firstCall)} ms`]]);
      },
    }),
    series: [
      { ...bar, name: "init", data: rows.map((r) => ({ value: r.init?.center ?? 0, itemStyle: { color: r.color } })) },
      { ...bar, name: "first call", data: rows.map((r) => ({ value: r.firstCall?.center ?? 0, itemStyle: { color: r.color, opacity: 0.4 } })) },
      whisker(rows, (r) => r.cold, colors.text),
      {
        type: "scatter", symbolSize: 0, silent: true, z: 6,
        data: rows.map((r, i) => [Math.max(r.cold.hi, (r.init?.center ?? 0) + (r.firstCall?.center ?? 0)), i]),
        label: { show: true, position: "right", distance: 6, ...font, fontSize: 13, color: colors.text, formatter: (p) => `${format(rows[p.dataIndex].cold.center)} ms` },
      },
    ],
  };
}

export function distributionOption(rows, colors) {
  const values = rows.flatMap((r) => [r.ecdf[0][0], r.ecdf.at(-1)[0]]);
  return {
    grid: grid(),
    xAxis: logAxis(colors, "cold total, milliseconds (logarithmic)", values),
    yAxis: valueAxis(colors, "", { min: 0, max: 1, interval: 0.25, axisLabel: { ...font, color: colors.muted, formatter: (v) => `${v * 100} %` } }),
    tooltip: tooltip(colors, {
      trigger: "item",
      formatter: (p) => lines(p.seriesName, [["cold total", `${format(p.value[0])} ms`], ["share at most this long", `${Math.round(p.value[1] * 100)} %`]]),
    }),
    series: rows.map((r) => ({
      type: "line", name: r.name, step: "end", symbol: "circle", symbolSize: 3, showAllSymbol: true,
      lineStyle: { color: r.color, width: 2, type: r.dash.length ? r.dash : "solid" }, itemStyle: { color: r.color },
      data: [[r.ecdf[0][0], 0], ...r.ecdf],
    })),
  };
}

export function warmOption(rows, colors, width) {
  const points = (r) => [r.p50, r.p95, r.p99].filter(Boolean);
  const values = rows.flatMap((r) => points(r).flatMap((s) => [s.lo, s.hi]));
  const names = ["p50", "p95", "p99"];
  const symbols = { p50: "circle", p95: "diamond", p99: "rect" };
  return {
    grid: grid(),
    xAxis: logAxis(colors, "milliseconds (logarithmic)", values),
    yAxis: nameAxis(rows, colors),
    tooltip: tooltip(colors, {
      trigger: "item",
      formatter: (p) => lines(rows[p.dataIndex].name, names.map((n) => rows[p.dataIndex][n] && [n, `${bounds(rows[p.dataIndex][n])} ms`])),
    }),
    series: [
      {
        type: "custom", z: 2, silent: true, encode: { y: 0, x: [1, 2] },
        data: rows.map((r, i) => [i, r.p50.center, points(r).at(-1).center]),
        renderItem(_, api) {
          const a = api.coord([api.value(1), api.value(0)]);
          const b = api.coord([api.value(2), api.value(0)]);
          return { type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: rows[api.value(0)].color, lineWidth: 6, opacity: 0.25, lineCap: "round" } };
        },
      },
      ...names.map((n) => {
        const has = rows.filter((r) => r[n]);
        return { ...whisker(rows, (r) => r[n] ?? { lo: NaN, hi: NaN }, colors.text, 3), data: has.map((r) => [rows.indexOf(r), r[n].lo, r[n].hi]) };
      }),
      ...names.map((n) => ({
        type: "scatter", name: n, symbol: symbols[n], symbolSize: n === "p99" ? [4, 14] : 10, z: 6,
        data: rows.map((r, i) => (r[n] ? { value: [r[n].center, i], itemStyle: { color: r.color, borderColor: colors.background, borderWidth: 1 } } : { value: [NaN, i] })),
        label: {
          show: width >= 480 || n !== "p95", position: "top", distance: 5, ...font, fontSize: 11, color: colors.muted,
          formatter: (p) => format(rows[p.dataIndex][n]?.center),
        },
        labelLayout: { hideOverlap: true },
      })),
    ],
  };
}

export function settlingOption(rows, colors) {
  const last = Math.max(...rows.map((r) => r.curve.at(-1)[0]));
  return {
    grid: grid(),
    xAxis: valueAxis(colors, "warm call", { min: 1, max: last, minInterval: 1, splitLine: { show: false } }),
    yAxis: valueAxis(colors, "", { min: (v) => Math.min(0.9, Math.floor(v.min * 10) / 10), max: (v) => Math.max(1.5, Math.ceil(v.max * 4) / 4), minInterval: 0.25, axisLabel: { ...font, color: colors.muted, showMinLabel: false, showMaxLabel: false, formatter: (v) => `${Number(v.toFixed(2))}×` }, splitLine: { lineStyle: { color: colors.grid }, showMinLine: false, showMaxLine: false } }),
    tooltip: tooltip(colors, {
      trigger: "axis", axisPointer: { type: "line", lineStyle: { color: colors.line } },
      formatter: (ps) => lines(`warm call ${ps[0].value[0]}`, ps.map((p) => [escape(p.seriesName), `${p.value[1].toFixed(2)}× settled`])),
    }),
    series: rows.map((r, i) => ({
      type: "line", name: r.name, symbol: "none", data: r.curve,
      lineStyle: { color: r.color, width: 2, type: r.dash.length ? r.dash : "solid" }, itemStyle: { color: r.color },
      markLine: i > 0 ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: colors.muted, type: [2, 3] }, label: { show: false }, data: [{ yAxis: 1 }],
      },
    })),
  };
}

// layersOption splits each runtime's whole into what its layers add. A layer that
// came out below zero has no length; its figure is in the tooltip.
export function layersOption(metric) {
  return (rows, colors, width) => {
    const length = (layer) => Math.max(0, layer?.center ?? 0);
    const whole = (r) => r.layers[metric].reduce((sum, layer) => sum + length(layer), 0);
    const find = (r, name) => r.layers[metric].find((layer) => layer.name === name);
    const room = Math.max(80, width - 204); // what names and totals leave of the width
    return {
      grid: { left: 4, right: 78, top: 6, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: { type: "value", min: 0, max: 1, show: false },
      yAxis: nameAxis(rows, colors),
      tooltip: tooltip(colors, {
        trigger: "axis", axisPointer: { type: "none" },
        formatter: ([p]) => {
          const r = rows[p.dataIndex];
          return lines(r.name, r.layers[metric].map((layer, i) => [escape(layer.name), `${i > 0 && layer.center >= 0 ? "+" : ""}${bounds(layer)} ms`]));
        },
      }),
      series: [
        ...rows[0].layerNames.map((name, i) => ({
          type: "bar", stack: "layers", barWidth: 22, name,
          data: rows.map((r) => ({ value: length(find(r, name)) / whole(r), itemStyle: { color: r.color, opacity: colors.layers[i] } })),
          label: {
            show: true, position: "inside", ...font, fontSize: 11, color: colors.text, opacity: 1, textBorderColor: colors.background, textBorderWidth: 3,
            formatter: (p) => (p.value * room < 34 ? "" : format(find(rows[p.dataIndex], name).center)),
          },
        })),
        {
          type: "scatter", symbolSize: 0, silent: true, z: 6, data: rows.map((_, i) => [1, i]),
          label: { show: true, position: "right", distance: 6, ...font, fontSize: 13, color: colors.text, formatter: (p) => `${format(rows[p.dataIndex][metric].center)} ms` },
        },
      ],
    };
  };
}
