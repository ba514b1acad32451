"""A small map with every layer that is published: a line, posts, defects, scenes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from railmap.mapping import write_map
from railmap.mapping.gpkg.blobs import geometry_blob, line_m_blob
from railmap.mapping.gpkg.package import GeoPackage
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.reader import read_map
from tests.helpers import networks

SRS = 25832
# The line's chainage begins here.
M0 = 12_300.0
LINE_ID = "11111111-1111-5111-8111-111111111111"


def add_layer(path: Path, name: str, rows: list) -> None:
    """Add a layer that the map doesn't have yet."""
    with edit_map(path) as sql:
        package = GeoPackage.__new__(GeoPackage)
        package._sql, package.srs_id, package._changed = sql, SRS, "2026-03-01T12:30:15.250Z"
        package.add_layer(layer(name), rows)


def blob(geometry):
    return geometry_blob(SRS, geometry)


def make_map(path: Path, *, events: bool = True, network=None) -> Path:
    network = network or networks.junction()
    write_map(
        path,
        network,
        networks.CRS,
        images=networks.images(),
        run=networks.run_record(),
        qa=networks.issues(),
        overwrite=True,
    )
    if not events:
        return path
    links = read_map(path).links
    first, second = links.iloc[0], links.iloc[1]
    a, b = (shapely.get_coordinates(row.geom) for row in (first, second))
    xy = np.vstack([a, b[1:]])
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    m = steps + M0
    row = line_m_blob(SRS, np.column_stack([xy, m]))
    line = {
        "line_id": LINE_ID, "ref": "6185", "name": "Köln–Öst", "calibration": "posts",
        "m_min": m[0], "m_max": m[-1],
    }  # fmt: skip
    add_layer(path, "railway_line", [(line, *row)])
    middle = M0 + first["length_m"]
    add_layer(
        path,
        "railway_line_link",
        [
            (
                {
                    "line_id": LINE_ID, "seq": seq, "link_id": link["link_id"],
                    "reversed": False, "m_from": m_from, "m_to": m_to,
                }, None, None,
            )
            for seq, (link, m_from, m_to) in enumerate(
                [(first, M0, middle), (second, middle, float(m[-1]))]
            )
        ],
    )  # fmt: skip
    post = {"line_id": LINE_ID, "position_km": 12.4, "position_text": "12,4", "m": 12_400.0}
    place = LineString(xy).interpolate(100.0)
    add_layer(path, "milestone", [(post, *blob(place))])
    add_layer(
        path,
        "defect",
        [
            (
                {
                    "defect_id": f"d{index}", "class": "squat", "severity": index,
                    "link_id": first["link_id"], "link_m": 10.0 * index, "line_id": LINE_ID,
                    "line_m": M0 + 10.0 * index, "area_mm2": 500.0 * index, "status": "open",
                    "first_seen": networks.FLOWN, "last_seen": networks.FLOWN,
                }, *blob(Point(xy[0, 0] + 10.0 * index, xy[0, 1] + 0.7)),
            )
            for index in (1, 2, 3)
        ],
    )  # fmt: skip
    scene = {"event_id": "s1", "link_id": first["link_id"], "scene_class": 'bridge, "old"'}
    add_layer(path, "scene_event", [(scene, *blob(place))])
    with sqlite3.connect(path) as sql:
        for name in ("MinX", "MinY", "MaxX", "MaxY", "IsEmpty"):
            sql.create_function(f"ST_{name}", 1, lambda _: 0)
        sql.execute("UPDATE railway_link SET service = 'siding', ref = '6185' WHERE fid = 6")
    return path


def shifted(dx: float, dy: float):
    """The junction, moved."""
    network = networks.junction()
    for node in network.nodes:
        node.x, node.y = node.x + dx, node.y + dy
    for link in network.links:
        link.xy = link.xy + np.array([dx, dy])
        link.xy[0] = network.nodes[link.start_node].x, network.nodes[link.start_node].y
        link.xy[-1] = network.nodes[link.end_node].x, network.nodes[link.end_node].y
    return network
