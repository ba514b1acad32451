"""Read a vector file with its attributes unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from railmap.errors import InputError, one_line
from railmap.files.vector import LAYER_NAME, reading_vector, vector_layers
from railmap.mapping.sources.geojson import GEOJSON_SUFFIXES, feature_properties

__all__ = ["read_vector_events"]

# A float holds integers up to here exactly.
_EXACT = 2**53


def read_vector_events(source: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read the only layer of a vector file, or the one that is named.

    Integers and booleans stay so where values are missing, times are text as GDAL writes them
    (with their zone), lists and objects are Python's.

    Raises
    ------
    InputError
        If it cannot be read, has no such layer, or has several and none is named.
    """
    import pyogrio

    what = "a table of events"
    properties = None
    if source.suffix.lower() in GEOJSON_SUFFIXES:
        with reading_vector(source, what):
            properties = feature_properties(source)
    layers = list(vector_layers(source, what))
    if not layers:
        raise InputError(f"{source}: has no geometries; a CSV with positions would do")
    if layer is None and len(layers) > 1:
        raise InputError(
            f"{source}: has several layers ({', '.join(layers)});"
            f" name one as {source}{LAYER_NAME}{layers[0]}"
        )
    if layer is not None and layer not in layers:
        raise InputError(f"{source}: has no layer {layer!r}, only {', '.join(layers)}")
    name = layer or layers[0]
    with reading_vector(source, what):
        try:
            if properties is not None:
                shapes = pyogrio.read_dataframe(source, layer=name, columns=[])
                if len(shapes) == len(properties):
                    return _with_properties(shapes, properties)
            frame = pyogrio.read_dataframe(source, layer=name, datetime_as_string=True)
            return _exact(source, name, frame)
        except shapely.errors.ShapelyError as error:
            raise InputError(f"{source}: has a broken geometry ({one_line(error)})") from error


def _with_properties(shapes: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    data = {name: _objects([row.get(name) for row in rows]) for name in names}
    geometry = shapes.geometry.to_numpy()
    frame = pd.DataFrame(data, index=range(len(rows)), dtype=object)
    # The name of the geometry column must not be that of a property.
    place = "geometry"
    while place in frame.columns:
        place = f"_{place}"
    frame[place] = gpd.GeoSeries(geometry, index=frame.index, crs=shapes.crs)
    return gpd.GeoDataFrame(frame, geometry=place, crs=shapes.crs)


def _objects(values: list[Any]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _exact(source: Path, layer: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Undo the conversion of integers and booleans with missing values to floats."""
    import pyogrio

    info = pyogrio.read_info(source, layer=layer)
    kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
    for name, kind in kinds.items():
        if name not in frame or frame[name].dtype.kind != "f":
            continue
        values = frame[name]
        if kind == "bool":
            frame[name] = values.map(lambda v: None if pd.isna(v) else bool(v)).astype("boolean")
        elif np.dtype(kind).kind in "iu":
            if (values.abs() >= _EXACT).any():
                frame[name] = _long_integers(source, layer, name)
            else:
                frame[name] = values.astype("Int64")
    return frame


def _long_integers(source: Path, layer: str, column: str) -> np.ndarray:
    import pyogrio

    field, table = (text.replace('"', '""') for text in (column, layer))
    texts = pyogrio.read_dataframe(
        source, sql=f'SELECT CAST("{field}" AS TEXT) AS digits FROM "{table}"',
        sql_dialect="SQLITE", read_geometry=False,
    )["digits"]  # fmt: skip
    return _objects([None if pd.isna(text) else int(text) for text in texts])
