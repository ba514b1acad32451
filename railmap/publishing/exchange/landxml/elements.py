"""Elements of an alignment as LandXML has them."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import numpy as np

from railmap.publishing.exchange.alignment.elements import Element
from railmap.publishing.exchange.alignment.true_curves import true_curves

__all__ = ["add_point", "element_xml", "number"]

_PARALLEL = 1e-9


def element_xml(element: Element, station: float) -> ET.Element:
    """Return an element, which begins at a station in metres."""
    out = ET.Element(element.kind, _attributes(element) | {"staStart": number(station)})
    add_point(out, "Start", *element.xys[0, :2])
    if element.kind == "Curve":
        add_point(out, "Center", *element.centre())
    elif element.kind == "Spiral":
        add_point(out, "PI", *_tangent_intersection(element))
    add_point(out, "End", *element.xys[-1, :2])
    return out


def _attributes(element: Element) -> dict[str, str]:
    length = number(element.length)
    if element.kind == "Line":
        return {"length": length}
    ends = element.start_radius, element.end_radius
    rot = "ccw" if sum(1 / r for r in ends if r) > 0 else "cw"
    if element.kind == "Curve":
        radius = number(element.arc_radius)
        return {"rot": rot, "radius": radius, "chord": number(element.chord), "length": length}
    start, end = ("INF" if radius is None else number(abs(radius)) for radius in ends)
    radii = {"radiusStart": start, "radiusEnd": end}
    return {"length": length, **radii, "rot": rot, "spiType": "clothoid"}


def _tangent_intersection(element: Element) -> tuple[float, float]:
    """Return where the tangents at both ends meet, CRS x/y."""
    curves = list(true_curves(element))
    first, last = curves[0], curves[-1]
    a, b = first.points(0.0)[0], last.points(last.length)[0]
    u, v = (
        np.array([math.cos(heading), math.sin(heading)])
        for heading in (first.heading, last.heading_at(last.length))
    )
    cross = u[0] * v[1] - u[1] * v[0]
    if abs(cross) < _PARALLEL:
        x, y = (a + b) / 2
    else:
        x, y = a + ((b - a)[0] * v[1] - (b - a)[1] * v[0]) / cross * u
    return float(x), float(y)


def add_point(parent: ET.Element, tag: str, x: float, y: float) -> ET.Element:
    """Add a point as LandXML has it, northing before easting, and return it."""
    point = ET.SubElement(parent, tag)
    point.text = f"{y:.6f} {x:.6f}"
    return point


def number(value: float) -> str:
    """Return metres as text, to a micrometre."""
    return f"{value:.6f}"
