/* The published map. */

import { hasView, readObject, readProfile } from "./address.js";
import { Basemaps } from "./basemap.js";
import { locate, project } from "./chainage.js";
import { addArchives, json, shardOf } from "./data.js";
import { complain, element } from "./dom.js";
import { find, findObject } from "./find.js";
import { addLayers, Switches } from "./layers.js";
import { Measure } from "./measure.js";
import { closePopup, copyLink, openPopup, show, showAt, showObject } from "./popup.js";
import { layOut, printMap } from "./print.js";
import { closeProfile, showProfile } from "./profile.js";
import { addSearch } from "./search.js";
import { Swipe } from "./swipe.js";
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
  await addArchives([style.sources, style.before?.sources ?? {}]);
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
  let basemaps = null;
  map.on("error", ({ error, sourceId }) => complain(new Error(basemaps?.complaint(sourceId)
    ?? `A part of the map cannot be shown: ${error.message}`)));
  await new Promise((done) => { map.once("load", done); });
  let switches = null;
  let swipe = null;
  const recolour = () => repaint(map, style, () => { switches?.draw(); swipe?.redraw(); });
  addLayers(map, about, style);
  basemaps = new Basemaps(map, about, style, () => { swipe?.redraw(); return recolour(); });
  await addIcons(map, style);
  switches = new Switches(map, about.layers, style);
  await recolour();
  swipe = new Swipe(map, style, basemaps, switches, document.getElementById("compare"));
  onScreenChange(recolour);
  window.railmap = {
    map, about, switches, basemaps, json, shardOf, project, locate,
    find: (text) => find(about, text),
    popup: openPopup,
    layOut: () => layOut(map, about, switches, basemaps, recolour),
  };
  const measure = new Measure(map, about, document.getElementById("measure"));
  const take = (point, place) => {
    if (measure.on) measure.take(point, place);
    else showAt(map, about, point, place).catch(complain);
  };
  map.on("click", (event) => take(event.point, event.lngLat));
  map.on("mousemove", ({ point }) => {
    if (!measure.on) map.getCanvas().style.cursor = map.queryRenderedFeatures(point).length ? "pointer" : "";
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // what is in the middle
    const centre = map.getCenter();
    take(map.project(centre), centre);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (measure.on) measure.stop();
    else if (openPopup()) closePopup();
    else closeProfile();
  });
  addSearch(about, (result) => go(map, about, switches, result));
  document.getElementById("share").addEventListener("click", () => copyLink());
  document.getElementById("print").addEventListener("click", () => {
    closePopup();
    closeProfile();
    printMap(map, about, switches, basemaps, recolour).catch(complain);
  });
  await idle(map);
  const profile = readProfile();
  await openLinked(map, about, switches);
  if (profile) await showProfile(map, about, profile);
  document.body.dataset.ready = "yes";
}

/** A reason for a person: MapLibre tells a missing WebGL as JSON. */
const reason = (error) => (/webgl/i.test(error.message)
  ? new Error("This browser does not draw maps: WebGL is switched off, or the graphics driver does not support it.")
  : error);

if (window.maplibregl && window.pmtiles) start().catch((error) => complain(reason(error)));
