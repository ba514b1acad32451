"""Write alignments as LandXML 1.2 for surveying and design programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["write_landxml"]

_NAMESPACE = "http://www.landxml.org/schema/LandXML-1.2"


def write_landxml(content: Map, path: Path) -> int:
    """Write each link as an alignment with its M as station; return the number of links.

    Links with alignment segments become lines, arcs and clothoids; the others chains of
    lines. Points are ``northing easting`` in metres of the map's CRS. The ends of an element are
    on the link's line, so adjacent elements meet exactly.
    """
    links = content.links[content.links.geometry.notna()]
    root = ET.Element(
        "LandXML", xmlns=_NAMESPACE, version="1.2", date="1970-01-01", time="00:00:00"
    )
    run = content.layers["processing_run"]
    if len(run) and not pd.isna(run["started_at"].iloc[-1]):
        started = run["started_at"].iloc[-1]
        root.set("date", started.strftime("%Y-%m-%d"))
        root.set("time", started.strftime("%H:%M:%S"))
    units = ET.SubElement(root, "Units")
    ET.SubElement(
        units,
        "Metric",
        areaUnit="squareMeter",
        linearUnit="meter",
        volumeUnit="cubicMeter",
        temperatureUnit="celsius",
        pressureUnit="milliBars",
        angularUnit="decimal degrees",
        directionUnit="decimal degrees",
    )
    system = {"name": content.crs.name, "ogcWktCode": content.crs.to_wkt("WKT1_GDAL")}
    if code := content.crs.to_epsg():
        system["epsgCode"] = str(code)
    ET.SubElement(root, "CoordinateSystem", system)
    ET.SubElement(root, "Application", name="railmap")
    alignments = ET.SubElement(root, "Alignments")
    segments = content.layers["alignment_segment"]
    by_link = dict(tuple(segments.sort_values(["link_id", "seq"]).groupby("link_id")))
    for link in links.itertuples():
        xym = shapely.get_coordinates(link.geom, include_m=True)
        name = str(link.track_ref) if not pd.isna(link.track_ref) else link.link_id
        alignment = ET.SubElement(
            alignments,
            "Alignment",
            name=xml_text(link.link_id),
            length=_number(xym[-1, 2] - xym[0, 2]),
            staStart=_number(xym[0, 2]),
            desc=xml_text(name),
        )
        geometry = ET.SubElement(alignment, "CoordGeom")
        for element in _elements(xym, by_link.get(link.link_id)):
            geometry.append(element)
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', encoding="utf-8")
    return len(links)


def _elements(xym: NDArray[np.float64], segments: pd.DataFrame | None) -> Iterator[ET.Element]:
    if segments is None or segments.empty:
        yield from _chords(xym)
        return
    m = xym[:, 2]
    edges = np.clip([*segments["m_from"], m[-1]], m[0], m[-1])
    # The part before the first segment is written as lines, so that the link is complete.
    if edges[0] > m[0]:
        yield from _chords(_piece(xym, m[0], edges[0]))
    for row, first, last in zip(segments.itertuples(), edges[:-1], edges[1:], strict=True):
        if not last > first:
            continue
        piece = _piece(xym, first, last)
        if row.type == "CIRCULARARC" and not pd.isna(row.start_radius_m):
            yield _arc(piece, row.start_radius_m)
        elif row.type == "CLOTHOID":
            yield _spiral(piece, row.start_radius_m, row.end_radius_m)
        else:
            yield _line(piece[0], piece[-1])


def _piece(xym: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    m = xym[:, 2]
    cuts = np.array([first, *m[(m > first) & (m < last)], last])
    return np.column_stack([np.interp(cuts, m, xym[:, 0]), np.interp(cuts, m, xym[:, 1]), cuts])


def _chords(xym: NDArray[np.float64]) -> Iterator[ET.Element]:
    for start, end in pairwise(xym):
        yield _line(start, end)


def _line(start: NDArray[np.float64], end: NDArray[np.float64]) -> ET.Element:
    element = ET.Element(
        "Line",
        staStart=_number(start[2]),
        length=_number(math.dist(start[:2], end[:2])),
    )
    _point(element, "Start", *start[:2])
    _point(element, "End", *end[:2])
    return element


def _arc(piece: NDArray[np.float64], signed_radius: float) -> ET.Element:
    """Return the arc of that radius through the piece's ends; + radius turns left (ccw)."""
    start, end = piece[0], piece[-1]
    chord = end[:2] - start[:2]
    distance = float(np.hypot(*chord))
    radius = max(abs(signed_radius), distance / 2)
    left = np.array([-chord[1], chord[0]]) / distance
    height = math.sqrt(radius**2 - (distance / 2) ** 2)
    centre = (start[:2] + end[:2]) / 2 + left * height * math.copysign(1.0, signed_radius)
    element = ET.Element(
        "Curve",
        rot="ccw" if signed_radius > 0 else "cw",
        staStart=_number(start[2]),
        radius=_number(radius),
        chord=_number(distance),
        length=_number(2 * radius * math.asin(min(1.0, distance / (2 * radius)))),
    )
    _point(element, "Start", *start[:2])
    _point(element, "Center", *centre)
    _point(element, "End", *end[:2])
    return element


def _spiral(piece: NDArray[np.float64], start_radius: float, end_radius: float) -> ET.Element:
    """Return a clothoid; its PI is the intersection of the tangents at its ends."""
    start, end = piece[0], piece[-1]
    radii = [value for value in (start_radius, end_radius) if not pd.isna(value)]
    element = ET.Element(
        "Spiral",
        length=_number(end[2] - start[2]),
        radiusStart=_radius(start_radius),
        radiusEnd=_radius(end_radius),
        rot="ccw" if sum(1 / value for value in radii) > 0 else "cw",
        spiType="clothoid",
        staStart=_number(start[2]),
    )
    _point(element, "Start", *start[:2])
    _point(element, "PI", *_tangent_intersection(piece))
    _point(element, "End", *end[:2])
    return element


def _tangent_intersection(piece: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = piece[0, :2], piece[-1, :2]
    u, v = piece[1, :2] - a, b - piece[-2, :2]
    cross = u[0] * v[1] - u[1] * v[0]
    if abs(cross) < 1e-9 * np.hypot(*u) * np.hypot(*v):
        return np.asarray((a + b) / 2)
    t = ((b - a)[0] * v[1] - (b - a)[1] * v[0]) / cross
    return np.asarray(a + t * u)


def _radius(value: float) -> str:
    return "INF" if pd.isna(value) else _number(abs(value))


def _point(parent: ET.Element, tag: str, x: float, y: float) -> None:
    ET.SubElement(parent, tag).text = f"{y:.6f} {x:.6f}"


def _number(value: float) -> str:
    return f"{value:.6f}"
