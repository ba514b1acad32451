"""Write a QGIS project (.qgz) that shows the map in its styles."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd

from railmap.mapping.attach.user_layers import read_user_layers
from railmap.mapping.schema import Layer
from railmap.mapping.schema import layer as schema_layer
from railmap.mapping.store.reader import Map
from railmap.mapping.style.qml import layer_qml
from railmap.publishing.exchange.origin import Origin, origin_of
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["write_qgis_project"]

# From the top of the legend down. GDAL lists a mixed layer once for each geometry type.
_ORDER = (
    ("qa_issue", "Point"),
    ("qa_issue", "Line"),
    ("qa_issue", "Polygon"),
    ("defect", ""),
    ("scene_event", "Point"),
    ("scene_event", "Line"),
    ("milestone", ""),
    ("railway_node", ""),
    ("railway_link", ""),
    ("railway_line", ""),
    ("defect_area", ""),
    ("alignment_segment", ""),
    ("track_height", ""),
    ("vertical_segment", ""),
    ("track_area", ""),
    ("source_image", ""),
)
_INITIALLY_HIDDEN = ("alignment_segment", "track_height", "vertical_segment", "source_image")
_KINDS = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
_QGIS_TYPES = {"Point": ("Point", "0"), "Line": ("LineString", "1"), "Polygon": ("Polygon", "2")}


def write_qgis_project(content: Map, path: Path, target: Path | None = None) -> int:
    """Write a QGIS project; return the number of layers.

    The project refers to the map by its path relative to `target` (the project's final path;
    `path` if None), so both can be moved together.
    """
    folder = (target or path).absolute().parent
    try:
        source = os.path.relpath(content.path.absolute(), folder)
    except ValueError:  # another drive on Windows
        source = str(content.path.absolute())
    source = Path(source).as_posix()
    if not source.startswith((".", "/")):
        source = f"./{source}"
    project = ET.Element("qgis", version="3.22.0", projectname=content.path.stem)
    ET.SubElement(project, "title").text = content.path.stem
    _add_crs(ET.SubElement(project, "projectCrs"), content)
    tree = ET.SubElement(project, "layer-tree-group")
    layers = ET.Element("projectlayers")
    count = 0
    for layer, kind in _shown(content):
        name = layer.name
        key = f"railmap_{name}_{kind}" if kind else f"railmap_{name}"
        label = f"{name} ({kind.lower()})" if kind else name
        uri = f"{source}|layername={name}"
        if kind:
            uri += f"|geometrytype={_QGIS_TYPES[kind][0]}"
        shown = "Unchecked" if name in _INITIALLY_HIDDEN else "Checked"
        ET.SubElement(
            tree,
            "layer-tree-layer",
            id=key,
            name=label,
            source=uri,
            providerKey="ogr",
            checked=shown,
            expanded="0",
        )
        layers.append(_map_layer(content, layer, kind, key, label, uri))
        count += 1
    project.append(layers)
    project.append(_canvas(content))
    origin = origin_of(content)
    about = ET.SubElement(project, "projectMetadata")
    ET.SubElement(about, "title").text = content.path.stem
    ET.SubElement(about, "abstract").text = "\n".join(origin.lines())
    for element in layers:
        _add_rights(ET.SubElement(element, "resourceMetadata"), origin)
    properties = ET.SubElement(project, "properties")
    paths = ET.SubElement(properties, "Paths")
    ET.SubElement(paths, "Absolute", type="bool").text = "false"
    # Without this QGIS ignores the project's CRS.
    system = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(system, "ProjectionsEnabled", type="int").text = "1"
    text = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    text += xml_text(ET.tostring(project, encoding="unicode"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed time: the same map gives the same bytes.
        entry = zipfile.ZipInfo(f"{(target or path).stem}.qgs", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text)
    return count


def _add_rights(parent: ET.Element, origin: Origin) -> None:
    """Add licences and origin as QGIS shows them in the properties of a layer."""
    ET.SubElement(parent, "abstract").text = "\n".join(origin.lines())
    for one in origin.licences:
        ET.SubElement(parent, "rights").text = one.attribution
        ET.SubElement(parent, "license").text = f"{one.name}, {one.url}"


def _shown(content: Map) -> Iterator[tuple[Layer, str]]:
    """Yield layers from the top down, mixed ones once for each geometry type; user events first."""
    for layer, frame in read_user_layers(content):
        kinds = _QGIS_TYPES if layer.geometry == "GEOMETRY" else ("",)
        yield from ((layer, kind) for kind in kinds if not kind or _has_kind(frame, kind))
    for name, kind in _ORDER:
        known = content.layers.get(name)
        if isinstance(known, gpd.GeoDataFrame) and (not kind or _has_kind(known, kind)):
            yield schema_layer(name), kind


def _has_kind(frame: gpd.GeoDataFrame, kind: str) -> bool:
    return bool(frame.geometry.geom_type.dropna().str.endswith(_QGIS_TYPES[kind][0]).any())


def _map_layer(content: Map, layer: Layer, kind: str, key: str, label: str, uri: str) -> ET.Element:
    geometry = kind or _KINDS[(layer.geometry or "").removeprefix("MULTI")]
    element = ET.Element(
        "maplayer",
        type="vector",
        geometry=geometry,
        styleCategories="AllStyleCategories",
        labelsEnabled="0",
    )
    ET.SubElement(element, "id").text = key
    ET.SubElement(element, "datasource").text = uri
    ET.SubElement(element, "layername").text = label
    _add_crs(ET.SubElement(element, "srs"), content)
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    if qml := layer_qml(layer):
        style = ET.fromstring(qml.split("\n", 1)[1])
        element.set("labelsEnabled", style.get("labelsEnabled", "0"))
        element.extend(list(style))
    ET.SubElement(element, "layerGeometryType").text = _QGIS_TYPES[geometry][1]
    return element


def _add_crs(parent: ET.Element, content: Map) -> None:
    system = ET.SubElement(parent, "spatialrefsys")
    ET.SubElement(system, "wkt").text = content.crs.to_wkt()
    if code := content.crs.to_epsg():
        ET.SubElement(system, "srid").text = str(code)
        ET.SubElement(system, "authid").text = f"EPSG:{code}"
    ET.SubElement(system, "description").text = content.crs.name


def _canvas(content: Map) -> ET.Element:
    canvas = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(canvas, "units").text = "meters"
    links = content.links
    bounds = links.total_bounds if len(links) else [0.0, 0.0, 1.0, 1.0]
    if not len(links) and len(content.layers["source_image"]):
        bounds = content.layers["source_image"].total_bounds  # type: ignore[attr-defined]
    extent = ET.SubElement(canvas, "extent")
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True):
        ET.SubElement(extent, tag).text = f"{value:.3f}"
    _add_crs(ET.SubElement(canvas, "destinationsrs"), content)
    return canvas
