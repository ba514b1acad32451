"""Read any line layer, with its nodes and evaluated areas; reproject it to a metric CRS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from railmap.errors import GeoreferenceError, InputError
from railmap.evaluation.moves import RELATIONS, LineMove, stated_moves
from railmap.files.vector import (
    LAYER_NAME,
    only_layer,
    read_polygons,
    reading_vector,
    vector_layers,
)

__all__ = [
    "LayerSource",
    "TrackLayer",
    "as_polygon",
    "metric_crs",
    "read_tracks",
    "to_crs",
    "united",
]

LayerSource: TypeAlias = str | Path | gpd.GeoDataFrame

_LINE_LAYERS = ("railway_link", "centreline")
_NODE_LAYERS = ("railway_node", "node")
_LINES = ("LineString", "MultiLineString")
_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class TrackLayer:
    """Tracks of one file or frame.

    Parameters
    ----------
    name
        Name in messages.
    lines
        One LineString a row, 2-D, longer than 0; column ``occluded`` (bool).
    nodes
        Points with their columns (``railway``, ``crossing_number``, ...); may be empty.
    ignore
        Area that is not evaluated, or None.
    area
        Only area that is evaluated, or None for all.
    moves
        Moves between ends of the lines that a map states in its ``net_relation``; None for a layer
        that has none.
    """

    name: str
    lines: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    ignore: BaseGeometry | None
    area: BaseGeometry | None
    moves: tuple[LineMove, ...] | None = None


def read_tracks(source: LayerSource, what: str) -> TrackLayer:
    """Read the tracks of a railmap map, a rendered truth or any other line layer.

    From a GeoPackage, the layers ``railway_link``/``railway_node`` or ``centreline``/``node`` are
    read; from any other file its only line layer, or the one of ``FILE|layername=NAME``. Polygons
    with a true ``ignore`` and those of a layer ``ignore`` are not evaluated; a layer ``area`` next
    to ``centreline`` limits the evaluation.

    Parameters
    ----------
    source
        File or frame.
    what
        Its role, for messages: "prediction" or "truth".

    Raises
    ------
    InputError
        If it cannot be read, has other geometries but no lines, or NaN coordinates.
    GeoreferenceError
        If it has no CRS.
    """
    if isinstance(source, gpd.GeoDataFrame):
        name, found = f"the {what}", _Layers(source)
    else:
        name, found = str(source), _read_file(str(source))
    frame = found.lines
    if frame.crs is None:
        raise GeoreferenceError(
            f"{name} has no CRS; give it one, e.g. with ogr2ogr -a_srs EPSG:25832"
        )
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    kind = frame.geometry.geom_type
    polygons = frame[kind.isin(_POLYGONS)]
    if "ignore" in polygons.columns:
        polygons = polygons[_truthy(polygons["ignore"])]
    else:
        polygons = polygons.iloc[:0]
    lines = frame[kind.isin(_LINES)]
    if lines.empty and len(frame) > len(polygons):
        kinds = ", ".join(sorted(set(kind)))
        raise InputError(f"{name} has {kinds} and no lines; name a layer of track lines")
    points = frame[kind == "Point"] if found.nodes is None else found.nodes
    ignored = [_united(polygons, frame.crs), _united(found.ignore, frame.crs)]
    parts, row = _line_parts(lines, name)
    return TrackLayer(
        name=name,
        lines=parts,
        nodes=points.reset_index(drop=True),
        ignore=united([polygon for polygon in ignored if polygon is not None]),
        area=_united(found.area, frame.crs),
        moves=None if found.relations is None else stated_moves(lines, row, found.relations),
    )


def metric_crs(layer: gpd.GeoDataFrame) -> CRS:
    """Return the layer's own CRS if its unit is a metre on the ground, else its UTM zone.

    It is not for geographic CRS, feet and the Mercator family, where 1 m in the map is
    cos(latitude) m on the ground.

    Raises
    ------
    InputError
        If a UTM zone is needed and the layer is empty.
    """
    crs = CRS(layer.crs)
    if crs.is_projected:
        unit = all(abs(axis.unit_conversion_factor - 1.0) < 1e-9 for axis in crs.axis_info[:2])
        operation = crs.coordinate_operation
        method = operation.method_name if operation is not None else ""
        mercator = method.startswith(("Mercator", "Popular Visualisation"))
        if unit and not mercator:
            return crs
    if layer.empty:
        raise InputError("the layer is empty, so no UTM zone can be chosen; reproject it to metres")
    return layer.estimate_utm_crs()


def to_crs(layer: TrackLayer, crs: CRS) -> TrackLayer:
    """Reproject all parts of a layer.

    Raises
    ------
    GeoreferenceError
        If the lines are outside the area of `crs`.
    """
    source = layer.lines.crs
    ignore, area = (
        None if polygon is None else gpd.GeoSeries([polygon], crs=source).to_crs(crs).iloc[0]
        for polygon in (layer.ignore, layer.area)
    )
    lines = layer.lines.to_crs(crs)
    if not np.isfinite(lines.total_bounds).all() and len(lines):
        raise GeoreferenceError(
            f"{layer.name} is outside the area of {CRS(crs).name}; check its CRS"
        )
    return replace(layer, lines=lines, nodes=layer.nodes.to_crs(crs), ignore=ignore, area=area)


def united(polygons: list[BaseGeometry]) -> BaseGeometry | None:
    """Return the union of polygons, repairing invalid ones; None if there are none."""
    if not polygons:
        return None
    return shapely.union_all([shapely.make_valid(polygon) for polygon in polygons])


def as_polygon(
    area: LayerSource | BaseGeometry | gpd.GeoSeries | None, crs: Any, target: CRS
) -> BaseGeometry | None:
    """Return the union of an area given as file, frame or geometry; a bare geometry is in `crs`.

    Raises
    ------
    InputError
        If the file cannot be read or has no polygons.
    """
    if area is None:
        return None
    if isinstance(area, BaseGeometry):
        series = gpd.GeoSeries([area], crs=crs)
    elif isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries):
        series = area.geometry
    else:
        series = read_polygons(area)
    series = series[series.geom_type.isin([*_POLYGONS, "GeometryCollection"])]
    if series.empty:
        raise InputError("the area has no polygons; give a polygon layer")
    if series.crs is None:
        series = series.set_crs(crs)
    return united(list(series.to_crs(target)))


@dataclass(frozen=True, slots=True)
class _Layers:
    """Layers as read from a file."""

    lines: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame | None = None
    ignore: gpd.GeoDataFrame | None = None
    area: gpd.GeoDataFrame | None = None
    relations: pd.DataFrame | None = None


def _read_file(source: str) -> _Layers:
    path, _, wanted = source.partition(LAYER_NAME)
    layers = vector_layers(path)
    main = wanted or next((name for name in _LINE_LAYERS if name in layers), None)
    if main is None:
        main = only_layer(path, "LineString", "line")
    if main not in layers:
        raise InputError(f"{path}: has no layer {main!r} with geometry, only {', '.join(layers)}")
    roles = {"ignore": "ignore"}
    if main in _LINE_LAYERS:
        roles["nodes"] = _NODE_LAYERS[_LINE_LAYERS.index(main)]
    if main == "centreline":
        roles["area"] = "area"
    with reading_vector(path):
        frame = gpd.read_file(path, layer=main)
        others = {
            role: gpd.read_file(path, layer=layer)
            for role, layer in roles.items()
            if layer in layers and layer != main
        }
        if main == "railway_link" and RELATIONS in pyogrio.list_layers(path)[:, 0]:
            others["relations"] = pyogrio.read_dataframe(path, layer=RELATIONS)
    return _Layers(frame, **others)


def _united(polygons: gpd.GeoDataFrame | None, crs: CRS) -> BaseGeometry | None:
    if polygons is None or polygons.empty:
        return None
    return united(list(polygons.geometry.to_crs(crs)))


def _line_parts(lines: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """Return the parts longer than 0, and for each the row of its line, -1 for one of several."""
    coordinates = shapely.get_coordinates(lines.geometry.to_numpy())
    if not np.isfinite(coordinates).all():
        raise InputError(f"{name} has lines with NaN or infinite coordinates; repair them first")
    occluded = _truthy(lines["occluded"]) if "occluded" in lines.columns else False
    plain = gpd.GeoDataFrame(
        {
            "occluded": np.broadcast_to(np.asarray(occluded, dtype=bool), len(lines)),
            "row": np.arange(len(lines)),
        },
        geometry=shapely.force_2d(lines.geometry.to_numpy()),
        crs=lines.crs,
    )
    parts = plain.explode(ignore_index=True)
    row = parts.pop("row").to_numpy(dtype=np.int64)
    row = np.where(np.bincount(row, minlength=len(lines) + 1)[row] == 1, row, -1)
    long = shapely.length(parts.geometry.to_numpy()) > 0
    return parts[long].reset_index(drop=True), row[long]


def _truthy(column: pd.Series) -> NDArray[np.bool_]:
    text = column.astype("string").str.strip().str.lower()
    return text.isin(["true", "1", "1.0", "yes", "t"]).fillna(False).to_numpy(dtype=bool)
