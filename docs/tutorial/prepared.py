"""What a person does between the commands of the tutorial, done by program.

The track that the map lacks is taken from the rendered scene's truth and drawn into the map.
Posts, defects and the OpenStreetMap extract are made up to fit the map.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely.ops import substring

from railmap.mapping import read_map
from railmap.mapping.gpkg.blobs import line_m_blob, wkb_from_blob
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.layers import map_srs_id

__all__ = ["draw", "make_inputs"]

REACH_M = 1.0
SHORTEST_M = 15.0
SWITCH_M = 40.0
DEFECTS = ("squat", "corrugation", "crack", "spalling")
FIRST_POST_M, SECOND_POST_M = 12.0, 111.05  # along the longest link


def truth() -> gpd.GeoSeries:
    """Return the scene's centrelines, a line a track."""
    frame = pyogrio.read_dataframe("truth.gpkg", layer="centreline")
    merged = shapely.line_merge(shapely.union_all(frame.geometry.to_numpy()))
    return gpd.GeoSeries(list(shapely.get_parts(merged)), crs=frame.crs)


def missing(found: np.ndarray) -> Iterator[np.ndarray]:
    """Yield ``(n, 2)`` of true track without a link, extended to the links that it leaves."""
    drawn = shapely.union_all(found)
    corners = np.concatenate([shapely.get_coordinates(line)[[0, -1]] for line in found])
    for part in shapely.get_parts(shapely.difference(truth().to_numpy(), drawn.buffer(REACH_M))):
        if shapely.length(part) < SHORTEST_M:
            continue
        xy = shapely.get_coordinates(part)
        for row, onward in ((0, 1), (-1, -2)):
            if shapely.Point(xy[row]).distance(drawn) > 2 * REACH_M:
                continue
            away = np.hypot(*(corners - xy[row]).T)
            if away.min() <= 2 * REACH_M:  # the track goes on where a link ends
                corner = corners[away.argmin()]
                xy = np.vstack([corner, xy]) if row == 0 else np.vstack([xy, corner])
                continue
            step = xy[row] - xy[onward]
            step /= np.hypot(*step)
            # A switch: the tracks run together for a while before their centrelines meet.
            places = xy[row] + np.arange(0.0, SWITCH_M, 0.5)[:, None] * step
            nearest = places[shapely.distance(shapely.points(places), drawn).argmin()]
            foot = shapely.get_coordinates(drawn.interpolate(drawn.project(shapely.Point(nearest))))
            xy = np.vstack([foot, xy]) if row == 0 else np.vstack([xy, foot])
        yield xy


def split(sql: sqlite3.Connection, place: np.ndarray) -> None:
    """Split the link that passes a place there, as QGIS does: both parts have its columns."""
    srs_id = map_srs_id(sql)
    for fid, blob in sql.execute("SELECT fid, geom FROM railway_link").fetchall():
        line = shapely.force_2d(shapely.from_wkb(wkb_from_blob(blob)))
        m = line.project(shapely.Point(place))
        if line.distance(shapely.Point(place)) > 0.01 or not 1.0 < m < line.length - 1.0:
            continue
        parts = []
        for part in (substring(line, 0, m), substring(line, m, line.length)):
            xy = shapely.get_coordinates(part)
            xy[-1 if not parts else 0] = place
            parts.append(line_m_blob(srs_id, np.column_stack([xy, np.zeros(len(xy))]))[0])
        sql.execute(
            "INSERT INTO railway_link (geom, link_id, start_node, end_node, railway,"
            " geometry_source) SELECT ?, link_id, start_node, end_node, railway, 'edited'"
            " FROM railway_link WHERE fid = ?",
            (parts[1], fid),
        )
        sql.execute(
            "UPDATE railway_link SET geom = ?, geometry_source = 'edited' WHERE fid = ?",
            (parts[0], fid),
        )


def draw() -> dict[str, str]:
    """Add the missing track, as a person does in QGIS; return its length as text."""
    drawn = 0.0
    links = read_map("tracks.gpkg").links
    with edit_map("tracks.gpkg") as sql:
        for number, xy in enumerate(missing(shapely.force_2d(links.geometry.to_numpy()))):
            for end in (xy[0], xy[-1]):
                split(sql, end)
            blob, _ = line_m_blob(map_srs_id(sql), np.column_stack([xy, np.zeros(len(xy))]))
            sql.execute(
                "INSERT INTO railway_link (geom, link_id, start_node, end_node, railway,"
                " geometry_source) VALUES (?, ?, 'new', 'new', 'rail', 'edited')",
                (blob, f"drawn-{number}"),
            )
            drawn += shapely.linestrings(xy).length
    nothing = f"nothing: no track of more than {SHORTEST_M:.0f} m is missing"
    return {"drawn": f"{drawn:.0f} m of track, taken from the truth" if drawn else nothing}


def make_inputs() -> dict[str, str]:
    """Write the extract, posts and defects; return the first and last node of the longest link."""
    names = {"railway": "rail", "name": "Made-up line", "ref": "6185", "maxspeed": "120",
             "electrified": "contact_line", "usage": "main"}  # fmt: skip
    lines = truth()
    osm = gpd.GeoDataFrame([names] * len(lines), geometry=lines.to_numpy(), crs=lines.crs)
    Path("osm.geojson").write_text(osm.to_crs(4326).to_json())
    links = read_map("tracks.gpkg").links
    link = links.loc[links.geometry.length.idxmax()]
    line = shapely.force_2d(link.geom)
    posts = ["ref,position_km,x,y"]
    second = min(SECOND_POST_M, 0.9 * line.length)
    # the second post stands a metre too near: chainage is stretched between posts
    second_km = 12.4 + round(second - FIRST_POST_M + 0.5) / 1000
    for m, km in ((FIRST_POST_M, 12.4), (second, second_km)):
        place = shapely.get_coordinates(line.offset_curve(-2.0).interpolate(m))[0]
        posts.append(f"6185,{km:.3f},{place[0]:.2f},{place[1]:.2f}")
    Path("posts.csv").write_text("\n".join(posts) + "\n")
    random = np.random.default_rng(8)
    rows = ["defect_id,class,severity,x,y,area_mm2"]
    for number in range(1, 9):
        side = random.choice([-0.75, 0.75])
        shape = shapely.force_2d(links.geometry.iloc[int(random.integers(len(links)))])
        x, y = shapely.get_coordinates(
            shape.offset_curve(side).interpolate(random.random(), normalized=True)
        )[0]
        kind, area = random.choice(DEFECTS), int(random.integers(200, 4000))
        rows.append(f"D{number},{kind},{random.integers(1, 4)},{x:.3f},{y:.3f},{area}")
    Path("defects.csv").write_text("\n".join(rows) + "\n")
    return {"start": link["start_node"][:8], "end": link["end_node"][:8]}
