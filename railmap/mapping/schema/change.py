"""Layers of a comparison of two surveys."""

from __future__ import annotations

from railmap.mapping.schema import Column, Layer

__all__ = ["CHANGE_LAYERS", "DEFECT_CHANGE", "ID_MAP", "LINK_CHANGE", "NODE_CHANGE"]

_C = Column

LINK_CHANGE = Layer(
    "link_change",
    "Sections of track that are new, removed, moved, or have changed attributes.",
    (
        _C("change", "TEXT", "new, removed, moved or attributes", required=True),
        _C("old_link_id", "TEXT", "railway_link of the old map", "UUID"),
        _C("new_link_id", "TEXT", "railway_link of the new map", "UUID"),
        _C("m_from", "REAL", "link M at the start; M of the old link if removed", "m"),
        _C("m_to", "REAL", "link M at the end", "m"),
        _C("moved_mean_m", "REAL", "mean distance between the old and the new centreline", "m"),
        _C("moved_max_m", "REAL", "largest distance between them", "m"),
        _C("sigma_m", "REAL", "one sigma of the distance, from both accuracies", "m"),
        _C("attributes", "TEXT", "old and new value of each changed column", "JSON"),
    ),
    geometry="LINESTRING",
)
NODE_CHANGE = Layer(
    "node_change",
    "Switches, crossings and buffer stops that are new, removed, moved or have changed attributes.",
    (
        _C("change", "TEXT", "new, removed, moved or attributes", required=True),
        _C("railway", "TEXT", "kind of node"),
        _C("old_node_id", "TEXT", "railway_node of the old map", "UUID"),
        _C("new_node_id", "TEXT", "railway_node of the new map", "UUID"),
        _C("moved_m", "REAL", "distance between the old and the new node", "m"),
        _C("sigma_m", "REAL", "one sigma of the distance, from both accuracies", "m"),
        _C("attributes", "TEXT", "old and new value of each changed column", "JSON"),
    ),
    geometry="POINT",
)
DEFECT_CHANGE = Layer(
    "defect_change",
    "Defects of both surveys, matched to each other.",
    (
        _C("layer", "TEXT", "defect or defect_area", required=True),
        _C(
            "status",
            "TEXT",
            "status compared with the old survey",
            domain="defect_status",
            required=True,
        ),
        _C("class", "TEXT", "kind of defect"),
        _C("severity", "INTEGER", "severity in the new map"),
        _C("old_severity", "INTEGER", "severity in the old map"),
        _C("old_defect_id", "TEXT", "defect of the old map", "UUID"),
        _C("new_defect_id", "TEXT", "defect of the new map", "UUID"),
        _C("distance_m", "REAL", "distance between the old and the new position", "m"),
        _C("first_seen", "DATETIME", "first survey that shows it", "UTC"),
        _C("days", "REAL", "time between the surveys", "d"),
        _C("area_growth_mm2", "REAL", "new area minus old area", "mm²"),
        _C("area_growth_mm2_day", "REAL", "growth of the area per day", "mm²/d"),
        _C("length_growth_m", "REAL", "new length minus old length", "m"),
        _C("length_growth_m_day", "REAL", "growth of the length per day", "m/d"),
    ),
    geometry="POINT",
)
ID_MAP = Layer(
    "id_map",
    "Objects of the new map and the corresponding objects of the old map.",
    (
        _C("kind", "TEXT", "link, node, defect or defect_area", required=True),
        _C("old_id", "TEXT", "identifier in the old map", "UUID", required=True),
        _C("new_id", "TEXT", "identifier in the new map", "UUID", required=True),
    ),
)
CHANGE_LAYERS = (LINK_CHANGE, NODE_CHANGE, DEFECT_CHANGE, ID_MAP)
