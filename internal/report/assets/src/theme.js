// palette reads the page's own colours, so that charts and text never part.
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    background: value("--surface"),
    text: value("--text"),
    muted: value("--muted"),
    line: value("--line"),
    grid: value("--grid"),
    layers: [0, 1, 2, 3].map((i) => Number(value(`--layer-${i}`))),
  };
}
