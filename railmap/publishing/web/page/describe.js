/* What a person wants to know of an object: a title and a few values; the rest is in the details. */

const words = (text) => {
  const plain = String(text ?? "").replaceAll("_", " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};
const yes = (value) => value === true || value === 1 || value === "true";
const has = (value) => value !== undefined && value !== null && value !== "";
const number = (value, digits) => Number(value).toLocaleString("en-GB", {
  maximumFractionDigits: digits, minimumFractionDigits: 0,
});
const day = (text) => String(text).slice(0, 10);
const percent = (value) => `${Math.round(Number(value) * 100)} %`;

const NODES = {
  switch: "Switch", railway_crossing: "Crossing", level_crossing: "Level crossing",
  buffer_stop: "Buffer stop",
};
const SEGMENTS = { LINE: "Straight", CIRCULARARC: "Arc", CLOTHOID: "Transition curve" };

/** Area in mm² for people. */
function area(value) {
  return value < 100 ? `${number(value, 1)} mm²` : `${number(value / 100, 1)} cm²`;
}

function length(value) {
  return value < 1 ? `${number(value * 1000, 0)} mm` : `${number(value, value < 100 ? 1 : 0)} m`;
}

function radius(value) {
  if (!has(value)) return "straight";
  return `${number(Math.abs(value), 0)} m ${value > 0 ? "left" : "right"}`;
}

/** The classes that a scene may also be, with their probabilities. */
function others(text, best) {
  try {
    const pairs = Object.entries(JSON.parse(text));
    return pairs.filter(([name, value]) => Number.isFinite(value) && name !== best)
      .map(([name, value]) => `${words(name)} ${percent(value)}`).join(", ");
  } catch {
    return "";
  }
}

const nodeTitle = (v) => {
  const kind = NODES[v.railway] ?? (v.form_of_node === "railwayEnd" ? "Track end" : "Node");
  const name = v.ref ?? v.number ?? v.name;
  return [kind, has(name) ? name : "", has(v.crossing_number) ? `1:${number(v.crossing_number, 1)}` : ""]
    .filter(Boolean).join(" ") + (has(v.turnout_side) ? `, ${v.turnout_side}` : "");
};
const linkTitle = (v) => {
  const kind = has(v.service) ? words(v.service) : "Track";
  const name = [v.track_ref, has(v.ref) ? `line ${v.ref}` : "", v.name].filter(has).join(", ");
  return name ? `${kind} ${name}` : kind;
};

/* Title, and values as [name, function of the properties that gives text or nothing]. */
const defect = {
  title: (v) => words(v.class || "defect"),
  values: [
    ["Severity", (v) => has(v.severity) && String(v.severity)],
    ["Area", (v) => has(v.area_mm2) && area(v.area_mm2)],
    ["Length", (v) => has(v.length_m) && length(v.length_m)],
    ["Status", (v) => has(v.status) && words(v.status)],
    ["Side", (v) => has(v.side) && words(v.side)],
    ["Certainty", (v) => has(v.confidence) && percent(v.confidence)],
    ["First seen", (v) => has(v.first_seen) && day(v.first_seen)],
    ["Last seen", (v) => has(v.last_seen) && day(v.last_seen)],
    ["Note", (v) => yes(v.match_ambiguous) && "another track is nearly as likely"],
  ],
};
const CHANGES = {
  new: "new", removed: "removed", moved: "moved", attributes: "other attributes",
};

/** Old and new value of each attribute that changed. */
function changed(text) {
  try {
    return Object.entries(JSON.parse(text))
      .map(([name, [old, now]]) => `${words(name)} ${old ?? "–"} → ${now ?? "–"}`).join(", ");
  } catch {
    return "";
  }
}

const LAYERS = {
  link_change: {
    title: (v) => `Track: ${CHANGES[v.change] ?? v.change}`,
    values: [
      ["Moved", (v) => has(v.moved_mean_m) && `${number(v.moved_mean_m, 2)} m, at most ${number(v.moved_max_m, 2)} m`],
      ["Accuracy", (v) => has(v.sigma_m) && `± ${number(v.sigma_m, 2)} m`],
      ["Length", (v) => has(v.m_to) && length(v.m_to - v.m_from)],
      ["Changed", (v) => has(v.attributes) && changed(v.attributes)],
    ],
  },
  node_change: {
    title: (v) => `${NODES[v.railway] ?? "Node"}: ${CHANGES[v.change] ?? v.change}`,
    values: [
      ["Moved", (v) => has(v.moved_m) && `${number(v.moved_m, 2)} m`],
      ["Accuracy", (v) => has(v.sigma_m) && `± ${number(v.sigma_m, 2)} m`],
      ["Changed", (v) => has(v.attributes) && changed(v.attributes)],
    ],
  },
  railway_link: {
    title: linkTitle,
    values: [
      ["Gauge", (v) => has(v.gauge_measured_mm)
        ? `${Math.round(v.gauge_measured_mm)} mm, measured` : has(v.gauge) && `${v.gauge} mm`],
      ["Length", (v) => has(v.length_m) && length(v.length_m)],
      ["Smallest radius", (v) => has(v.min_radius_m) && `${number(v.min_radius_m, 0)} m`],
      ["Speed", (v) => has(v.maxspeed) && (/^\d+$/.test(v.maxspeed) ? `${v.maxspeed} km/h` : v.maxspeed)],
      ["Electrified", (v) => has(v.electrified) && words(v.electrified)],
      ["On", (v) => [yes(v.bridge) && "bridge", yes(v.tunnel) && "tunnel"].filter(Boolean).join(", ")],
      ["Hidden", (v) => v.interpolated_m > 0 && `${length(v.interpolated_m)} interpolated`],
      ["Accuracy", (v) => has(v.h_accuracy_m) && `± ${number(v.h_accuracy_m, 2)} m`],
      ["Certainty", (v) => has(v.confidence) && percent(v.confidence)],
      ["Image of", (v) => has(v.acquired_at) && day(v.acquired_at)],
    ],
  },
  railway_node: {
    title: nodeTitle,
    values: [
      ["Type", (v) => has(v.turnout_type) && `${v.turnout_type} (${number(100 * v.turnout_type_probability, 0)} %)`],
      ["Angle", (v) => has(v.angle_deg) && `${number(v.angle_deg, 2)}°${has(v.angle_sigma_deg) ? ` ± ${number(v.angle_sigma_deg, 2)}°` : ""}`],
      ["Tracks", (v) => has(v.degree) && String(v.degree)],
      ["Accuracy", (v) => has(v.h_accuracy_m) && `± ${number(v.h_accuracy_m, 2)} m`],
      ["Certainty", (v) => has(v.confidence) && percent(v.confidence)],
      ["Reviewed", (v) => yes(v.reviewed) && "yes"],
      ["Note", (v) => yes(v.at_dataset_edge) && "the image ends here"],
    ],
  },
  railway_line: {
    title: (v) => ["Line", v.ref, v.name].filter(has).join(" "),
    values: [
      ["From", (v) => has(v.m_min) && `km ${number(v.m_min / 1000, 3)}`],
      ["To", (v) => has(v.m_max) && `km ${number(v.m_max / 1000, 3)}`],
      ["Chainage by", (v) => has(v.calibration) && words(v.calibration)],
    ],
  },
  milestone: {
    title: (v) => `Kilometre post ${v.position_text ?? v.position_km ?? ""}`.trim(),
    values: [
      ["Differs by", (v) => has(v.residual_m) && `${number(v.residual_m, 2)} m`],
      ["Source", (v) => has(v.source) && words(v.source)],
    ],
  },
  alignment_segment: {
    title: (v) => SEGMENTS[v.type] ?? "Alignment",
    values: [
      ["Length", (v) => has(v.length_m) && length(v.length_m)],
      ["Radius", (v) => v.type === "CIRCULARARC" && radius(v.start_radius_m)],
      ["Radii", (v) => v.type === "CLOTHOID" && `${radius(v.start_radius_m)} to ${radius(v.end_radius_m)}`],
      ["Fit", (v) => has(v.rmse_m) && `± ${number(v.rmse_m, 2)} m`],
    ],
  },
  track_area: {
    title: (v) => words(v.class || "track surface"),
    values: [["Area", (v) => has(v.area_m2) && `${number(v.area_m2, 0)} m²`]],
  },
  defect,
  defect_area: defect,
  scene_event: {
    title: (v) => words(v.scene_class || "scene"),
    values: [
      ["Certainty", (v) => has(v.probability) && percent(v.probability)],
      ["Also possible", (v) => has(v.top3) && others(v.top3, v.scene_class)],
    ],
  },
  qa_issue: {
    title: (v) => words(v.severity || "issue"),
    values: [
      ["", (v) => v.message],
      ["Check", (v) => has(v.rule) && words(v.rule)],
      ["Status", (v) => has(v.status) && words(v.status)],
    ],
  },
  source_image: {
    title: () => "Image",
    values: [
      ["File", (v) => v.uri],
      ["Pixel", (v) => has(v.gsd_m) && `${number(v.gsd_m * 100, 1)} cm`],
      ["Taken", (v) => has(v.acquired_at) && day(v.acquired_at)],
    ],
  },
};
const PLACING = /^(railmap:.*|(own_)?(.*_id|fid|link_m|line_m|offset_m|side|match_.*|x|y|lon|lat))$/i;

/** Title and values of an object, as [[name, text], ...]. */
export function describe(layer, title, values) {
  const known = LAYERS[layer];
  if (known) {
    const rows = known.values.map(([name, tell]) => [name, tell(values)]).filter(([, text]) => text);
    return { title: known.title(values), rows: rows.map(([name, text]) => [name, String(text)]) };
  }
  const own = Object.entries(values).filter(([name, value]) => has(value) && !PLACING.test(name));
  return { title, rows: own.slice(0, 8).map(([name, value]) => [words(name), String(value)]) };
}

export const ID = {
  railway_link: "link_id", railway_node: "node_id", railway_line: "line_id", defect: "defect_id",
  defect_area: "defect_id", scene_event: "event_id",
};
export const idColumn = (layer) => ID[layer] ?? "event_id";
