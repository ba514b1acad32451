"""Layers and tables of the map with their columns."""

from __future__ import annotations

from railmap.mapping.schema.entries import Column, Layer

__all__ = ["GEOMETRY_COLUMN", "LAYERS", "SCHEMA_VERSION", "layer"]

# 1: first version. 2: railway_link.maxspeed. 3: railway_node.turnout_type and its probability,
# alignment_segment.radius_sigma_m. 4: track_height, vertical_segment, elevation_model.
# A new version needs a step in store/migration.py.
SCHEMA_VERSION = 5
GEOMETRY_COLUMN = "geom"


def _id(name: str, description: str, required: bool = True) -> Column:
    return Column(name, "TEXT", description, "UUID", required=required)


_C = Column
_CONFIDENCE = _C("confidence", "REAL", "mean track probability", "0-1", "fraction")
_ACCURACY = _C("h_accuracy_m", "REAL", "horizontal accuracy, one sigma", "m")
_RUN_ID = _id("run_id", "processing_run that created the object", required=False)
_IMAGE_ID = _id("image_id", "source_image that shows the object", required=False)
_ACQUIRED = _C("acquired_at", "DATETIME", "time when the image was taken", "UTC")
_DEFECT = (
    _id("defect_id", "identifier, the same in all surveys"),
    _C("class", "TEXT", "kind of defect"),
    _C("severity", "INTEGER", "1 = minor, larger = more severe"),
    _C("confidence", "REAL", "probability of the class", "0-1", "fraction"),
    _id("link_id", "railway_link on which it lies", required=False),
    _C("link_m", "REAL", "link M", "m"),
    _id("line_id", "railway_line on which it lies", required=False),
    _C("line_m", "REAL", "line M", "m"),
    _C("offset_m", "REAL", "distance from the centreline, + right in the direction of M", "m"),
    _C("side", "TEXT", "position on the track", domain="event_side"),
    _C("length_m", "REAL", "length along the rail", "m"),
    _C("area_mm2", "REAL", "area of the defect", "mm²"),
    _C("match_distance_m", "REAL", "distance from the detected position to the link", "m"),
    _C("match_ambiguous", "BOOLEAN", "another track is nearly as likely"),
    _C("status", "TEXT", "status compared with the last survey", domain="defect_status"),
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
            _C(
                "gauge",
                "INTEGER",
                "nominal gauge; NULL if the measured gauge is not a standard one",
                "mm",
            ),
            _C("gauge_source", "TEXT", "source of the gauge", domain="gauge_source"),
            _C("gauge_measured_mm", "REAL", "gauge measured in the image", "mm"),
            _C("gauge_sigma_mm", "REAL", "one sigma of gauge_measured_mm", "mm"),
            _C("width_m", "REAL", "mean width of the track mask", "m"),
            _C("length_m", "REAL", "horizontal length", "m"),
            _C("min_radius_m", "REAL", "smallest radius of the alignment", "m"),
            _C("electrified", "TEXT", "electrification", domain="electrified"),
            _C("maxspeed", "TEXT", "permitted speed in OpenStreetMap notation: 80, 50 mph, none"),
            _C("bridge", "BOOLEAN", "on a bridge"),
            _C("tunnel", "BOOLEAN", "in a tunnel"),
            _C("layer", "INTEGER", "level above (+) or below (-) ground; NULL = 0"),
            _C("geometry_source", "TEXT", "source of the geometry", domain="geometry_source"),
            _C("interpolated_m", "REAL", "length interpolated where the track is hidden", "m"),
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
        "Points where links meet or end.",
        (
            _id("node_id", "identifier"),
            _C("form_of_node", "TEXT", "form (INSPIRE)", domain="form_of_node"),
            _C("railway", "TEXT", "kind (OpenStreetMap)", domain="railway_node_railway"),
            _C("turnout_side", "TEXT", "side to which a switch diverges", domain="turnout_side"),
            _C(
                "heading_deg",
                "REAL",
                "direction of a switch from its toe, clockwise from north",
                "°",
            ),
            _C("crossing_number", "REAL", "N = cot(angle) of a switch or crossing"),
            _C("angle_deg", "REAL", "angle of a switch or crossing", "°"),
            _C("angle_sigma_deg", "REAL", "one sigma of angle_deg", "°"),
            _C(
                "turnout_type",
                "TEXT",
                "most probable standard turnout: radius-1:N, or #N (AREMA)",
            ),
            _C(
                "turnout_type_probability",
                "REAL",
                "probability of turnout_type",
                "0-1",
                "fraction",
            ),
            _C("degree", "INTEGER", "number of link ends that meet"),
            _C("at_dataset_edge", "BOOLEAN", "the image ends here; the track may continue"),
            _ACCURACY,
            _CONFIDENCE,
            _C("reviewed", "BOOLEAN", "reviewed by a person"),
        ),
        geometry="POINT",
        always=True,
    ),
    Layer(
        "net_relation",
        "Pairs of links at a node, and whether a train can run between them.",
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
            _C("calibration", "TEXT", "source of the calibration of M", domain="calibration"),
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
            _C("seq", "INTEGER", "position in the line, from 0", required=True),
            _id("link_id", "railway_link"),
            _C("reversed", "BOOLEAN", "the line runs against the direction of the link's M"),
            _C("m_from", "REAL", "line M at which the link begins", "m"),
            _C("m_to", "REAL", "line M at which the link ends", "m"),
        ),
    ),
    Layer(
        "milestone",
        "Kilometre posts.",
        (
            _id("line_id", "railway_line to which the post belongs", required=False),
            _C("position_km", "REAL", "value on the post", "km"),
            _C("position_text", "TEXT", "text on the post, as written"),
            _C("m", "REAL", "line M of the post", "m"),
            _C("residual_m", "REAL", "value on the post minus the calibrated chainage", "m"),
            _C("source", "TEXT", "source of the post"),
        ),
        geometry="POINT",
    ),
    Layer(
        "alignment_segment",
        "Straights, arcs and transition curves of the links; M is the link's.",
        (
            _id("link_id", "railway_link"),
            _C("seq", "INTEGER", "position along the link, from 0", required=True),
            _C("type", "TEXT", "kind of segment (IFC)", domain="alignment_type"),
            _C("m_from", "REAL", "link M at the start", "m"),
            _C("length_m", "REAL", "length", "m"),
            _C("start_radius_m", "REAL", "radius at the start, + left; NULL = straight", "m"),
            _C("end_radius_m", "REAL", "radius at the end, + left; NULL = straight", "m"),
            _C("radius_sigma_m", "REAL", "one sigma of the radius of an arc", "m"),
            _C("rmse_m", "REAL", "RMS distance of the mapped line from the segment", "m"),
        ),
        geometry="LINESTRING",
        measured="required",
        always=True,
    ),
    Layer(
        "track_height",
        "Heights of the rails' level along the links, from an elevation model.",
        (
            _id("link_id", "railway_link"),
            _C("seq", "INTEGER", "position along the link, from 0", required=True),
            _C("link_m", "REAL", "link M", "m"),
            _C("height_m", "REAL", "height of the vertical alignment; NULL = unknown", "m"),
            _C("gradient_permille", "REAL", "gradient, + uphill in the direction of M", "‰"),
            _C("terrain_m", "REAL", "height of the elevation model here", "m"),
            _C("source", "TEXT", "what the height follows from", domain="height_source"),
        ),
        geometry="POINT",
    ),
    Layer(
        "vertical_segment",
        "Constant gradients and parabolas of the links; M is the link's.",
        (
            _id("link_id", "railway_link"),
            _C("seq", "INTEGER", "position along the link, from 0", required=True),
            _C("type", "TEXT", "kind of segment (IFC)", domain="vertical_type"),
            _C("m_from", "REAL", "link M at the start", "m"),
            _C("length_m", "REAL", "horizontal length", "m"),
            _C("start_height_m", "REAL", "height at the start", "m"),
            _C("start_gradient_permille", "REAL", "gradient at the start, + uphill with M", "‰"),
            _C("end_gradient_permille", "REAL", "gradient at the end, + uphill with M", "‰"),
            _C("radius_m", "REAL", "radius of a parabola, + sag, - crest; NULL = constant", "m"),
            _C("radius_sigma_m", "REAL", "one sigma of radius_m", "m"),
            _C("rmse_m", "REAL", "RMS distance of the measured heights from the segment", "m"),
        ),
        geometry="LINESTRING",
        measured="required",
    ),
    Layer(
        "elevation_model",
        "Elevation models from which heights were taken.",
        (
            _C("uri", "TEXT", "file name or address"),
            _C("crs", "TEXT", "horizontal CRS of the model"),
            _C("vertical_crs", "TEXT", "CRS of all heights; NULL = the model names none"),
            _C("vertical_name", "TEXT", "name of the vertical CRS"),
            _C("unit_m", "REAL", "unit of its heights; the map's are in metres", "m"),
            _C("resolution_m", "REAL", "size of a pixel", "m"),
            _C("parameters", "TEXT", "options, including defaults", "JSON"),
        ),
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
        "Scenes that photos show, located on the track.",
        (
            _id("event_id", "identifier"),
            _id("link_id", "railway_link on which it lies", required=False),
            _C("m_from", "REAL", "link M at the start", "m"),
            _C("m_to", "REAL", "link M at the end", "m"),
            _C("scene_class", "TEXT", "class of the scene"),
            _C("probability", "REAL", "probability of the class", "0-1", "fraction"),
            _C("top3", "TEXT", "the three most probable classes with their probabilities", "JSON"),
            _C("model_version", "TEXT", "model that classified the scene"),
            _IMAGE_ID,
        ),
        geometry="GEOMETRY",
        measured="optional",
    ),
    Layer(
        "qa_issue",
        "Issues to review before the map is used.",
        (
            _C("rule", "TEXT", "check rule that reported the issue", required=True),
            _C("severity", "TEXT", "severity of the issue", domain="qa_severity"),
            _C("message", "TEXT", "the fault and the remedy"),
            _C("object_id", "TEXT", "link or node concerned", "UUID"),
            _C("status", "TEXT", "result of the review", domain="qa_status"),
        ),
        geometry="GEOMETRY",
        always=True,
    ),
    Layer(
        "source_image",
        "Footprints of the images from which the map was made.",
        (
            _id("image_id", "identifier"),
            _C("uri", "TEXT", "file name or address"),
            _C("gsd_m", "REAL", "ground sampling distance", "m"),
            _C("crs", "TEXT", "CRS of the image"),
            _ACQUIRED,
            _C("licence", "TEXT", "licence under which the map was made from the image"),
            _C("attribution", "TEXT", "who must be named as the source of the image"),
        ),
        geometry="POLYGON",
        always=True,
    ),
    Layer(
        "processing_run",
        "Runs of railmap that created or changed the map.",
        (
            _id("run_id", "identifier, the same for the same parameters"),
            _C("version", "TEXT", "version of railmap"),
            _C("command", "TEXT", "command or function"),
            _C("parameters", "TEXT", "all parameters, including defaults", "JSON"),
            _C("model", "TEXT", "name and version of the model"),
            _C("model_sha256", "TEXT", "SHA-256 checksum of the model file"),
            _C("started_at", "DATETIME", "time when the run started", "UTC"),
            _C("seconds", "REAL", "duration of the run", "s"),
            _C("warnings", "TEXT", "warnings of the run", "JSON list"),
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
