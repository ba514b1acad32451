/* What lies under the map: nothing, the orthophoto, or the tiles of another server. */

import { readBase, readSwitches, writeBase } from "./address.js";
import { element } from "./dom.js";

const ID = "basemap";
const [TILE, LAST_ZOOM] = [256, 19]; // of other servers; closer, their last tiles are enlarged

export class Basemaps {
  /** `onChange` draws the symbols for the new ground. */
  constructor(map, about, style, onChange) {
    Object.assign(this, { map, onChange });
    this.choices = [{ key: "none", title: "None" }];
    if (style.sources.ortho) this.choices.push({ key: "ortho", title: "Orthophoto" });
    for (const { name, url, attribution } of about.basemaps) {
      this.choices.push({ key: `tiles/${name}`, title: name, url, attribution });
    }
    this.above = map.getStyle().layers.find((layer) => layer.id !== "background")?.id;
    const first = this.choices.find((one) => one.key === "ortho") ?? this.choices[0];
    this.first = first.key;
    // Links of pages without other basemaps switched the orthophoto off as a layer.
    const kept = readSwitches().get("ortho") === false ? "none" : readBase();
    this.chosen = this.choices.find((one) => one.key === kept) ?? first;
    if (this.choices.length > 1) this.addControl();
    this.apply();
  }

  addControl() {
    const group = element("fieldset", undefined, { className: "basemaps" });
    group.append(element("legend", "Basemap"));
    for (const choice of this.choices) {
      const radio = element("input", undefined, {
        type: "radio", name: "basemap", value: choice.key, checked: choice === this.chosen,
      });
      radio.addEventListener("change", () => this.choose(choice));
      const label = element("label");
      label.append(radio, element("span", choice.title, { dir: "auto" }));
      group.append(label);
    }
    document.getElementById("layers").before(group);
  }

  choose(choice) {
    this.chosen = choice;
    this.apply();
    writeBase(choice.key === this.first ? "" : choice.key);
    this.onChange();
  }

  /** Only the chosen basemap is a source of the map, so that nothing else is loaded. */
  apply() {
    const { map, chosen } = this;
    if (map.getLayer(ID)) map.removeLayer(ID);
    if (map.getSource(ID)) map.removeSource(ID);
    document.body.dataset.ground = chosen.key === "none" ? "plain" : "photo";
    if (map.getLayer("ortho")) {
      map.setLayoutProperty("ortho", "visibility", chosen.key === "ortho" ? "visible" : "none");
    }
    if (!chosen.url) return;
    map.addSource(ID, { ...this.source, attribution: element("span", chosen.attribution).outerHTML });
    map.addLayer({ id: ID, type: "raster", source: ID }, this.above);
  }

  /** The source of the chosen basemap; null for none. */
  get source() {
    const { key, url } = this.chosen;
    if (key === "ortho") return this.map.getSource("ortho").serialize();
    return url ? { type: "raster", tiles: [url], tileSize: TILE, maxzoom: LAST_ZOOM } : null;
  }

  /** Whose basemap is shown, as plain text. */
  get attribution() { return this.chosen.attribution ?? ""; }

  /** What went wrong in words, if it is the basemap. */
  complaint(sourceId) {
    return sourceId === ID ? `The basemap “${this.chosen.title}” cannot be loaded.` : null;
  }
}
