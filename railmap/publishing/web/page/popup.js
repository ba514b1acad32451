/* Popups: beside the object, on a phone a sheet from below. */

import { writeObject } from "./address.js";
import { chainage } from "./chainage.js";
import { describe, idColumn } from "./describe.js";
import { answer, complain, element } from "./dom.js";
import { layerTitle } from "./layers.js";
import { figure, PICTURES } from "./pictures.js";
import { hasProfile, showProfile } from "./profile.js";

let open = null;
let focused = null;

export function closePopup() {
  open?.remove();
}

/** The popup that is open, or null. */
export const openPopup = () => open;

/** Show a popup at [lon, lat]; `object` becomes part of the address. */
export function show(map, place, content, object) {
  closePopup();
  const { title, said = [], rows = [], raw = [], pictures = null, actions = [] } = content;
  const box = element("article", undefined, { className: "place" });
  const heading = element("h2", title, { id: "place-title", dir: "auto" });
  box.append(heading);
  for (const text of said) box.append(element("p", text, { className: "chainage", dir: "auto" }));
  if (pictures) box.append(pictures);
  if (rows.length) {
    const list = element("dl");
    for (const [name, text] of rows) {
      const value = element("dd", text, { dir: "auto", className: name ? "" : "wide" });
      if (name) list.append(element("dt", name, { dir: "auto" }));
      else list.append(element("dt", "What", { className: "unseen" }));
      list.append(value);
    }
    box.append(list);
  }
  const tools = element("p", undefined, { className: "tools" });
  const share = element("button", "Copy link", { type: "button" });
  share.addEventListener("click", () => copyLink());
  tools.append(share);
  for (const [name, run] of actions) {
    const button = element("button", name, { type: "button" });
    button.addEventListener("click", run);
    tools.append(button);
  }
  box.append(tools);
  if (raw.length) box.append(details(raw));
  focused = document.activeElement;
  const popup = new maplibregl.Popup({ maxWidth: "min(360px, 100vw)", focusAfterOpen: false })
    .setLngLat(place).setDOMContent(box).addTo(map);
  const frame = popup.getElement();
  frame.setAttribute("role", "dialog");
  frame.setAttribute("aria-labelledby", "place-title");
  popup.on("close", () => {
    if (open !== popup) return;
    open = null;
    writeObject(null);
    if (!focused?.isConnected || focused === document.body) map.getCanvas().focus();
    else focused.focus();
  });
  open = popup;
  writeObject(object ?? { place: maplibregl.LngLat.convert(place).toArray() });
  clear(map, place, frame);
  return popup;
}

/** Move the map so that a sheet does not cover the object. */
function clear(map, place, frame) {
  if (getComputedStyle(frame).position !== "fixed") return;
  const point = map.project(place);
  const free = window.innerHeight - frame.offsetHeight;
  if (point.y > free - 40) map.panBy([0, point.y - free / 2], { duration: 0 });
}

function details(raw) {
  const out = element("details");
  const table = element("table");
  for (const [name, value, hint] of raw) {
    const row = element("tr");
    const head = element("th", name, { title: hint ?? "", scope: "row", dir: "auto" });
    row.append(head, element("td", value, { dir: "auto" }));
    table.append(row);
  }
  out.append(element("summary", "Details"), table);
  return out;
}

export async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    answer("The link is copied.");
  } catch { // without HTTPS browsers forbid it
    const field = element("input", undefined, { value: location.href, readOnly: true, className: "link" });
    field.setAttribute("aria-label", "Link to this view");
    answer("Copy this link: ");
    document.getElementById("answer").append(field);
    field.select();
  }
}

function shown(value, unit) {
  const text = typeof value === "number" && !Number.isInteger(value)
    ? String(Number(value.toFixed(4))) : String(value);
  return ["", "UUID", "UTC", "JSON", "0-1", undefined].includes(unit) ? text : `${text} ${unit}`;
}

/** Show what a feature of a layer's tiles is. */
async function showFeature(map, about, layer, feature, place) {
  const columns = about.columns[layer];
  const values = feature.properties;
  const raw = Object.keys(values).filter((name) => name !== PICTURES).sort((a, b) => rank(columns, a) - rank(columns, b))
    .map((name) => [name, shown(values[name], columns[name]?.[1]), columns[name]?.[0]]);
  const at = maplibregl.LngLat.convert(place);
  const said = [];
  const link = layer === "railway_link" || values.link_id ? values.link_id : null;
  if (link) {
    const where = await chainage(about, link, at);
    said.push(...where.lines);
    if (!said.length) said.push(where.link);
    else if (where.link) raw.unshift(["place", where.link, "where on the link"]);
  }
  const title = layerTitle(about.layers.find((one) => one.name === layer));
  const id = values[idColumn(layer)];
  const told = describe(layer, title, values);
  const actions = layer === "railway_link" && hasProfile(about, link)
    ? [["Profile", () => { closePopup(); showProfile(map, about, link, told.title).catch(complain); }]] : [];
  const pictures = figure(values, told.title);
  show(map, at, { ...told, said: said.filter(Boolean), raw, pictures, actions },
    id === undefined ? undefined : { layer, id: String(id) });
}

function rank(columns, name) {
  const at = Object.keys(columns).indexOf(name);
  return at < 0 ? Infinity : at;
}

const placeOf = (feature, fallback) => feature.geometry.type === "Point"
  ? feature.geometry.coordinates : fallback;

/** Show what is at a point of the screen. */
export async function showAt(map, about, point, place) {
  const { x, y } = point;
  const order = about.layers.map((layer) => layer.name);
  const rankOf = (feature) => order.indexOf(feature.layer.metadata?.["railmap:layer"]);
  const reach = matchMedia("(pointer: coarse)").matches ? 12 : 5;
  const feature = map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]])
    .filter((one) => rankOf(one) >= 0).sort((a, b) => rankOf(a) - rankOf(b))[0];
  if (!feature) return false;
  if (feature.source === "overview") {
    map.easeTo({ center: place, zoom: about.overview_zoom + 2 });
    return false;
  }
  await showFeature(map, about, feature.source, feature, placeOf(feature, place));
  return true;
}

/** Show an object by its id, if its tile is loaded. */
export async function showObject(map, about, object, fallback) {
  if (!about.columns[object.layer]) return false;
  const column = idColumn(object.layer);
  const [feature] = map.querySourceFeatures(object.layer, {
    sourceLayer: object.layer, filter: ["==", ["to-string", ["get", column]], object.id],
  });
  if (!feature) return false;
  const box = fallback ?? middle(feature.geometry);
  await showFeature(map, about, object.layer, feature, placeOf(feature, box));
  return true;
}

function middle(geometry) {
  let part = geometry.coordinates;
  while (Array.isArray(part[0]) && Array.isArray(part[0][0])) [part] = part;
  return Array.isArray(part[0]) ? part[Math.floor(part.length / 2)] : part;
}

