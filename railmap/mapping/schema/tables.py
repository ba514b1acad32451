"""Layers and tables of the map with their columns."""

from __future__ import annotations

from railmap.mapping.schema.entries import Column, Layer

__all__ = ["GEOMETRY_COLUMN", "LAYERS", "SCHEMA_VERSION", "layer"]

# 1: first version. 2: railway_link.maxspeed. A new version needs a step in migration.py.
SCHEMA_VERSION = 2
GEOMETRY_COLUMN = "geom"


def _id(name: str, description: str, required: bool = True) -> Column:
    return Column(name, "TEXT", description, "UUID", required=required)


_C = Column
_CONFIDENCE = _C("confidence", "REAL", "mean track probability", "0-1", "fraction")
_ACCURACY = _C("h_accuracy_m", "REAL", "horizontal accuracy, one sigma", "m")
_RUN_ID = _id("run_id", "processing_run that made it", required=False)
_IMAGE_ID = _id("image_id", "source_image it was seen in", required=False)
_ACQUIRED = _C("acquired_at", "DATETIME", "when the image was taken", "UTC")
_DEFECT = (
    _id("defect_id", "identifier, kept over surveys"),
    _C("class", "TEXT", "kind of defect"),
    _C("severity", "INTEGER", "1 = note, larger = worse"),
    _C("confidence", "REAL", "probability of the class", "0-1", "fraction"),
    _id("link_id", "railway_link it lies on", required=False),
    _C("link_m", "REAL", "measure along the link", "m"),
    _id("line_id", "railway_line it lies on", required=False),
    _C("line_m", "REAL", "measure along the line", "m"),
    _C("offset_m", "REAL", "distance from the centreline, + right of M's direction", "m"),
    _C("side", "TEXT", "where on the track", domain="event_side"),
    _C("length_m", "REAL", "length along the rail", "m"),
    _C("area_mm2", "REAL", "area of the defect", "mm²"),
    _C("match_distance_m", "REAL", "distance to the link it was placed on", "m"),
    _C("match_ambiguous", "BOOLEAN", "another track is nearly as likely"),
    _C("status", "TEXT", "against the last survey", domain="defect_status"),
    _C("first_seen", "DATETIME", "first survey that shows it", "UTC"),
    _C("last_seen", "DATETIME", "last survey that shows it", "UTC"),
    _IMAGE_ID,
)

LAYERS: tuple[Layer, ...] = (
    Layer(
        "railway_link",
        "Track centrelines between nodes; M is metres along the link from its start.",
        (
            _id("link_id", "identifier"),
            _id("start_node", "railway_node at M = 0"),
            _id("end_node", "railway_node at the largest M"),
            _C("railway", "TEXT", "kind of railway", domain="railway_link_railway"),
            _C("usage", "TEXT", "use of the line", domain="railway_link_usage"),
            _C("service", "TEXT", "use of a service track", domain="railway_link_service"),
            _C("name", "TEXT", "name of the line"),
            _C("ref", "TEXT", "number of the line"),
            _C("track_ref", "TEXT", "number of the track"),
            _C("gauge", "INTEGER", "nominal gauge; NULL if measured and no standard one", "mm"),
            _C("gauge_source", "TEXT", "where gauge comes from", domain="gauge_source"),
            _C("gauge_measured_mm", "REAL", "gauge measured in the image", "mm"),
            _C("gauge_sigma_mm", "REAL", "one sigma of gauge_measured_mm", "mm"),
            _C("width_m", "REAL", "mean width of the track mask", "m"),
            _C("length_m", "REAL", "horizontal length", "m"),
            _C("min_radius_m", "REAL", "smallest radius of the alignment", "m"),
            _C("electrified", "TEXT", "electrification", domain="electrified"),
            _C("maxspeed", "TEXT", "permitted speed as OpenStreetMap writes it: 80, 50 mph, none"),
            _C("bridge", "BOOLEAN", "on a bridge"),
            _C("tunnel", "BOOLEAN", "in a tunnel"),
            _C("layer", "INTEGER", "level above (+) or below (-) ground; NULL = 0"),
            _C("geometry_source", "TEXT", "what it was drawn from", domain="geometry_source"),
            _C("interpolated_m", "REAL", "length bridged where the track is hidden", "m"),
            _ACCURACY,
            _CONFIDENCE,
            _ACQUIRED,
            _RUN_ID,
        ),
        geometry="LINESTRING",
        measured="required",
        always=True,
    ),
    Layer(
        "railway_node",
        "Where links meet or end.",
        (
            _id("node_id", "identifier"),
            _C("form_of_node", "TEXT", "form (INSPIRE)", domain="form_of_node"),
            _C("railway", "TEXT", "kind (OpenStreetMap)", domain="railway_node_railway"),
            _C("turnout_side", "TEXT", "side a switch diverges to", domain="turnout_side"),
            _C("heading_deg", "REAL", "of a switch: from its toe, clockwise from north", "°"),
            _C("crossing_number", "REAL", "N = cot(angle) of a switch or crossing"),
            _C("angle_deg", "REAL", "angle of a switch or crossing", "°"),
            _C("angle_sigma_deg", "REAL", "one sigma of angle_deg", "°"),
            _C("degree", "INTEGER", "number of link ends that meet"),
            _C("at_dataset_edge", "BOOLEAN", "the image ends here, the track may go on"),
            _ACCURACY,
            _CONFIDENCE,
            _C("reviewed", "BOOLEAN", "looked at by a person"),
        ),
        geometry="POINT",
        always=True,
    ),
    Layer(
        "net_relation",
        "Which link leads to which at a node.",
        (
            _id("relation_id", "identifier"),
            _id("node_id", "railway_node where the links meet"),
            _id("link_a", "railway_link A"),
            _C("end_a", "INTEGER", "end of A at the node: 0 start, 1 end", domain="link_end"),
            _id("link_b", "railway_link B"),
            _C("end_b", "INTEGER", "end of B at the node: 0 start, 1 end", domain="link_end"),
            _C("navigability", "TEXT", "directions a train may take", domain="navigability"),
        ),
        always=True,
    ),
    Layer(
        "railway_line",
        "Routes through the network; M is the chainage.",
        (
            _id("line_id", "identifier"),
            _C("ref", "TEXT", "number of the line"),
            _C("name", "TEXT", "name of the line"),
            _C("calibration", "TEXT", "what M was calibrated with", domain="calibration"),
            _C("m_min", "REAL", "smallest M", "m"),
            _C("m_max", "REAL", "largest M", "m"),
        ),
        geometry="LINESTRING",
        measured="required",
    ),
    Layer(
        "railway_line_link",
        "The links of a line, in order.",
        (
            _id("line_id", "railway_line"),
            _C("seq", "INTEGER", "place in the line, from 0", required=True),
            _id("link_id", "railway_link"),
            _C("reversed", "BOOLEAN", "the line runs against the link's M"),
            _C("m_from", "REAL", "line M where the link begins", "m"),
            _C("m_to", "REAL", "line M where the link ends", "m"),
        ),
    ),
    Layer(
        "milestone",
        "Kilometre posts.",
        (
            _id("line_id", "railway_line the post belongs to", required=False),
            _C("position_km", "REAL", "what the post says", "km"),
            _C("position_text", "TEXT", "what the post says, as written"),
            _C("m", "REAL", "line M of the post", "m"),
            _C("residual_m", "REAL", "post less calibration", "m"),
            _C("source", "TEXT", "where the post comes from"),
        ),
        geometry="POINT",
    ),
    Layer(
        "alignment_segment",
        "Straights, arcs and transition curves of the links; M is the link's.",
        (
            _id("link_id", "railway_link"),
            _C("seq", "INTEGER", "place along the link, from 0", required=True),
            _C("type", "TEXT", "kind of segment (IFC)", domain="alignment_type"),
            _C("m_from", "REAL", "link M where it begins", "m"),
            _C("length_m", "REAL", "length", "m"),
            _C("start_radius_m", "REAL", "radius at its start, + left; NULL = straight", "m"),
            _C("end_radius_m", "REAL", "radius at its end, + left; NULL = straight", "m"),
            _C("rmse_m", "REAL", "what the drawn line leaves it by", "m"),
        ),
        geometry="LINESTRING",
        measured="required",
        always=True,
    ),
    Layer(
        "track_area",
        "Track surface too wide to have a centreline.",
        (
            _C("class", "TEXT", "kind of surface", domain="track_area_class"),
            _C("area_m2", "REAL", "area", "m²"),
            _C("mean_probability", "REAL", "mean track probability", "0-1", "fraction"),
        ),
        geometry="MULTIPOLYGON",
        always=True,
    ),
    Layer("defect", "Defects of the rail surface.", _DEFECT, geometry="POINT"),
    Layer("defect_area", "Outlines of defects.", _DEFECT, geometry="POLYGON"),
    Layer(
        "scene_event",
        "What a photo shows, placed on the track.",
        (
            _id("event_id", "identifier"),
            _id("link_id", "railway_link it lies on", required=False),
            _C("m_from", "REAL", "link M where it begins", "m"),
            _C("m_to", "REAL", "link M where it ends", "m"),
            _C("scene_class", "TEXT", "class of the scene"),
            _C("probability", "REAL", "probability of the class", "0-1", "fraction"),
            _C("top3", "TEXT", "the three likeliest classes with their probability", "JSON"),
            _C("model_version", "TEXT", "model that classified it"),
            _IMAGE_ID,
        ),
        geometry="GEOMETRY",
        measured="optional",
    ),
    Layer(
        "qa_issue",
        "What to look at before the map is used.",
        (
            _C("rule", "TEXT", "rule that found it", required=True),
            _C("severity", "TEXT", "how bad", domain="qa_severity"),
            _C("message", "TEXT", "what is wrong and what to do"),
            _C("object_id", "TEXT", "link or node it is about", "UUID"),
            _C("status", "TEXT", "what became of it", domain="qa_status"),
        ),
        geometry="GEOMETRY",
        always=True,
    ),
    Layer(
        "source_image",
        "Footprints of the images the map was made from.",
        (
            _id("image_id", "identifier"),
            _C("uri", "TEXT", "file name or address"),
            _C("gsd_m", "REAL", "ground sampling distance", "m"),
            _C("crs", "TEXT", "CRS of the image"),
            _ACQUIRED,
        ),
        geometry="POLYGON",
        always=True,
    ),
    Layer(
        "processing_run",
        "How the map was made.",
        (
            _id("run_id", "identifier, the same for the same parameters"),
            _C("version", "TEXT", "version of railmap"),
            _C("command", "TEXT", "command or function"),
            _C("parameters", "TEXT", "all parameters, defaults included", "JSON"),
            _C("model", "TEXT", "name and version of the model"),
            _C("model_sha256", "TEXT", "checksum of the model's file"),
            _C("started_at", "DATETIME", "when it began", "UTC"),
            _C("seconds", "REAL", "how long it took", "s"),
            _C("warnings", "TEXT", "what the run warned of", "JSON list"),
        ),
        always=True,
    ),
)

_BY_NAME = {entry.name: entry for entry in LAYERS}


def layer(name: str) -> Layer:
    """Return a layer by name.

    Raises
    ------
    KeyError
        If the schema has none of that name.
    """
    return _BY_NAME[name]
