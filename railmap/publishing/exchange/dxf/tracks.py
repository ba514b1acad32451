"""Centrelines, rails and alignment elements of the links."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from railmap.geometry.curves import left_normals
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.link_elements import link_elements
from railmap.publishing.exchange.alignment.true_curves import TrueCurve, true_curves
from railmap.publishing.exchange.dxf.canvas import Canvas

__all__ = ["add_alignments", "add_tracks"]


def add_tracks(canvas: Canvas, content: Map) -> int:
    """Draw the centreline of each link, and a rail at half its gauge on both sides.

    Interpolated track is dashed. A link without gauge has no rails.

    Returns
    -------
    int
        Number of centrelines.
    """
    links = content.links[content.links.geometry.notna()]
    for row in links.itertuples():
        kinds = () if pd.isna(row.service) else (row.service,)
        linetype = "DASHED" if row.geometry_source == "interpolated" else "BYLAYER"
        xy = shapely.get_coordinates(row.geom)
        centre = canvas.polyline(xy, canvas.layer("TRACK", *kinds), linetype=linetype)
        canvas.tag(centre, link_id=row.link_id)
        gauge = _gauge_m(row)
        if gauge is None or len(xy) < 2:
            continue
        aside = left_normals(xy) * gauge / 2
        for side, rail in (("left", xy + aside), ("right", xy - aside)):
            line = canvas.polyline(rail, canvas.layer("RAIL", *kinds), linetype=linetype)
            canvas.tag(line, link_id=row.link_id, rail=side)
    return len(links)


def add_alignments(canvas: Canvas, content: Map) -> None:
    """Draw the elements of links that have them: LINE, ARC, and polylines for clothoids."""
    segments = content.layers["alignment_segment"].sort_values(["link_id", "seq"])
    by_link = dict(tuple(segments.groupby("link_id")))
    for row in content.links.itertuples():
        own = by_link.get(row.link_id)
        if own is None or shapely.get_type_id(row.geom) != 1 or row.geom.length == 0:
            continue
        for element in link_elements(shapely.get_coordinates(row.geom), own):
            for curve in true_curves(element):
                _add_curve(canvas, curve, row.link_id)


def _gauge_m(row: Any) -> float | None:
    for value in (row.gauge, row.gauge_measured_mm):
        if not pd.isna(value) and value > 0:
            return float(value) / 1000
    return None


def _add_curve(canvas: Canvas, curve: TrueCurve, link_id: str) -> None:
    ends = curve.points([0.0, curve.length])
    if curve.kind == "LINE":
        layer = canvas.layer("ALIGNMENT_LINE")
        a, b = (tuple(map(float, end.round(6))) for end in ends)
        entity = canvas.space.add_line(a, b, dxfattribs={"layer": layer})
    elif curve.kind == "CIRCULARARC":
        radius = 1 / curve.start_curvature  # + left
        aim = curve.heading + math.pi / 2
        centre = (curve.x + radius * math.cos(aim), curve.y + radius * math.sin(aim))
        angles = [math.degrees(math.atan2(y - centre[1], x - centre[0])) for x, y in ends]
        if radius < 0:  # DXF draws arcs to the left
            angles.reverse()
        layer = canvas.layer("ALIGNMENT_ARC")
        place = (round(centre[0], 6), round(centre[1], 6))
        first, last = (round(angle % 360, 9) for angle in angles)
        entity = canvas.space.add_arc(
            place, round(abs(radius), 6), first, last, dxfattribs={"layer": layer}
        )
    else:
        entity = canvas.polyline(curve.drawn(), canvas.layer("ALIGNMENT_CLOTHOID"))
    radii = [f"{1 / k:.3f}" if k else "INF" for k in (curve.start_curvature, curve.end_curvature)]
    values = {"start_radius_m": radii[0], "end_radius_m": radii[1]}
    canvas.tag(entity, link_id=link_id, length_m=f"{curve.length:.3f}", **values)
