/* Layers of the map, their switches and their legend. */

import { readSwitches, writeSwitches } from "./address.js";
import { address } from "./data.js";
import { drawing, element } from "./dom.js";
import { coloured, colouredLayers } from "./symbols.js";

const NAMES = {
  railway_link: "Tracks", railway_node: "Switches and nodes", railway_line: "Lines",
  milestone: "Kilometre posts", alignment_segment: "Alignment", track_area: "Track surface",
  defect: "Defects", defect_area: "Defect outlines", scene_event: "Scenes",
  qa_issue: "To be looked at", source_image: "Images",
  link_change: "Changes of tracks", node_change: "Changes of switches",
};

export const layerTitle = (layer) => layer.title ?? NAMES[layer.name] ?? layer.name;

export function addLayers(map, about, style) {
  for (const [name, source] of Object.entries(style.sources)) {
    const { file, ...rest } = source;
    map.addSource(name, { ...rest, tiles: [`pmtiles://${address(file)}/{z}/{x}/{y}`] });
  }
  if (style.sources.ortho) map.addLayer({ id: "ortho", type: "raster", source: "ortho" });
  for (const layer of colouredLayers(style)) map.addLayer(layer);
}

/** The panel: a switch for each layer over its legend. */
export class Switches {
  constructor(map, layers, style) {
    Object.assign(this, { maps: new Set([map]), map, style });
    const kept = readSwitches();
    this.entries = layers.map((layer) => ({ ...layer, box: element("input") }));
    for (const entry of this.entries) {
      Object.assign(entry.box, {
        type: "checkbox", name: entry.name, checked: kept.get(entry.name) ?? entry.on,
      });
      entry.box.addEventListener("change", () => { this.apply(entry); writeSwitches(this.entries); });
      const label = element("label");
      const title = element("span", layerTitle(entry), { dir: "auto" });
      label.append(entry.box, title);
      entry.list = element("ul");
      const group = element("div", undefined, { className: "layer" });
      group.append(label);
      if (entry.legend.length) group.append(entry.list);
      document.getElementById("layers").append(group);
      this.apply(entry);
    }
    this.draw();
  }

  apply(entry) {
    for (const map of this.maps) {
      for (const { id, metadata } of map.getStyle().layers) {
        if (metadata?.["railmap:layer"] !== entry.name) continue;
        map.setLayoutProperty(id, "visibility", entry.box.checked ? "visible" : "none");
      }
    }
  }

  /** Switch the layers of another map too. */
  take(map) {
    this.maps.add(map);
    for (const entry of this.entries) this.apply(entry);
  }

  release(map) { this.maps.delete(map); }

  /** Draw the legend in the colours of the map. */
  draw() {
    for (const { list, legend } of this.entries) {
      list.replaceChildren(...legend.map(({ label, svg }) => legendItem(label, coloured(svg, this.style.dark))));
    }
  }

  /** Switch a layer on, so that an object that was searched for is seen. */
  show(name) {
    const entry = this.entries.find((one) => one.name === name);
    if (!entry || entry.box.checked) return;
    entry.box.checked = true;
    this.apply(entry);
    writeSwitches(this.entries);
  }

  /** Titles and legend entries of what is in view: [{title, items: [{label, svg}]}]. */
  inView() {
    const seen = new Map();
    for (const { layer } of this.map.queryRenderedFeatures()) {
      const rule = /-(\d+)-\d+(-\w+)?$/.exec(layer.id);
      const name = layer.metadata?.["railmap:layer"];
      if (!rule || !name) continue;
      if (!seen.has(name)) seen.set(name, new Set());
      seen.get(name).add(Number(rule[1]));
    }
    return this.entries.filter((entry) => seen.has(entry.name)).map((entry) => ({
      title: layerTitle(entry),
      items: entry.legend.filter((item) => item.rules.some((rule) => seen.get(entry.name).has(rule))),
    }));
  }
}

export function legendItem(label, svg) {
  const item = element("li");
  const swatch = element("span", undefined, { className: "swatch" });
  swatch.append(drawing(svg));
  item.append(swatch, label);
  return item;
}
