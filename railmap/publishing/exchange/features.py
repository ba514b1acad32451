"""Layers with geometry as exports write them, and FlatGeobuf with GDAL."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from railmap.errors import UsageError
from railmap.files.disk import write_verified
from railmap.mapping.schema import GEOMETRY_COLUMN, Layer
from railmap.mapping.schema import layer as schema_layer
from railmap.mapping.schema.route import ROUTE
from railmap.mapping.store.reader import Map
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


def _write(path: Path, content: io.BytesIO, count: int) -> None:
    """Write what GDAL wrote to memory: it does not report all failed writes to a disk."""
    data = content.getvalue()
    with warnings.catch_warnings(action="ignore"):  # about M values
        found = int(pyogrio.read_info(data, force_feature_count=True)["features"])
    if found != count:
        raise DataSourceError(f"{path}: has {found} of {count} features")
    write_verified(path, data)


def write_flatgeobuf(content: Map, name: str, path: Path) -> int:
    """Write a layer as FlatGeobuf in the map's CRS with M; return the number of features."""
    layer, frame = feature_layer(content, name)
    geometries = frame.geometry.to_numpy()
    kinds = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
    kind = kinds.get(layer.geometry or "", "Unknown")
    if layer.geometry == "MULTIPOLYGON":
        kind = "MultiPolygon"
    if layer.measured == "required":
        kind = f"Measured {kind}"
    table = plain_columns(frame)
    wkb = np.array(
        [None if shape is None else shapely.to_wkb(shape, flavor="iso") for shape in geometries],
        dtype=object,
    )
    data, masks = [], []
    for column in table.columns:
        series = table[column]
        masks.append(series.isna().to_numpy())
        data.append(_filled(series))
    out = io.BytesIO()
    pyogrio.raw.write(
        out,
        wkb,
        data,
        list(table.columns),
        field_mask=masks,
        driver="FlatGeobuf",
        layer=name,
        geometry_type=kind,
        crs=content.crs.to_wkt(),
    )
    _write(path, out, len(table))
    return len(table)


def _filled(series: pd.Series) -> np.ndarray:
    """Return a numpy column; a separate mask marks NULL values."""
    if isinstance(series.dtype, pd.BooleanDtype):
        return series.fillna(False).to_numpy(dtype=bool)
    if isinstance(series.dtype, pd.Int64Dtype):
        return series.fillna(0).to_numpy(dtype=np.int64)
    if series.dtype == np.float64:
        return series.to_numpy()
    texts = series.where(series.notna(), None).to_numpy(dtype=object)
    # GDAL would end a text at its first NUL.
    return np.array([t.replace("\0", "\ufffd") if isinstance(t, str) else t for t in texts], object)
