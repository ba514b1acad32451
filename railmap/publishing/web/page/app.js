"use strict";

const NAMES = {
  railway_link: "Tracks", railway_node: "Switches and nodes", railway_line: "Lines",
  milestone: "Kilometre posts", alignment_segment: "Alignment", track_area: "Track surface",
  defect: "Defects", defect_area: "Defect outlines", scene_event: "Scenes",
  qa_issue: "To be looked at", source_image: "Images", ortho: "Orthophoto",
};
const FOUND_ZOOM = 19;
const LINKS = ["http:", "https:", "mailto:"];

const layerTitle = (layer) => layer.title ?? NAMES[layer.name] ?? layer.name;

const base = new URL(".", location.href);
const address = (file) => new URL(file, base).href;
const loaded = new Map();

function json(file) {
  if (!loaded.has(file)) {
    loaded.set(file, fetch(address(file)).then((answer) => {
      if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
      return answer.json();
    }));
  }
  return loaded.get(file);
}

function element(tag, text, properties = {}) {
  const out = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) out.textContent = text;
  return out;
}

/* Tiles: by ranges where the server knows them, else each file as a whole. */

class WholeFile {
  constructor(url, bytes) { Object.assign(this, { url, bytes }); }
  getKey() { return this.url; }
  async getBytes(offset, length) {
    this.bytes ??= fetch(this.url).then((answer) => answer.arrayBuffer());
    return { data: (await this.bytes).slice(offset, offset + length) };
  }
}

async function clearPicture() {
  const canvas = element("canvas", undefined, { width: 1, height: 1 });
  const blob = await new Promise((done) => { canvas.toBlob(done); });
  return blob.arrayBuffer();
}

async function addArchives(sources) {
  const protocol = new pmtiles.Protocol();
  const clear = await clearPicture();
  maplibregl.addProtocol("pmtiles", async (request, abort) => {
    const tile = await protocol.tile(request, abort);
    // MapLibre waits for ever for a picture that isn't there.
    return request.type === "image" && !tile.data?.byteLength ? { data: clear.slice(0) } : tile;
  });
  const urls = Object.values(sources).map((source) => address(source.file));
  if (!urls.length) return;
  const probe = await fetch(urls[0], { headers: { Range: "bytes=0-0" } });
  const bytes = await probe.arrayBuffer();
  for (const [index, url] of urls.entries()) {
    const whole = () => new WholeFile(url, index ? undefined : bytes);
    protocol.add(new pmtiles.PMTiles(probe.status === 206 ? url : whole()));
  }
}

/* Symbols */

async function addIcon(map, name, svg) {
  const ratio = 2;
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await picture.decode();
  const [width, height] = [Math.ceil(picture.width), Math.ceil(picture.height)];
  const canvas = element("canvas", undefined, { width: width * ratio, height: height * ratio });
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  map.addImage(name, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: ratio });
}

function addText(map, id) {
  const parts = /^text:(#\w+):(.*)$/.exec(id);
  if (!parts || map.hasImage(id)) return;
  const ratio = 2;
  const font = `${12 * ratio}px system-ui, sans-serif`;
  const canvas = document.createElement("canvas");
  let pen = canvas.getContext("2d");
  pen.font = font;
  canvas.width = Math.ceil(pen.measureText(parts[2]).width) + 8 * ratio;
  canvas.height = 18 * ratio;
  pen = canvas.getContext("2d");
  Object.assign(pen, { font, textBaseline: "middle", lineJoin: "round", lineWidth: 4 * ratio });
  pen.strokeStyle = "#ffffff";
  pen.strokeText(parts[2], 4 * ratio, canvas.height / 2);
  pen.fillStyle = parts[1];
  pen.fillText(parts[2], 4 * ratio, canvas.height / 2);
  map.addImage(id, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: ratio });
}

/* Chainage */

function shardOf(id) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return (value & 0xff).toString(16).padStart(2, "0");
}

/** Metres a degree of longitude and of latitude has there (WGS 84). */
function degree(lat) {
  const phi = lat * Math.PI / 180;
  const curve = 1 - 0.00669437999014 * Math.sin(phi) ** 2;
  const metres = Math.PI / 180 * 6378137 / Math.sqrt(curve);
  return [metres * Math.cos(phi), metres * (1 - 0.00669437999014) / curve];
}

/** M and offset (metres, + right) of a place on [[lon, lat, m], ...]. */
function project(xym, lon, lat) {
  const [kx, ky] = degree(lat);
  let best = { distance: Infinity, m: NaN, offset: NaN };
  for (let i = 1; i < xym.length; i++) {
    const [ax, ay] = [(xym[i - 1][0] - lon) * kx, (xym[i - 1][1] - lat) * ky];
    const [dx, dy] = [(xym[i][0] - xym[i - 1][0]) * kx, (xym[i][1] - xym[i - 1][1]) * ky];
    const t = Math.min(1, Math.max(0, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(ax + t * dx, ay + t * dy);
    if (distance < best.distance) {
      const right = Math.sign(dx * ay - dy * ax) || 1;
      const m = xym[i - 1][2] + t * (xym[i][2] - xym[i - 1][2]);
      best = { distance, m, offset: right * distance };
    }
  }
  return best;
}

/**
 * Place [lon, lat] on [[lon, lat, m], ...]: `plus` metres of track on from M, `offset` metres aside
 * (+ right); null beyond it. As `railmap locate` does, M + plus where the line has no such M.
 */
function locate(xym, m, plus, offset) {
  let ahead = null;
  for (let i = 1; i < xym.length; i++) {
    const [a, b] = [xym[i - 1], xym[i]];
    const [kx, ky] = degree(a[1]);
    const [dx, dy] = [(b[0] - a[0]) * kx, (b[1] - a[1]) * ky];
    const length = Math.hypot(dx, dy);
    if (!length) continue; // chainage jumps here
    if (ahead === null) {
      if ((a[2] - m) * (b[2] - m) > 0) continue;
      ahead = plus + length * (m - a[2]) / (b[2] - a[2]);
    }
    if (ahead <= length + 1e-6) {
      const t = ahead / length;
      const [lon, lat] = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
      return [lon + offset * dy / length / kx, lat - offset * dx / length / ky];
    }
    ahead -= length;
  }
  return ahead === null && plus ? locate(xym, m + plus, 0, offset) : null;
}

const lineLabel = (line) => line.ref ?? line.name ?? "line";
const kilometres = (m) => `km ${(m / 1000).toFixed(3)}`;
const aside = (offset) => Math.abs(offset) < 0.005 ? ""
  : `, ${Math.abs(offset).toFixed(2)} m ${offset > 0 ? "right" : "left"}`;

async function chainage(about, linkId, place) {
  const said = [];
  const link = (await json(`links/${shardOf(linkId)}.json`))[linkId];
  if (!link) return said;
  for (const number of link.lines ?? []) {
    const at = project(await json(`lines/${number}.json`), place.lng, place.lat);
    const m = lineLabel(about.lines[number]);
    said.push(`${m} ${kilometres(at.m)}${aside(at.offset)}`);
  }
  const at = project(link.xym, place.lng, place.lat);
  said.push(`${at.m.toFixed(2)} m along the link${aside(at.offset)}`);
  return said;
}

/* Popups */

function show(map, place, title, said, rows) {
  const box = element("div", undefined, { className: "place" });
  box.append(element("h2", title));
  for (const text of said) box.append(element("p", text, { className: "chainage" }));
  const table = element("table");
  for (const [name, value, hint] of rows) {
    const row = element("tr");
    row.append(element("th", name, { title: hint }), element("td", value));
    table.append(row);
  }
  if (rows.length) box.append(table);
  window.railmap.popup?.remove();
  window.railmap.popup = new maplibregl.Popup({ maxWidth: "360px" })
    .setLngLat(place).setDOMContent(box).addTo(map);
}

function shown(value, unit) {
  const text = typeof value === "number" && !Number.isInteger(value)
    ? String(Number(value.toFixed(4))) : String(value);
  return ["", "UUID", "UTC", "JSON", "0-1"].includes(unit) ? text : `${text} ${unit}`;
}

async function onClick(map, about, event) {
  const { x, y } = event.point;
  const found = map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]]);
  const order = about.layers.map((layer) => layer.name);
  const feature = found
    .filter((one) => order.includes(one.layer.metadata?.["railmap:layer"]))
    .sort((a, b) => order.indexOf(a.layer.metadata["railmap:layer"])
      - order.indexOf(b.layer.metadata["railmap:layer"]))[0];
  if (!feature) return;
  if (feature.source === "overview") {
    map.easeTo({ center: event.lngLat, zoom: about.overview_zoom + 2 });
    return;
  }
  const columns = about.columns[feature.source];
  const values = feature.properties;
  const rows = Object.keys(columns).filter((name) => name in values).map((name) => {
    const [hint, unit] = columns[name];
    return [name, shown(values[name], unit), hint];
  });
  const place = feature.geometry.type === "Point" && feature.source !== "railway_link"
    ? maplibregl.LngLat.convert(feature.geometry.coordinates) : event.lngLat;
  const said = [];
  if (values.link_id) said.push(...await chainage(about, values.link_id, place));
  const kind = values.railway ?? values.class ?? values.scene_class ?? values.type ?? "";
  const name = layerTitle(about.layers[order.indexOf(feature.source)]);
  show(map, place, kind ? `${name}: ${kind}` : name, said, rows);
}

/* Search: "6185 km 12.4 +3.2 left 1.5", "6185 12.4", "12.4" or "48.123, 11.456" */

function parseQuery(text) {
  const number = "[0-9]+(?:[.,][0-9]+)?";
  const place = /^\s*(-?\d+\.\d+)\s*[,;]\s*(-?\d+\.\d+)\s*$/.exec(text);
  if (place) return { place: [Number(place[2]), Number(place[1])] };
  const along = `(?:\\s*\\+\\s*(${number}))?(?:\\s*m)?`;
  const beside = `(?:\\s*,?\\s*(right|left)\\s*(${number})(?:\\s*m)?)?`;
  const parts = new RegExp(`^(.*?)(?:\\bkm)?\\s*(${number})${along}${beside}$`, "i")
    .exec(text.trim());
  if (!parts) return null;
  const value = (digits) => Number((digits ?? "0").replace(",", "."));
  return {
    ref: parts[1].trim().toLowerCase(),
    m: value(parts[2]) * 1000,
    plus: value(parts[3]),
    offset: parts[4]?.toLowerCase() === "left" ? -value(parts[5]) : value(parts[5]),
  };
}

async function search(map, about, text) {
  const wanted = parseQuery(text);
  if (!wanted) throw new Error("write a line and a kilometre, such as 6185 km 12.4");
  if (wanted.place) {
    map.jumpTo({ center: wanted.place, zoom: FOUND_ZOOM });
    show(map, wanted.place, text.trim(), [], []);
    return text.trim();
  }
  const lines = about.lines.map((line, number) => ({ ...line, number })).filter((line) =>
    !wanted.ref || [line.ref, line.name].some((name) => name?.toLowerCase() === wanted.ref));
  if (!lines.length) {
    throw new Error(wanted.ref ? `no line ${wanted.ref} here` : "this map has no lines");
  }
  for (const line of lines) {
    const place = locate(await json(`lines/${line.number}.json`), wanted.m, wanted.plus, wanted.offset);
    if (!place) continue;
    const plus = wanted.plus ? ` +${wanted.plus} m` : "";
    const title = `${lineLabel(line)} ${kilometres(wanted.m)}${plus}${aside(wanted.offset)}`;
    map.jumpTo({ center: place, zoom: FOUND_ZOOM });
    const at = `${place[1].toFixed(8)}, ${place[0].toFixed(8)}`;
    show(map, place, title, [at], line.name ? [["name", line.name, "name of the line"]] : []);
    return title;
  }
  const spans = lines.map((line) =>
    `${lineLabel(line)} has ${kilometres(line.m_min)} to ${kilometres(line.m_max)}`);
  throw new Error(`${kilometres(wanted.m)} isn't here: ${spans.join("; ")}`);
}

/* Layers on and off; what differs from the start is kept in the address: #map=…&layers=-defect */

function readSwitches() {
  const part = location.hash.slice(1).split("&").find((one) => one.startsWith("layers="));
  return new Map((part?.slice(7).split(",") ?? []).filter(Boolean)
    .map((one) => [one.slice(1), one[0] === "+"]));
}

function writeSwitches(entries) {
  const changed = entries.filter((one) => one.box.checked !== one.on)
    .map((one) => (one.box.checked ? "+" : "-") + one.name);
  const parts = location.hash.slice(1).split("&").filter((one) => one && !one.startsWith("layers="));
  if (changed.length) parts.push(`layers=${changed.join(",")}`);
  history.replaceState(history.state, "", `#${parts.join("&")}`);
}

function addSwitches(map, layers) {
  const kept = readSwitches();
  const entries = layers.map((layer) => ({ ...layer, box: element("input") }));
  const panel = document.getElementById("layers");
  const apply = (entry) => {
    for (const { id, metadata } of map.getStyle().layers) {
      if (metadata?.["railmap:layer"] !== entry.name) continue;
      map.setLayoutProperty(id, "visibility", entry.box.checked ? "visible" : "none");
    }
  };
  for (const entry of entries) {
    Object.assign(entry.box, {
      type: "checkbox", name: entry.name, checked: kept.get(entry.name) ?? entry.on,
    });
    entry.box.addEventListener("change", () => { apply(entry); writeSwitches(entries); });
    const label = element("label");
    label.append(entry.box, layerTitle(entry));
    const list = element("ul");
    for (const { label: text, svg } of entry.legend) {
      const item = element("li");
      const swatch = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
      item.append(document.adoptNode(swatch), text);
      list.append(item);
    }
    const group = element("div", undefined, { className: "layer" });
    group.append(label, list);
    panel.append(group);
    apply(entry);
  }
}

function addLayers(map, about, style) {
  for (const [name, source] of Object.entries(style.sources)) {
    const { file, ...rest } = source;
    map.addSource(name, { ...rest, tiles: [`pmtiles://${address(file)}/{z}/{x}/{y}`] });
  }
  const layers = [...about.layers];
  if (style.sources.ortho) {
    const metadata = { "railmap:layer": "ortho" };
    map.addLayer({ id: "ortho", type: "raster", source: "ortho", metadata });
    layers.push({ name: "ortho", legend: [], on: true });
  }
  for (const layer of style.layers) map.addLayer(layer);
  return layers;
}

function credits(attribution) {
  return attribution.map(({ text, url }) => {
    if (!url || !LINKS.includes(new URL(url, base).protocol)) return element("span", text).outerHTML;
    return element("a", text, { href: url, rel: "noopener noreferrer" }).outerHTML;
  });
}

/** Room around the map's bounds: the panel lies over the left of a wide window. */
function besidePanel() {
  const panel = document.getElementById("panel");
  if (window.innerWidth < 700) panel.open = false;
  return { top: 60, right: 60, bottom: 60, left: panel.open ? 350 : 60 };
}

async function start() {
  const [about, style] = await Promise.all([json("map.json"), json("style.json")]);
  await addArchives(style.sources);
  const map = new maplibregl.Map({
    container: "map",
    style: { version: 8, sources: {}, layers: [
      { id: "background", type: "background", paint: { "background-color": "#f4f3ef" } },
    ] },
    bounds: about.bounds,
    fitBoundsOptions: { padding: besidePanel(), maxZoom: 18 },
    hash: "map",
    maxZoom: 24,
    attributionControl: { compact: false, customAttribution: ["railmap", ...credits(about.attribution)] },
  });
  window.railmap = { map, about };
  map.addControl(new maplibregl.NavigationControl({ visualizePitch: true }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 140 }), "bottom-left");
  map.on("styleimagemissing", ({ id }) => addText(map, id));
  await new Promise((done) => { map.once("load", done); });
  await Promise.all(Object.entries(style.icons).map(([name, svg]) => addIcon(map, name, svg)));
  addSwitches(map, addLayers(map, about, style));
  map.on("click", (event) => onClick(map, about, event).catch(complain));
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = map.queryRenderedFeatures(point).length ? "pointer" : "";
  });
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = document.getElementById("query").value;
    search(map, about, text).then((said) => answer(said), complain);
  });
  map.once("idle", () => { document.body.dataset.ready = "yes"; });
}

function answer(text, bad = false) {
  const output = document.getElementById("answer");
  output.textContent = text;
  output.className = bad ? "bad" : "";
}

function complain(error) {
  answer(error.message, true);
}

start().catch((error) => {
  complain(new Error(location.protocol === "file:"
    ? "open this page through a web server; browsers don't load maps from files"
    : error.message));
});
