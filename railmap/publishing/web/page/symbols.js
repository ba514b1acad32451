/* Icons and texts of the map, in the colours of a light or a dark screen. */

import { element } from "./dom.js";

const RATIO = 2;
const darkScreen = matchMedia("(prefers-color-scheme: dark)");

/** Whether the symbols are drawn for a dark ground: not over a basemap, not on paper. */
export const isDark = () => darkScreen.matches && !document.body.dataset.printing
  && document.body.dataset.ground !== "photo";

/** The style, or a text of it, with dark colours if wanted. */
export function coloured(value, colours) {
  if (!isDark()) return value;
  const swap = (text) => text.replace(/#[0-9a-f]{6}\b/gi, (one) => colours[one.toLowerCase()] ?? one);
  return typeof value === "string" ? swap(value) : JSON.parse(swap(JSON.stringify(value)));
}

async function pixels(svg) {
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = element("canvas", undefined, {
    width: Math.ceil(picture.width) * RATIO, height: Math.ceil(picture.height) * RATIO,
  });
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

export function addIcons(map, style) {
  return Promise.all(Object.entries(style.icons).map(async ([name, svg]) => {
    const data = await pixels(coloured(svg, style.dark));
    if (map.hasImage(name)) map.updateImage(name, data);
    else map.addImage(name, data, { pixelRatio: RATIO });
  }));
}

function isLight(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return 0.3 * r + 0.59 * g + 0.11 * b > 140;
}

/** Draw a text that the style asks for as an image, so that no font files are needed. */
export function addText(map, id) {
  const parts = /^text:(#\w+):(.*)$/s.exec(id);
  if (!parts || map.hasImage(id)) return;
  const font = `${12 * RATIO}px system-ui, sans-serif`;
  const canvas = document.createElement("canvas");
  let pen = canvas.getContext("2d");
  pen.font = font;
  canvas.width = Math.ceil(pen.measureText(parts[2]).width) + 8 * RATIO;
  canvas.height = 18 * RATIO;
  pen = canvas.getContext("2d");
  Object.assign(pen, { font, textBaseline: "middle", lineJoin: "round", lineWidth: 4 * RATIO });
  pen.strokeStyle = isLight(parts[1]) ? "#101114" : "#ffffff";
  pen.strokeText(parts[2], 4 * RATIO, canvas.height / 2);
  pen.fillStyle = parts[1];
  pen.fillText(parts[2], 4 * RATIO, canvas.height / 2);
  map.addImage(id, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: RATIO });
}

const ground = () => (isDark() ? "#17191d" : "#f4f3ef");

/** The layers of the style as they are to be added. */
export const colouredLayers = (style) => coloured(style.layers, style.dark);

export const background = () => ({
  id: "background", type: "background", paint: { "background-color": ground() },
});

/** Colour again what is on the map; `after` draws the legend. */
export async function repaint(map, style, after) {
  if (document.body.dataset.drawn === (isDark() ? "dark" : "light")) return;
  document.body.dataset.drawn = isDark() ? "dark" : "light";
  map.setPaintProperty("background", "background-color", ground());
  for (const layer of colouredLayers(style)) {
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      map.setPaintProperty(layer.id, name, value);
    }
    const image = layer.layout?.["icon-image"];
    if (image) map.setLayoutProperty(layer.id, "icon-image", image);
  }
  after();
  await addIcons(map, style);
}

export function onScreenChange(run) {
  darkScreen.addEventListener("change", run);
}
