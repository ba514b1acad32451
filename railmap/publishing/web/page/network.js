/* The shortest way along the tracks from a place to another, without reversing. */

import { json, shardOf } from "./data.js";

const [MOST_LINKS, MOST_M] = [4000, 200000];

export const linkOf = async (id) => (await json(`links/${shardOf(id)}.json`))[id];

const first = (link) => link.xym[0][2];
const last = (link) => link.xym[link.xym.length - 1][2];

function nearest(queue) {
  let best = 0;
  for (let i = 1; i < queue.length; i++) if (queue[i].cost < queue[best].cost) best = i;
  return queue.splice(best, 1)[0];
}

/**
 * Parts of links [{id, from, to}] in M from one place {id, m} to another, and their `length` in
 * metres; null if no train gets there on the nearest few thousand links.
 */
export async function shortest(a, b) {
  if (a.id === b.id) {
    return { length: Math.abs(b.m - a.m), parts: [{ id: a.id, from: a.m, to: b.m }] };
  }
  const start = await linkOf(a.id);
  const queue = [];
  const leave = (link, from, end, cost, before) => {
    const at = end ? last(link) : first(link);
    const parts = { id: from.id, from: from.m, to: at, before };
    for (const [id, entered] of link.next?.[end] ?? []) {
      queue.push({ id, end: entered, cost: cost + Math.abs(at - from.m), parts });
    }
  };
  leave(start, a, 0, 0, null);
  leave(start, a, 1, 0, null);
  const done = new Set();
  while (queue.length && done.size < MOST_LINKS) {
    const { id, end, cost, parts } = nearest(queue);
    if (end === null) return { length: cost, parts: listed(parts) };
    if (cost > MOST_M) return null;
    if (done.has(`${id} ${end}`)) continue;
    done.add(`${id} ${end}`);
    const link = await linkOf(id);
    if (!link) continue;
    const at = end ? last(link) : first(link);
    if (id === b.id) {
      queue.push({ id, end: null, cost: cost + Math.abs(b.m - at), parts: { id, from: at, to: b.m, before: parts } });
    } else leave(link, { id, m: at }, 1 - end, cost, parts);
  }
  return null;
}

function listed(parts) {
  const out = [];
  for (let part = parts; part; part = part.before) out.unshift({ id: part.id, from: part.from, to: part.to });
  return out;
}

/** [lon, lat] of the part of a link from an M to another. */
export function stretch(xym, from, to) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const inside = xym.filter(([, , m]) => m > low && m < high).map(([lon, lat]) => [lon, lat]);
  const line = [at(xym, low), ...inside, at(xym, high)];
  return from <= to ? line : line.reverse();
}

/** [lon, lat] at an M of a link. */
export function at(xym, m) {
  let i = 1;
  while (i < xym.length - 1 && xym[i][2] < m) i++;
  const [a, b] = [xym[i - 1], xym[i]];
  const t = Math.min(1, Math.max(0, (m - a[2]) / (b[2] - a[2] || 1)));
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
}

/** The whole of a link, as `shortest` gives parts. */
export async function wholeOf(id) {
  const link = await linkOf(id);
  return link ? [{ id, from: first(link), to: last(link) }] : [];
}
