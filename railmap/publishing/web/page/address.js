/* The address is always a link to what is shown: #map=…&layers=-defect&object=railway_node/ID */

function part(name) {
  const found = location.hash.slice(1).split("&").find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function write(name, value) {
  const parts = location.hash.slice(1).split("&")
    .filter((one) => one && !one.startsWith(`${name}=`));
  if (value) parts.push(`${name}=${value}`);
  history.replaceState(history.state, "", `#${parts.join("&")}`);
}

export const hasView = () => Boolean(part("map"));

/** Layers that differ from the start: name to whether it is on. */
export function readSwitches() {
  return new Map((part("layers")?.split(",") ?? []).filter(Boolean)
    .map((one) => [one.slice(1), one[0] === "+"]));
}

export function writeSwitches(entries) {
  write("layers", entries.filter((one) => one.box.checked !== one.on)
    .map((one) => (one.box.checked ? "+" : "-") + one.name).join(","));
}

/** The object whose popup is open: {layer, id} or {place: [lon, lat]}. */
export function readObject() {
  const text = part("object");
  if (!text) return null;
  const at = /^@(-?[\d.]+),(-?[\d.]+)$/.exec(text);
  if (at) return { place: [Number(at[2]), Number(at[1])] };
  const [layer, ...rest] = text.split("/");
  try {
    return { layer, id: decodeURIComponent(rest.join("/")) };
  } catch {
    return null;
  }
}

export function writeObject(object) {
  if (!object) write("object", "");
  else if (object.id) write("object", `${object.layer}/${encodeURIComponent(object.id)}`);
  else write("object", `@${object.place[1].toFixed(7)},${object.place[0].toFixed(7)}`);
}

function text(name) {
  try {
    return decodeURIComponent(part(name) ?? "");
  } catch {
    return "";
  }
}

/** What lies under the map: "none", "ortho" or "tiles/NAME". */
export const readBase = () => text("base");

export const writeBase = (key) => write("base", key.split("/").map(encodeURIComponent).join("/"));

/** The link whose profile is open. */
export const readProfile = () => text("profile");

export const writeProfile = (id) => write("profile", encodeURIComponent(id));

/** Per cent of the map that shows the earlier survey; null if it is off. */
export function readSwipe() {
  const percent = Number(part("before") ?? NaN);
  return percent >= 0 && percent <= 100 ? percent : null;
}

export const writeSwipe = (percent) => write("before", percent);
