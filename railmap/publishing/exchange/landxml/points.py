"""Switches and crossings as points of LandXML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pandas as pd
import shapely

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.names import joined
from railmap.publishing.exchange.alignment.vertical import node_heights
from railmap.publishing.exchange.landxml.elements import add_point
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["add_points"]

_KINDS = {"switch": "switch", "railway_crossing": "crossing"}


def add_points(root: ET.Element, content: Map) -> None:
    """Add the switches and crossings of a map as ``CgPoints``; nothing if it has none.

    The name of a point is its kind and row in the map, its code the kind in words of
    OpenStreetMap, its description the crossing number and the side to which a switch diverges. It
    has the height of the track where that is known.
    """
    nodes = content.nodes[content.nodes["railway"].isin(_KINDS)]
    nodes = nodes[(shapely.get_type_id(nodes.geometry.to_numpy()) == 0) & ~nodes.geometry.is_empty]
    if nodes.empty:
        return
    heights = node_heights(content)
    points = ET.SubElement(root, "CgPoints", name="Switches and crossings")
    for node in nodes.itertuples():
        point = add_point(points, "CgPoint", node.geom.x, node.geom.y)
        if (height := heights.get(node.node_id)) is not None:
            point.text = f"{point.text} {height:.4f}"
        point.set("name", f"{_KINDS[node.railway]} {node.Index}")
        point.set("code", node.railway)
        point.set("oID", xml_text(node.node_id))
        number = None if pd.isna(node.crossing_number) else f"1:{node.crossing_number:.1f}"
        if text := joined(" ", number, node.turnout_side):
            point.set("desc", text)
