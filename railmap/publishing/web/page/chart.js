/* A small line chart as SVG: values over the distance along the track. */

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 16, 4];
const AXIS = 18; // height of the labels under the last chart

export function shape(tag, attributes, text) {
  const out = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) out.setAttribute(name, value);
  if (text !== undefined) out.textContent = text;
  return out;
}

/** Round values between two, about `count` of them. */
export function ticks(low, high, count) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(k * step);
  return { values: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** Range of the values of runs, at least `least` wide. */
function range(series, least) {
  const values = series.flatMap(({ runs }) => runs.flatMap((run) => run.map(([, value]) => value)));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, least - (high - low)) / 2 + 0.06 * Math.max(high - low, least);
  return [low - missing, high + missing];
}

/**
 * Draw a chart of `width` x `height` pixels: `series` [{runs, name}] in `unit`, `marks`
 * [{at, text}] and, if given, labels [{at, text}] of the distance. Returns the SVG and its `x`.
 */
export function chart({ title, series, length, width, height, least, marks = [], labels = null }) {
  const bottom = BOTTOM + (labels ? AXIS : 0);
  const svg = shape("svg", {
    width, height: height + (labels ? AXIS : 0), class: "chart", role: "img", "aria-label": title,
  });
  const [low, high] = range(series, least);
  const x = (distance) => LEFT + (width - LEFT - RIGHT) * distance / length;
  const y = (value) => TOP + (height - TOP - BOTTOM) * (high - value) / (high - low);
  const { values, digits } = ticks(low, high, 3);
  for (const value of values) {
    svg.append(shape("path", { class: value === 0 ? "zero" : "grid", d: `M${LEFT} ${y(value).toFixed(1)}H${width - RIGHT}` }));
    svg.append(shape("text", { class: "tick", x: LEFT - 6, y: (y(value) + 4).toFixed(1), "text-anchor": "end" }, value.toFixed(digits)));
  }
  svg.append(shape("text", { class: "name", x: LEFT, y: 11 }, title));
  for (const { runs, name } of series) {
    for (const run of runs) {
      const d = run.map(([distance, value], i) => `${i ? "L" : "M"}${x(distance).toFixed(1)} ${y(value).toFixed(1)}`).join("");
      svg.append(shape("path", { class: `run ${name}`, d }));
    }
  }
  for (const { from, to, value, text } of marks) {
    if (x(to) - x(from) < 7 * text.length) continue;
    const above = y(value) > TOP + 24 ? y(value) - 5 : y(value) + 14;
    svg.append(shape("text", { class: "tick", x: ((x(from) + x(to)) / 2).toFixed(1), y: above.toFixed(1), "text-anchor": "middle" }, text));
  }
  for (const { at, text, anchor } of labels ?? []) {
    svg.append(shape("text", { class: "tick", x: x(at).toFixed(1), y: height + bottom - 8, "text-anchor": anchor }, text));
  }
  const cursor = shape("path", { class: "cursor", d: "" });
  svg.append(cursor);
  return {
    svg,
    distanceAt: (pixel) => Math.min(length, Math.max(0, (pixel - LEFT) / (width - LEFT - RIGHT) * length)),
    point: (distance) => cursor.setAttribute("d", `M${x(distance).toFixed(1)} ${TOP}V${height - BOTTOM}`),
  };
}
