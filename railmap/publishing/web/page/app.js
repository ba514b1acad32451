/* The published map. */

import { hasView, readObject } from "./address.js";
import { locate, project } from "./chainage.js";
import { addArchives, json, shardOf } from "./data.js";
import { complain, element } from "./dom.js";
import { find, findObject } from "./find.js";
import { addLayers, Switches } from "./layers.js";
import { closePopup, copyLink, openPopup, show, showAt, showObject } from "./popup.js";
import { layOut, printMap } from "./print.js";
import { addSearch } from "./search.js";
import { addIcons, addText, background, isDark, onScreenChange, repaint } from "./symbols.js";

const FOUND_ZOOM = 19;
const LINKS = ["http:", "https:", "mailto:"];

function credits(attribution) {
  return attribution.map(({ text, url }) => {
    if (!url || !LINKS.includes(new URL(url, location.href).protocol)) {
      return element("span", text).outerHTML;
    }
    return element("a", text, { href: url, rel: "noopener noreferrer" }).outerHTML;
  });
}

/** Room around the map's bounds: the panel lies over the left of a wide window. */
function besidePanel() {
  const panel = document.getElementById("panel");
  if (window.innerWidth < 700) panel.open = false;
  return { top: 60, right: 60, bottom: 60, left: panel.open ? 350 : 60 };
}

const idle = (map) => new Promise((done) => { map.once("idle", done); map.triggerRepaint(); });

/** Show a result of the search on the map. */
async function go(map, about, switches, result) {
  closePopup();
  if (result.layer) switches.show(result.layer);
  if (result.box) {
    const [west, south, east, north] = result.box;
    map.fitBounds([[west, south], [east, north]], { padding: besidePanel(), maxZoom: FOUND_ZOOM, duration: 0 });
    return;
  }
  map.jumpTo({ center: result.place, zoom: FOUND_ZOOM });
  if (result.id) {
    await idle(map);
    if (await showObject(map, about, result, result.place)) return;
  }
  const at = result.kind === "Place" ? "" : `${result.place[1].toFixed(7)}, ${result.place[0].toFixed(7)}`;
  show(map, result.place, { title: result.label, said: [result.detail, at].filter(Boolean) });
}

/** Open the popup that the address names. */
async function openLinked(map, about, switches) {
  const object = readObject();
  if (!object) return;
  if (object.place) {
    if (!hasView()) map.jumpTo({ center: object.place, zoom: FOUND_ZOOM });
    await idle(map);
    const found = await showAt(map, about, map.project(object.place), maplibregl.LngLat.convert(object.place));
    if (!found) show(map, object.place, { title: `${object.place[1]}, ${object.place[0]}` }, object);
    return;
  }
  if (hasView() && await showObject(map, about, object)) return;
  const found = await findObject(about, object);
  if (found) await go(map, about, switches, found);
  else complain(new Error("The object of this link is no longer in the map."));
}

async function start() {
  const [about, style] = await Promise.all([json("map.json"), json("style.json")]);
  document.body.dataset.ground = style.sources.ortho ? "photo" : "plain";
  document.body.dataset.drawn = isDark() ? "dark" : "light";
  await addArchives(style.sources);
  const map = new maplibregl.Map({
    container: "map",
    style: { version: 8, sources: {}, layers: [background()] },
    bounds: about.bounds,
    fitBoundsOptions: { padding: besidePanel(), maxZoom: 18 },
    hash: "map",
    maxZoom: 24,
    attributionControl: false,
    fadeDuration: 0,
    canvasContextAttributes: { preserveDrawingBuffer: true }, // for printing
  });
  map.addControl(new maplibregl.AttributionControl({
    compact: false, customAttribution: ["railmap", ...credits(about.attribution)],
  }));
  map.addControl(new maplibregl.NavigationControl({ visualizePitch: true }), "top-right");
  map.addControl(new maplibregl.GeolocateControl({ trackUserLocation: true }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 140 }), "bottom-left");
  map.on("styleimagemissing", ({ id }) => addText(map, id));
  map.on("error", ({ error }) => complain(new Error(`A part of the map cannot be shown: ${error.message}`)));
  await new Promise((done) => { map.once("load", done); });
  await addIcons(map, style);
  const recolour = () => repaint(map, style, () => switches?.draw());
  let switches = null;
  switches = new Switches(map, addLayers(map, about, style), style, recolour);
  await recolour();
  onScreenChange(recolour);
  window.railmap = {
    map, about, switches, json, shardOf, project, locate,
    find: (text) => find(about, text),
    popup: openPopup,
    layOut: () => layOut(map, about, switches, recolour),
  };
  map.on("click", (event) => showAt(map, about, event.point, event.lngLat).catch(complain));
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = map.queryRenderedFeatures(point).length ? "pointer" : "";
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // what is in the middle
    const centre = map.getCenter();
    showAt(map, about, map.project(centre), centre).catch(complain);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePopup(); });
  addSearch(about, (result) => go(map, about, switches, result));
  document.getElementById("share").addEventListener("click", () => copyLink());
  document.getElementById("print").addEventListener("click", () => {
    closePopup();
    printMap(map, about, switches, recolour).catch(complain);
  });
  await idle(map);
  await openLinked(map, about, switches);
  document.body.dataset.ready = "yes";
}

if (window.maplibregl && window.pmtiles) start().catch(complain);
