/* The profile under the map: curvature, gradient and height along a track or a measured way. */

import { writeProfile } from "./address.js";
import { alignmentOf, hasProfile, valueAt } from "./alignment.js";
import { kilometreOf } from "./chainage.js";
import { chart } from "./chart.js";
import { complain, element } from "./dom.js";
import { wholeOf } from "./network.js";

export { hasProfile };

const SOURCE = "profile";
const STEPS = 400; // of the slider
const [LOW, HIGH] = [74, 90]; // pixels of a chart
let shown = null; // {map, about, along, title, returnTo}

const fixed = (value, digits) => value.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1").replace("-", "−");

function bend(value) {
  const radius = 1000 / Math.abs(value);
  if (!(radius < 20000)) return "straight";
  return `radius ${Math.round(radius).toLocaleString("en-GB")} m ${value > 0 ? "left" : "right"}`;
}

function charts(along, width, labels) {
  const { curvature, gradient, height, terrain, arcs, length } = along;
  const wanted = [];
  if (curvature.length) {
    const marks = arcs.map(({ from, to, radius }) => ({
      from, to, value: 1000 / radius, text: `R ${Math.round(Math.abs(radius))}`,
    }));
    wanted.push({ title: "Curvature, 1/km (+ left)", series: [{ runs: curvature, name: "curvature" }], least: 0.5, marks, height: LOW });
  }
  if (gradient.length) {
    wanted.push({ title: "Gradient, ‰ (+ uphill)", series: [{ runs: gradient, name: "gradient" }], least: 2, height: LOW });
  }
  if (height.length) {
    const series = [{ runs: terrain, name: "terrain" }, { runs: height, name: "height" }].filter((one) => one.runs.length);
    const title = terrain.length ? "Height of the track and of the terrain (thin), m" : "Height, m";
    wanted.push({ title, series, least: 1, height: HIGH });
  }
  return wanted.map((one, i) => chart({ ...one, length, width, labels: i === wanted.length - 1 ? labels : null }));
}

/** Kilometres under the charts: at both ends, and between them where there is room. */
async function labelsOf(about, along, width) {
  const count = width > 600 ? 4 : 1;
  const places = Array.from({ length: count + 1 }, (_, i) => along.length * i / count);
  return Promise.all(places.map(async (distance, i) => {
    const { id, place } = along.placeAt(distance);
    const said = (await kilometreOf(about, id, place)).split(" = ")[0];
    return {
      at: distance, anchor: i === 0 ? "start" : i === count ? "end" : "middle",
      text: / km /.test(said) ? said.slice(said.lastIndexOf("km ")) : `${Math.round(distance)} m`,
    };
  }));
}

function mark(place) {
  const { map } = shown;
  const data = { type: "FeatureCollection", features: place ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place } }] : [] };
  if (map.getSource(SOURCE)) { map.getSource(SOURCE).setData(data); return; }
  map.addSource(SOURCE, { type: "geojson", data });
  map.addLayer({
    id: SOURCE, type: "circle", source: SOURCE,
    paint: { "circle-radius": 7, "circle-color": "#0057b8", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
  });
}

async function tell(distance, drawn, output) {
  const { about, along } = shown;
  const { id, place } = along.placeAt(distance);
  for (const one of drawn) one.point(distance);
  mark(place);
  const turn = (shown.turn = (shown.turn ?? 0) + 1);
  const values = [
    [along.curvature, bend], [along.gradient, (value) => `${fixed(value, 1)} ‰`],
    [along.height, (value) => `${fixed(value, 2)} m`],
  ].map(([runs, say]) => [valueAt(runs, distance), say]);
  const said = values.filter(([value]) => value !== null).map(([value, say]) => say(value));
  const kilometre = await kilometreOf(about, id, place);
  if (shown?.turn === turn) output.textContent = [kilometre, ...said].join(" · ");
}

async function draw() {
  const panel = document.getElementById("profile");
  const { about, along, title } = shown;
  const width = Math.max(280, panel.clientWidth - 24);
  const labels = await labelsOf(about, along, width);
  if (!shown) return;
  const drawn = charts(along, width, labels);
  const head = element("header");
  const output = element("output", "");
  const close = element("button", "Close", { type: "button" });
  close.addEventListener("click", closeProfile);
  head.append(element("h2", `Profile: ${title}, ${along.length.toFixed(1)} m`, { dir: "auto" }), output, close);
  const slider = element("input", undefined, { type: "range", min: 0, max: STEPS, value: shown.step ?? 0 });
  slider.setAttribute("aria-label", "Place along the track");
  const go = (step) => { shown.step = step; tell(along.length * step / STEPS, drawn, output).catch(complain); };
  slider.addEventListener("input", () => go(Number(slider.value)));
  for (const one of drawn) {
    one.svg.addEventListener("pointermove", (event) => {
      const distance = one.distanceAt(event.clientX - one.svg.getBoundingClientRect().left);
      slider.value = Math.round(distance / along.length * STEPS);
      go(Number(slider.value));
    });
  }
  const focused = panel.contains(document.activeElement);
  panel.replaceChildren(head, ...(drawn.length ? drawn.map((one) => one.svg) : [element("p", "The map has no alignment here.")]), slider);
  panel.hidden = false;
  document.body.dataset.profile = "yes";
  document.body.style.setProperty("--profile", `${panel.offsetHeight}px`);
  shown.map.resize();
  if (focused) slider.focus();
  go(shown.step ?? 0);
}

/** Show the profile along parts of links [{id, from, to}]. */
export async function profileAlong(map, about, parts, title) {
  const along = await alignmentOf(about, parts);
  writeProfile("");
  const panel = document.getElementById("profile");
  shown = { map, about, along, title, returnTo: shown?.returnTo ?? document.activeElement };
  panel.hidden = false;
  await draw();
  panel.querySelector("input").focus();
}

/** Show the profile of a link, which becomes part of the address. */
export async function showProfile(map, about, id, title = "track") {
  const parts = await wholeOf(id);
  if (!parts.length || !hasProfile(about, id)) return;
  await profileAlong(map, about, parts, title);
  writeProfile(id);
}

export function closeProfile() {
  if (!shown) return;
  const { map, returnTo } = shown;
  mark(null);
  shown = null;
  writeProfile("");
  document.getElementById("profile").hidden = true;
  delete document.body.dataset.profile;
  map.resize();
  if (returnTo?.isConnected) returnTo.focus();
  else map.getCanvas().focus();
}

let waiting = 0;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (shown) draw().catch(complain); }, 150);
});
