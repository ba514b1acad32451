/* Pictures of an object, which `publish` has put into the folder. */

import { address } from "./data.js";
import { element } from "./dom.js";

export const PICTURES = "railmap:pictures";
const NAME = /^[0-9a-f]{16}\.jpg$/;
const [WIDEST, HIGHEST] = [320, 200]; // pixels; the popup has its size before the picture is there

/** A figure of an object's pictures, each a link to its file; null if it has none. */
export function figure(values, title) {
  const found = JSON.parse(values[PICTURES] ?? "[]").filter(([name]) => NAME.test(name));
  if (!found.length) return null;
  const out = element("figure", undefined, { className: "pictures" });
  for (const [index, [name, width, height]] of found.entries()) {
    const scale = Math.min(1, WIDEST / width, HIGHEST / height);
    const count = found.length > 1 ? ` ${index + 1} of ${found.length}` : "";
    const link = element("a", undefined, {
      href: address(`photos/${name}`), target: "_blank", rel: "noopener",
    });
    link.append(element("img", undefined, {
      src: link.href, alt: `Picture${count}: ${title}`,
      width: Math.round(width * scale), height: Math.round(height * scale),
    }));
    out.append(link);
  }
  return out;
}
