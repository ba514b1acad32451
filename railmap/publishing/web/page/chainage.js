/* Chainage and offset of places on lines and links, on the WGS 84 ellipsoid. */

import { json, shardOf } from "./data.js";

/** Metres a degree of longitude and of latitude has there. */
export function degree(lat) {
  const phi = lat * Math.PI / 180;
  const curve = 1 - 0.00669437999014 * Math.sin(phi) ** 2;
  const metres = Math.PI / 180 * 6378137 / Math.sqrt(curve);
  return [metres * Math.cos(phi), metres * (1 - 0.00669437999014) / curve];
}

/** M and offset (metres, + right) of a place on [[lon, lat, m], ...]. */
export function project(xym, lon, lat) {
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
export function locate(xym, m, plus, offset) {
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

export const lineLabel = (line) => line.ref ?? line.name ?? "line";
export const kilometres = (m) => `km ${(m / 1000).toFixed(3)}`;
export const aside = (offset) => Math.abs(offset) < 0.005 ? ""
  : `, ${Math.abs(offset).toFixed(2)} m ${offset > 0 ? "right" : "left"}`;

/** Where a place on a link is: on its lines, else along the link. */
export async function chainage(about, linkId, place) {
  const link = (await json(`links/${shardOf(linkId)}.json`))[linkId];
  if (!link) return { lines: [], link: "" };
  const lines = [];
  for (const number of link.lines ?? []) {
    const at = project(await json(`lines/${number}.json`), place.lng, place.lat);
    lines.push(`${lineLabel(about.lines[number])} ${kilometres(at.m)}${aside(at.offset)}`);
  }
  const at = project(link.xym, place.lng, place.lat);
  return { lines, link: `${at.m.toFixed(2)} m along the link${aside(at.offset)}` };
}

/** The kilometre of a place [lon, lat] on a link: on its lines, else metres along the link. */
export async function kilometreOf(about, linkId, [lng, lat]) {
  const { lines, link } = await chainage(about, linkId, { lng, lat });
  const plain = (text) => text.replace(/, [\d.]+ m (right|left)$/, "");
  return lines.length ? lines.map(plain).join(" = ") : plain(link);
}
