/* Before and after: a second map of the earlier survey, cut off at a slider. */

import { readSwipe, writeSwipe } from "./address.js";
import { address } from "./data.js";
import { addIcons, addText, background, colouredLayers } from "./symbols.js";

const THUMB = 44; // pixels, as in tools.css
const START = 50; // per cent

export class Swipe {
  constructor(map, style, basemaps, switches, button) {
    Object.assign(this, { map, basemaps, switches, button });
    this.style = { ...style.before, dark: style.dark };
    this.box = document.getElementById("before");
    this.slider = document.getElementById("swipe");
    this.earlier = null;
    button.hidden = !style.before;
    if (!style.before) return;
    button.addEventListener("click", () => (this.earlier ? this.stop() : this.begin(START)));
    this.slider.addEventListener("input", () => this.place());
    this.slider.addEventListener("change", () => writeSwipe(this.slider.value));
    window.addEventListener("resize", () => this.place());
    map.on("move", () => this.follow());
    const kept = readSwipe();
    if (kept !== null) this.begin(kept);
  }

  begin(percent) {
    this.slider.value = percent;
    document.body.dataset.swipe = "yes";
    this.button.setAttribute("aria-pressed", "true");
    this.draw();
    this.place();
    writeSwipe(this.slider.value);
    this.slider.focus();
  }

  stop() {
    this.remove();
    delete document.body.dataset.swipe;
    this.button.setAttribute("aria-pressed", "false");
    writeSwipe("");
  }

  remove() {
    if (!this.earlier) return;
    this.switches.release(this.earlier);
    this.earlier.remove();
    this.earlier = null;
  }

  get view() {
    const { map } = this;
    return { center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
  }

  follow() { this.earlier?.jumpTo(this.view); }

  /** Draw the earlier survey: over its own orthophoto, else over the basemap of the map. */
  draw() {
    this.remove();
    const { sources, icons } = this.style;
    const tiles = Object.entries(sources).map(([name, { file, ...rest }]) => (
      [name, { ...rest, tiles: [`pmtiles://${address(file)}/{z}/{x}/{y}`] }]));
    const ground = tiles.find(([name]) => name === "ortho")?.[1] ?? this.basemaps.source;
    const earlier = new maplibregl.Map({
      container: this.box, ...this.view, interactive: false, attributionControl: false, fadeDuration: 0, maxZoom: 24,
      style: {
        version: 8, sources: { ...Object.fromEntries(tiles), ...(ground ? { ortho: ground } : {}) },
        layers: [background(), ...(ground ? [{ id: "ortho", type: "raster", source: "ortho" }] : [])],
      },
    });
    this.earlier = earlier;
    earlier.on("styleimagemissing", ({ id }) => addText(earlier, id));
    earlier.once("load", async () => {
      await addIcons(earlier, { icons, dark: this.style.dark });
      if (this.earlier !== earlier) return;
      for (const layer of colouredLayers(this.style)) earlier.addLayer(layer);
      this.switches.take(earlier);
      earlier.once("idle", () => { document.body.dataset.swipe = "drawn"; });
    });
  }

  /** Draw again in other colours or over another basemap. */
  redraw() { if (this.earlier) this.draw(); }

  /** Cut the earlier map off where the thumb of the slider is. */
  place() {
    const width = this.slider.clientWidth;
    const x = THUMB / 2 + (width - THUMB) * this.slider.value / 100;
    this.box.style.clipPath = `inset(0 ${width - x}px 0 0)`;
    this.slider.parentElement.style.setProperty("--at", `${x}px`);
  }
}
