"""Switches, crossings, track ends and kilometre posts as blocks with attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.dxf.canvas import TEXT_HEIGHT_M, Canvas

__all__ = ["add_nodes", "add_posts", "define_blocks"]

# Symbols in metres along the direction from the toe (x) and to its left (y).
_SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "SWITCH": [[(0, 0), (3, 0.75), (3, -0.75), (0, 0)]],
    "SWITCH_LEFT": [[(0, 0), (3, 0.75), (3, 0), (0, 0)]],
    "SWITCH_RIGHT": [[(0, 0), (3, -0.75), (3, 0), (0, 0)]],
    "RAILWAY_CROSSING": [[(-1.5, 0), (0, 1), (1.5, 0), (0, -1), (-1.5, 0)]],
    "LEVEL_CROSSING": [[(-1, -1), (1, 1)], [(-1, 1), (1, -1)]],
    "BUFFER_STOP": [[(0, -1.2), (0, 1.2)], [(-0.6, -1.2), (0, -1.2)], [(-0.6, 1.2), (0, 1.2)]],
    "KM_POST": [[(0, 0), (0, 2), (1.2, 2), (1.2, 1), (0, 1)]],
    "EVENT": [[(-0.5, 0), (0, 0.5), (0.5, 0), (0, -0.5), (-0.5, 0)]],
}
_NODE_TAGS = ("REF", "TURNOUT_TYPE", "CROSSING_NUMBER", "SIDE", "NODE_ID")
_TAGS = {
    "KM_POST": ("CHAINAGE", "KM", "LINE"),
    "EVENT": ("KIND", "CLASS", "SEVERITY", "EVENT_ID"),
}
# Columns of a user in which a switch has its number, as the search of the web page has them.
_REFS = ("ref", "name", "number")


def define_blocks(drawing: Any) -> None:
    """Add the blocks; their attributes are invisible, since labels are texts of their own."""
    for name, lines in _SHAPES.items():
        block = drawing.blocks.new(name)
        for line in lines:
            block.add_lwpolyline(line, dxfattribs={"layer": "0"})
        for row, tag in enumerate(_TAGS.get(name, _NODE_TAGS)):
            place = (TEXT_HEIGHT_M, -TEXT_HEIGHT_M * (row + 1))
            block.add_attdef(
                tag, place, height=TEXT_HEIGHT_M / 2, dxfattribs={"layer": "0", "flags": 1}
            )


def add_nodes(canvas: Canvas, content: Map) -> None:
    """Insert a block for each switch, crossing and buffer stop; other ends are points."""
    nodes = content.nodes
    nodes = nodes[shapely.get_type_id(nodes.geometry.to_numpy()) == 0]
    own = [column for column in _REFS if column in nodes.columns]
    ends = _end_directions(content)
    for row in nodes[~nodes.geometry.is_empty].itertuples():
        place = (row.geom.x, row.geom.y)
        kind = "end" if pd.isna(row.railway) else str(row.railway)
        layer = canvas.layer("NODE", kind)
        block = _block(kind, row.turnout_side)
        if block is None:
            place = (round(place[0], 6), round(place[1], 6))
            canvas.tag(
                canvas.space.add_point(place, dxfattribs={"layer": layer}), node_id=row.node_id
            )
            continue
        number = "" if pd.isna(row.crossing_number) else f"1:{row.crossing_number:.1f}"
        ref = next((v for c in own if not pd.isna(v := getattr(row, c)) and str(v)), "")
        values = {
            "REF": ref,
            "TURNOUT_TYPE": _text(row.turnout_type),
            "CROSSING_NUMBER": number,
            "SIDE": _text(row.turnout_side),
            "NODE_ID": row.node_id,
        }
        turn = ends.get(row.node_id, 0.0)
        if not pd.isna(row.heading_deg):
            turn = 90.0 - float(row.heading_deg)
        canvas.tag(canvas.insert(block, place, layer, turn, values), node_id=row.node_id)
        if label := " ".join(str(text) for text in (ref, number) if text):
            canvas.text(label, place, canvas.layer("NODE_TEXT"))


def add_posts(canvas: Canvas, content: Map) -> None:
    """Insert a block with its chainage, and a label, for each kilometre post."""
    posts = content.layers.get("milestone", pd.DataFrame())
    lines = content.layers.get("railway_line", pd.DataFrame())
    refs = {} if lines.empty else dict(zip(lines["line_id"], lines["ref"], strict=True))
    for row in posts.itertuples():
        if row.geom is None or row.geom.is_empty:
            continue
        km = "" if pd.isna(row.position_km) else f"{row.position_km:.9g}"
        text = _text(row.position_text) or km
        values = {"CHAINAGE": text, "KM": km, "LINE": _text(refs.get(row.line_id))}
        place = (row.geom.x, row.geom.y)
        canvas.insert("KM_POST", place, canvas.layer("KM_POST"), 0.0, values)
        if text:
            canvas.text(f"km {text}", place, canvas.layer("KM_TEXT"))


def _block(kind: str, side: object) -> str | None:
    if kind == "switch" and side in ("left", "right"):
        return f"SWITCH_{side}".upper()
    return kind.upper() if kind.upper() in _SHAPES else None


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _end_directions(content: Map) -> dict[str, float]:
    """Return the direction in which a track runs into each node, degrees to the left of x."""
    found: dict[str, float] = {}
    for row in content.links.itertuples():
        xy = shapely.get_coordinates(row.geom)
        if len(xy) < 2:
            continue
        for node, (dx, dy) in ((row.start_node, xy[0] - xy[1]), (row.end_node, xy[-1] - xy[-2])):
            found.setdefault(node, float(np.degrees(np.arctan2(dy, dx))))
    return found
