/* Elements from text; nothing of the map is ever read as HTML. */

export function element(tag, text, properties = {}) {
  const out = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) out.textContent = text;
  return out;
}

/** A swatch from the SVG of the style. */
export function drawing(svg) {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  parsed.setAttribute("aria-hidden", "true");
  return document.adoptNode(parsed);
}

export function answer(text, bad = false) {
  const output = document.getElementById("answer");
  output.textContent = text;
  output.className = bad ? "bad" : "";
}

export const complain = (error) => answer(error.message, true);
