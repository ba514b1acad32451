"""Layers with geometry as exports write them, and FlatGeobuf with GDAL."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from railmap.errors import UsageError
from railmap.mapping.schema import GEOMETRY_COLUMN, Layer
from railmap.mapping.schema import layer as schema_layer
from railmap.mapping.schema.route import ROUTE
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.gdal_layer import gdal_columns, write_checked
from railmap.publishing.exchange.origin import origin_of
from railmap.publishing.exchange.user_events import user_events

__all__ = ["feature_layer", "plain_columns", "write_flatgeobuf"]


def feature_layer(content: Map, name: str) -> tuple[Layer, gpd.GeoDataFrame]:
    """Return a layer with geometry of a map: of the schema, a route, or user events.

    Raises
    ------
    UsageError
        If the map has no such layer, or it is a table.
    """
    frame = content.layers.get(name)
    if isinstance(frame, gpd.GeoDataFrame):
        return (ROUTE if name == ROUTE.name else schema_layer(name)), frame
    users = user_events(content)
    for one in users:
        if one.layer.name == name:
            return one.layer, one.frame
    places = [key for key, value in content.layers.items() if isinstance(value, gpd.GeoDataFrame)]
    places += [one.layer.name for one in users]
    raise UsageError(f"{content.path}: no layer {name} with geometry; it has {', '.join(places)}")


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the attributes in types that every format supports: times as ISO 8601 text."""
    out = pd.DataFrame(frame.drop(columns=GEOMETRY_COLUMN, errors="ignore"))
    for column in out.columns:
        if isinstance(out[column].dtype, pd.DatetimeTZDtype):
            text = out[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            out[column] = text.astype(object).where(out[column].notna(), None)
    return out


def write_flatgeobuf(content: Map, name: str, path: Path) -> int:
    """Write a layer as FlatGeobuf in the map's CRS with M; return the number of features.

    The description of the file states licences and origin.
    """
    layer, frame = feature_layer(content, name)
    geometries = frame.geometry.to_numpy()
    kinds = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
    kind = kinds.get(layer.geometry or "", "Unknown")
    if layer.geometry == "MULTIPOLYGON":
        kind = "MultiPolygon"
    if layer.measured == "required":
        kind = f"Measured {kind}"
    table = plain_columns(frame)
    wkb, data, columns, masks = gdal_columns(table, geometries)
    # An option of GDAL 3.9.
    described = (
        {"DESCRIPTION": "\n".join(origin_of(content).lines())}
        if pyogrio.__gdal_version__ >= (3, 9, 0)
        else {}
    )
    out = io.BytesIO()
    pyogrio.raw.write(
        out,
        wkb,
        data,
        columns,
        field_mask=masks,
        driver="FlatGeobuf",
        layer=name,
        geometry_type=kind,
        crs=content.crs.to_wkt(),
        **described,
    )
    write_checked(path, out, len(table))
    return len(table)
