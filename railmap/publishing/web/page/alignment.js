/* Curvature, gradient and height along parts of links, from the map's alignment segments. */

import { json, shardOf } from "./data.js";
import { at, linkOf } from "./network.js";

const STEPS = 8; // of a parabola

export const hasProfile = (about, id) => about.profiles.includes(shardOf(id));

async function segmentsOf(about, id) {
  return hasProfile(about, id) ? (await json(`profiles/${shardOf(id)}.json`))[id] ?? {} : {};
}

/** Cut what is linear between M values to a part; distances from the start of all parts. */
function cut(part, from, to, first, last, sign = 1) {
  const [low, high] = [Math.max(Math.min(part.from, part.to), from), Math.min(Math.max(part.from, part.to), to)];
  if (!(high > low)) return null;
  const value = (m) => sign * (first + (last - first) * (m - from) / (to - from));
  const points = [low, high].map((m) => [part.start + Math.abs(m - part.from), value(m)]);
  return part.to < part.from ? points.reverse() : points;
}

/** Runs of points that follow each other; a jump of the value stays one run. */
function joined(pieces) {
  const runs = [];
  for (const piece of pieces.filter(Boolean).sort((a, b) => a[0][0] - b[0][0])) {
    const run = runs[runs.length - 1];
    if (run && piece[0][0] - run[run.length - 1][0] < 0.05) run.push(...piece);
    else runs.push([...piece]);
  }
  return runs;
}

const perKm = (radius) => (radius ? 1000 / radius : 0);

function curvature(part, segments, sign) {
  return segments.map(([m, length, start, end]) => cut(part, m, m + length, perKm(start), perKm(end), sign));
}

function gradient(part, segments, sign) {
  return segments.map(([m, length, , start, end]) => cut(part, m, m + length, start, end, sign));
}

function heights(part, segments) {
  return segments.flatMap(([m, length, height, start, end]) => {
    const level = (s) => height + (start * s + (end - start) * s * s / 2 / length) / 1000;
    const steps = start === end ? 1 : STEPS;
    return Array.from({ length: steps }, (_, i) => {
      const [a, b] = [length * i / steps, length * (i + 1) / steps];
      return cut(part, m + a, m + b, level(a), level(b));
    });
  });
}

/** Heights at points, where the map has no vertical segments: column 1, or 2 for the terrain. */
function points(part, rows, column) {
  return rows.slice(1).map((row, i) => (row[column] === null || rows[i][column] === null ? null
    : cut(part, rows[i][0], row[0], rows[i][column], row[column])));
}

/**
 * What is known along parts [{id, from, to}]: runs of [metres from the start, value], the `length`,
 * the arcs, and `placeAt`, the link and [lon, lat] at a distance.
 */
export async function alignmentOf(about, wanted) {
  const found = { curvature: [], gradient: [], height: [], terrain: [] };
  const arcs = [];
  const parts = [];
  let start = 0;
  for (const one of wanted) {
    const part = { ...one, start, link: await linkOf(one.id) };
    const sign = part.to < part.from ? -1 : 1;
    const { horizontal = [], vertical = [], heights: rows = [] } = await segmentsOf(about, part.id);
    found.curvature.push(...curvature(part, horizontal, sign));
    for (const [m, length, from, to] of horizontal) {
      const piece = from && from === to && cut(part, m, m + length, sign * from, sign * to);
      if (piece) arcs.push({ from: piece[0][0], to: piece[1][0], radius: piece[0][1] });
    }
    found.gradient.push(...gradient(part, vertical, sign));
    found.height.push(...(vertical.length ? heights(part, vertical) : points(part, rows, 1)));
    found.terrain.push(...points(part, rows, 2));
    parts.push(part);
    start += Math.abs(part.to - part.from);
  }
  const placeAt = (distance) => {
    const part = parts.findLast((one) => one.start <= distance) ?? parts[0];
    const m = part.from + Math.sign(part.to - part.from) * (distance - part.start);
    return { id: part.id, place: at(part.link.xym, m) };
  };
  return {
    length: start, arcs, placeAt,
    ...Object.fromEntries(Object.entries(found).map(([name, pieces]) => [name, joined(pieces)])),
  };
}

/** The value of runs at a distance; null where they have none. */
export function valueAt(runs, distance) {
  for (const run of runs) {
    for (let i = 1; i < run.length; i++) {
      const [[a, first], [b, last]] = [run[i - 1], run[i]];
      if (b > a && distance >= a - 1e-6 && distance <= b + 1e-6) {
        return first + (last - first) * (distance - a) / (b - a);
      }
    }
  }
  return null;
}
