/* What a text finds, best first: {kind, label, detail, layer, id, place | box, said}. */

import { aside, kilometres, lineLabel, locate } from "./chainage.js";
import { json, shardOf } from "./data.js";
import { layerTitle } from "./layers.js";
import { parseChainage, parsePlace, wordsOf } from "./query.js";

const MOST = 12;
const KINDS = {
  railway_link: "Track", railway_node: "Node", defect: "Defect", defect_area: "Defect",
  scene_event: "Scene", qa_issue: "Issue", milestone: "Post", track_area: "Surface",
};
const SAID = {
  line: "line", track: "railway_link", link: "railway_link", switch: "railway_node",
  turnout: "railway_node", node: "railway_node", crossing: "railway_node", defect: "defect",
  scene: "scene_event", issue: "qa_issue", post: "milestone",
};

const range = (line) => `${kilometres(line.m_min)} to ${(line.m_max / 1000).toFixed(3)}`;
const named = (line) => [line.ref, line.name].filter(Boolean);
const singular = (word) => word.toLowerCase().replace(/(?<=[^s])e?s$/, "");
const same = (a, b) => wordsOf(a).join(" ") === wordsOf(b).join(" ");

function lineResult(line) {
  const label = named(line).join(" ") || "line";
  return {
    kind: "Line", label, detail: range(line), layer: "railway_line", box: line.bounds,
    said: `Line ${label}, ${range(line)}`,
  };
}

/** Lines that a text names: exactly, else by the beginning of its words. */
function linesNamed(about, text) {
  const lines = about.lines.map((line, number) => ({ ...line, number }));
  const exact = lines.filter((line) => named(line).some((name) => same(name, text))
    || same(named(line).join(" "), text));
  if (exact.length) return { lines: exact, exact: true };
  const wanted = wordsOf(text);
  return { exact: false, lines: wanted.length ? lines.filter((line) => {
    const there = named(line).flatMap(wordsOf);
    return wanted.every((word) => there.some((one) => one.startsWith(word)));
  }) : [] };
}

async function along(about, wanted) {
  const lines = wanted.ref ? linesNamed(about, wanted.ref.replace(/^line\s+/i, "")).lines
    : about.lines.map((line, number) => ({ ...line, number }));
  const reach = (line) => wanted.m + wanted.plus >= line.m_min - 1e-6
    && wanted.m <= line.m_max + 1e-6;
  const found = [];
  for (const line of lines.filter(reach).slice(0, MOST)) {
    const place = locate(await json(`lines/${line.number}.json`), wanted.m, wanted.plus, wanted.offset);
    if (!place) continue;
    const plus = wanted.plus ? ` +${wanted.plus} m` : "";
    const label = `${lineLabel(line)} ${kilometres(wanted.m)}${plus}${aside(wanted.offset)}`;
    found.push({ kind: "Km", label, detail: line.ref ? line.name ?? "" : "", place, said: label });
  }
  return { lines, found };
}

function coordinates(about, text) {
  const place = parsePlace(text);
  if (!place) return [];
  const [west, south, east, north] = about.bounds;
  const inside = ([lon, lat]) => lon >= west && lon <= east && lat >= south && lat <= north;
  const result = (at, note) => {
    const label = `${at[1].toFixed(6)}, ${at[0].toFixed(6)}`;
    const detail = [note, inside(at) ? "" : "outside the tracks"].filter(Boolean).join(", ");
    return { kind: "Place", label, detail, place: at, said: `Latitude and longitude ${label}` };
  };
  const turned = [place[1], place[0]];
  if (!inside(place) && inside(turned)) return [result(turned, "longitude first")];
  return [result(place, "")];
}

function placed(place) {
  return place.length === 4 ? { box: place } : { place };
}

/** Layers by their title, or by what one of their objects is called. */
function layersNamed(about, text) {
  const wanted = wordsOf(text);
  if (!wanted.length) return [];
  const kind = SAID[singular(text.trim())] ?? SAID[text.trim().toLowerCase()];
  const named = (layer) => {
    const there = wordsOf(layerTitle(layer));
    return layer.name === kind || wanted.every((word) => there.some((one) => one.startsWith(word)));
  };
  return about.layers.filter((layer) => layer.box && named(layer)).map((layer) => ({
    kind: "Layer", label: layerTitle(layer), detail: `${layer.count} object${layer.count === 1 ? "" : "s"}`,
    layer: layer.name, box: layer.box, said: `Layer ${layerTitle(layer)}, ${layer.count} objects`,
  }));
}

async function indexed(about, text, only) {
  const wanted = wordsOf(text);
  if (!wanted.length) return [];
  const shard = shardOf([...wanted[0]].slice(0, 2).join(""));
  if (!about.search.includes(shard)) return [];
  const rows = await json(`search/${shard}.json`);
  const found = [];
  for (const [layer, id, key, label, detail, place] of rows) {
    if (only && layer !== only && !(only === "defect" && layer === "defect_area")) continue;
    const there = wordsOf(key ?? id);
    if (!wanted.every((word) => there.some((one) => one.startsWith(word)))) continue;
    const exact = there.join(" ") === wanted.join(" ");
    const own = about.layers.find((one) => one.name === layer);
    if (!own) continue;
    const kind = KINDS[layer] ?? layerTitle(own);
    const title = key === null && !label ? id : label || key;
    found.push({
      kind, label: title, detail: [detail, key === null ? id.slice(0, 13) : ""].filter(Boolean).join(" · "),
      layer, id, exact, order: key ?? id, ...placed(place),
      said: [kind === title ? "" : kind, title, detail].filter(Boolean).join(", "),
    });
  }
  const issue = ({ layer }) => Number(layer === "qa_issue"); // after what they are about
  const by = (a, b) => b.exact - a.exact || issue(a) - issue(b) || (a.id !== null) - (b.id !== null)
    || a.order.localeCompare(b.order, "en", { numeric: true })
    || a.detail.localeCompare(b.detail, "en", { numeric: true });
  return found.sort(by);
}

/** Find what a text may mean, the most likely first. */
export async function find(about, text) {
  const typed = text.trim();
  if (!typed) return [];
  const [, first, rest] = /^(\S+)\s+(.+)$/.exec(typed) ?? [];
  const only = first && (SAID[singular(first)] ?? SAID[first.toLowerCase()]);
  const { lines, exact } = linesNamed(about, (only === "line" ? rest : typed).replace(/\s+km$/i, ""));
  const chainage = parseChainage(typed);
  const km = chainage && !only ? (await along(about, chainage)).found : [];
  const sure = chainage && (chainage.said || chainage.ref);
  const index = await indexed(about, typed);
  const narrowed = only && only !== "line" ? await indexed(about, rest, only) : [];
  const all = [
    ...(exact ? lines.map(lineResult) : []),
    ...(sure ? km : []),
    ...coordinates(about, typed),
    ...narrowed,
    ...index.filter((one) => one.exact).slice(0, MOST - 2), // room for a layer
    ...layersNamed(about, typed),
    ...(sure ? [] : km),
    ...(exact ? [] : lines.map(lineResult)),
    ...index.filter((one) => !one.exact),
  ];
  const unique = new Map();
  for (const one of all) {
    const key = [one.kind, one.id ?? one.label, one.id ? "" : one.detail].join("|");
    if (!unique.has(key)) unique.set(key, one);
  }
  // A line is found by its tracks too; one result is enough.
  const refs = new Set(lines.flatMap(named));
  return [...unique.values()]
    .filter((one) => !(one.kind === "Track" && one.id === null && refs.has(one.order))).slice(0, MOST);
}

/** Why a text finds nothing, with what would. */
export async function reason(about, text) {
  const spans = (lines) => lines.slice(0, 5).map((line) => `${lineLabel(line)} has ${range(line)}`)
    .join("; ") + (lines.length > 5 ? `; and ${lines.length - 5} more lines` : "");
  const wanted = parseChainage(text);
  if (wanted && (wanted.said || wanted.ref)) {
    const { lines } = await along(about, wanted);
    if (lines.length) return `${kilometres(wanted.m)} isn't here: ${spans(lines)}`;
  }
  const examples = about.lines.length ? `Lines: ${about.lines.slice(0, 5).map(lineLabel).join(", ")}.`
    : "This map has no lines.";
  return `Nothing here is called “${text.trim()}”. ${examples} Also names, switch numbers, defects, `
    + "identifiers and coordinates.";
}

/** The object with an id, wherever it is. */
export async function findObject(about, { layer, id }) {
  return (await indexed(about, id, layer)).find((one) => one.id === id);
}
