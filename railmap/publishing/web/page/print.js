/* A sheet of A4: title, map at a round scale, scale bar, legend, licences. */

import { element } from "./dom.js";
import { legendItem } from "./layers.js";
import { coloured } from "./symbols.js";

const PIXEL_M = 0.0254 / 96; // a CSS pixel on paper
const TILE = 512;
const EQUATOR_M = 2 * Math.PI * 6378137;
const ROUND = [1, 2, 2.5, 5];

const metresPerPixel = (zoom, lat) => EQUATOR_M * Math.cos(lat * Math.PI / 180) / (TILE * 2 ** zoom);

/** The next round scale that shows at least as much. */
export function roundScale(denominator) {
  const power = 10 ** Math.floor(Math.log10(denominator));
  return [...ROUND, 10].map((one) => one * power).find((one) => one >= denominator * 0.999);
}

export function zoomOfScale(denominator, lat) {
  return Math.log2(metresPerPixel(0, lat) / (denominator * PIXEL_M));
}

function bar(denominator) {
  const wanted = 0.05 * denominator; // 5 cm
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].map((one) => one * power).find((one) => one <= wanted);
  const out = element("div", undefined, { className: "bar" });
  out.style.width = `${length / denominator * 1000}mm`;
  out.append(element("span", "0"), element("span", length >= 1000 ? `${length / 1000} km` : `${length} m`));
  return out;
}

function sheet(map, about, switches, basemaps, denominator) {
  const box = document.getElementById("printed");
  const legend = element("div", undefined, { className: "legend" });
  for (const { title, items } of switches.inView()) {
    if (!items.length) continue;
    const group = element("div");
    const list = element("ul");
    list.append(...items.map(({ label, svg }) => legendItem(label, coloured(svg, switches.style.dark))));
    group.append(element("h3", title, { dir: "auto" }), list);
    legend.append(group);
  }
  const licences = [...about.attribution.map(({ text }) => text), basemaps.attribution]
    .filter(Boolean).join(" · ");
  const centre = map.getCenter();
  const facts = element("p", [
    `${centre.lat.toFixed(5)}, ${centre.lng.toFixed(5)} (WGS 84)`, "north is up",
    `printed ${new Date().toISOString().slice(0, 10)}`, about.generator, licences,
  ].filter(Boolean).join(" · "), { className: "facts" });
  const scale = element("div", undefined, { className: "scale" });
  scale.append(element("strong", `1 : ${denominator.toLocaleString("en-GB")}`), bar(denominator));
  const head = element("header");
  head.append(element("h2", about.title, { dir: "auto" }), scale);
  box.replaceChildren(head, legend, facts);
  box.hidden = false;
}

const idle = (map) => new Promise((done) => { map.once("idle", done); map.triggerRepaint(); });

/** Lay the sheet out; `leave()` goes back to the screen. */
export async function layOut(map, about, switches, basemaps, recolour) {
  const view = { center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
  const lat = view.center.lat;
  const [west, east] = map.getBounds().toArray().map(([lon]) => lon);
  document.body.dataset.printing = "yes";
  await recolour();
  map.resize();
  const width = (east - west) / 360 * EQUATOR_M * Math.cos(lat * Math.PI / 180);
  const shown = map.getContainer().clientWidth * PIXEL_M;
  const denominator = roundScale(width / shown);
  map.jumpTo({ center: view.center, zoom: zoomOfScale(denominator, lat), bearing: 0, pitch: 0 });
  await idle(map);
  sheet(map, about, switches, basemaps, denominator);
  return async () => {
    delete document.body.dataset.printing;
    document.getElementById("printed").hidden = true;
    map.resize();
    map.jumpTo(view);
    await recolour();
  };
}

export async function printMap(map, about, switches, basemaps, recolour) {
  const focused = document.activeElement; // the sheet hides it
  const leave = await layOut(map, about, switches, basemaps, recolour);
  window.addEventListener("afterprint", () => { leave().then(() => focused.focus()); }, { once: true });
  window.print();
}
