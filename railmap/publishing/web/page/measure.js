/* Measure along the tracks: two places give the length of track between them and both kilometres. */

import { kilometreOf, project } from "./chainage.js";
import { complain, element } from "./dom.js";
import { linkOf, shortest, stretch } from "./network.js";
import { closePopup } from "./popup.js";
import { hasProfile, profileAlong } from "./profile.js";

const SOURCE = "measure";
const REACH = 14; // pixels
const COLOUR = "#d6006e";
const metres = (value) => `${value.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} m`;

const feature = (type, coordinates) => ({ type: "Feature", properties: {}, geometry: { type, coordinates } });

export class Measure {
  constructor(map, about, button) {
    Object.assign(this, { map, about, button, on: false, ends: [], turn: 0 });
    this.said = document.getElementById("measured");
    button.addEventListener("click", () => (this.on ? this.stop() : this.begin()));
  }

  begin() {
    closePopup();
    this.on = true;
    this.ends = [];
    this.button.setAttribute("aria-pressed", "true");
    document.body.dataset.measuring = "yes";
    if (!this.map.getSource(SOURCE)) this.addLayers();
    this.draw([]);
    this.say("Measure along the tracks: choose the first place. With the keyboard, move the map and "
      + "press Enter for its middle; Esc ends.");
    this.map.getCanvas().style.cursor = "crosshair";
    this.map.getCanvas().focus();
  }

  stop() {
    if (!this.on) return;
    this.on = false;
    this.turn += 1;
    this.button.setAttribute("aria-pressed", "false");
    delete document.body.dataset.measuring;
    this.draw([]);
    this.said.replaceChildren();
    this.map.getCanvas().style.cursor = "";
  }

  addLayers() {
    const map = this.map;
    map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "measure-line", type: "line", source: SOURCE,
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": COLOUR, "line-width": 5, "line-opacity": 0.75 },
    });
    map.addLayer({
      id: "measure-ends", type: "circle", source: SOURCE, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 6, "circle-color": COLOUR, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
  }

  draw(lines) {
    const ends = this.ends.map(({ place }) => feature("Point", place));
    this.map.getSource(SOURCE)?.setData({
      type: "FeatureCollection", features: [...lines.map((line) => feature("LineString", line)), ...ends],
    });
  }

  say(...lines) {
    const tools = element("p", undefined, { className: "tools" });
    this.said.replaceChildren(...lines.map((text) => element("p", text, { dir: "auto" })), tools);
    this.offer("End", () => this.stop());
  }

  /** Add a button to what is said. */
  offer(name, run) {
    const button = element("button", name, { type: "button" });
    button.addEventListener("click", run);
    this.said.querySelector(".tools").prepend(button);
  }

  /** The place on the track nearest to a point of the screen: {id, m, place, said}; else null. */
  async placeAt({ x, y }, lngLat) {
    const box = [[x - REACH, y - REACH], [x + REACH, y + REACH]];
    const ids = new Set(this.map.queryRenderedFeatures(box)
      .filter((one) => one.source === "railway_link").map((one) => one.properties.link_id));
    let best = null;
    for (const id of ids) {
      const link = await linkOf(id);
      if (!link) continue;
      const found = project(link.xym, lngLat.lng, lngLat.lat);
      if (!best || found.distance < best.distance) best = { id, m: found.m, distance: found.distance, link };
    }
    if (!best) return null;
    const [place] = stretch(best.link.xym, best.m, best.m);
    return { id: best.id, m: best.m, place, said: await kilometreOf(this.about, best.id, place) };
  }

  async add(point, lngLat) {
    const turn = ++this.turn;
    const end = await this.placeAt(point, lngLat);
    if (turn !== this.turn) return;
    if (!end) {
      const far = this.map.getZoom() < this.about.overview_zoom;
      if (far) this.map.easeTo({ center: lngLat, zoom: this.about.overview_zoom + 2 });
      this.say(far ? "Choose the place again: the map was too far away for it."
        : "There is no track here. Choose a place on a track.");
      return;
    }
    if (this.ends.length === 2) this.ends = [];
    this.ends.push(end);
    this.draw([]);
    if (this.ends.length === 1) {
      this.say(`From ${end.said}`, "Choose the second place.");
      return;
    }
    await this.tell(turn);
  }

  async tell(turn) {
    const [a, b] = this.ends;
    const found = await shortest(a, b);
    if (turn !== this.turn) return;
    const ends = `From ${a.said} to ${b.said}`;
    if (!found) {
      this.say("No train gets from one place to the other without reversing.", ends);
      return;
    }
    const lines = [];
    for (const { id, from, to } of found.parts) lines.push(stretch((await linkOf(id)).xym, from, to));
    if (turn !== this.turn) return;
    this.draw(lines);
    this.say(`${metres(found.length)} along the track`, ends);
    if (found.parts.some(({ id }) => hasProfile(this.about, id))) {
      this.offer("Profile", () => {
        profileAlong(this.map, this.about, found.parts, `${a.said} to ${b.said}`).catch(complain);
      });
    }
  }

  take(point, lngLat) { this.add(point, lngLat).catch(complain); }
}
