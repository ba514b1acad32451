"""Write a map as LandXML 1.2 for surveying and design programs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.alignments import Alignment, alignments_of
from railmap.publishing.exchange.alignment.vertical import vertical_crs
from railmap.publishing.exchange.landxml.elements import element_xml, number
from railmap.publishing.exchange.landxml.points import add_points
from railmap.publishing.exchange.landxml.profiles import add_profile
from railmap.publishing.exchange.origin import origin_of
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["write_landxml"]

_NAMESPACE = "http://www.landxml.org/schema/LandXML-1.2"


def write_landxml(content: Map, path: Path) -> int:
    """Write lines, and links without a line, as alignments; return the number of alignments.

    Where links have alignment segments there are lines, arcs and clothoids, elsewhere chains of
    lines. Points are ``northing easting`` in metres of the map's CRS. The ends of an element are
    on the drawn line, so adjacent elements meet exactly. Stations are metres along the elements
    from the chainage of the line's start, with an equation at each kilometre post that they miss.
    Where tracks have heights, alignments have a profile, whose stations are those before equations.
    Switches and crossings are points, with their height. The project has licences and origin.

    Parameters
    ----------
    content
        The map.
    path
        The file to write.

    Raises
    ------
    MapError
        If the licences of the map cannot be read.
    OSError
        If the file cannot be written.
    """
    found = alignments_of(content)
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
    if (vertical := vertical_crs(content)) is not None:
        system["verticalCoordinateSystemName"] = xml_text(vertical)
    ET.SubElement(root, "CoordinateSystem", system)
    _add_origin(root, content)
    ET.SubElement(root, "Application", name="railmap")
    if found:  # the schema has no empty list
        alignments = ET.SubElement(root, "Alignments")
        for alignment in found:
            _add_alignment(alignments, alignment)
    add_points(root, content)
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', encoding="utf-8")
    return len(found)


def _add_origin(root: ET.Element, content: Map) -> None:
    origin = origin_of(content)
    project = ET.SubElement(root, "Project", name=xml_text(Path(origin.source).stem))
    feature = ET.SubElement(project, "Feature", name="Origin and licences")
    said = [("Origin", text) for text in origin.to_dict()["origin"]]
    said += [("Attribution", origin.attribution), ("Licence", origin.licence)]
    for label, text in said:
        if text:
            ET.SubElement(feature, "Property", label=label, value=xml_text(text))


def _add_alignment(parent: ET.Element, alignment: Alignment) -> None:
    element = ET.SubElement(
        parent,
        "Alignment",
        name=alignment.name,
        length=number(alignment.length),
        staStart=number(alignment.start),
        desc=alignment.description,
        oID=xml_text(alignment.object_id),
    )
    geometry = ET.SubElement(element, "CoordGeom")
    drawn, stations = alignment.stations()
    for one, station in zip(alignment.elements, stations[:-1], strict=True):
        geometry.append(element_xml(one, float(station)))
    for step in alignment.equations:
        equation = ET.SubElement(
            element,
            "StaEquation",
            staAhead=number(step.ahead),
            staBack=number(step.back),
            staInternal=number(step.internal),
            staIncrement="increasing",
        )
        if step.post:
            equation.set("desc", f"km {step.post}")
    add_profile(element, alignment.profile, drawn, stations)
