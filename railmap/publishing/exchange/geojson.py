"""Write a layer as GeoJSON (RFC 7946); values keep their types, JSON stays JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.schema import Layer
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.features import feature_layer, plain_columns
from railmap.publishing.exchange.origin import origin_of

__all__ = ["lonlat_shapes", "write_geojson"]

# 1e-9 degrees is 0.1 mm.
_DEGREE_DIGITS = 9


def write_geojson(content: Map, name: str, path: Path) -> int:
    """Write a layer as GeoJSON in WGS 84 longitude and latitude; return the number of features.

    Licences and origin are members of the collection. M is dropped, because RFC 7946 does not
    support it. Infinite numbers, which JSON does not have, are text.
    """
    layer, frame = feature_layer(content, name)
    shapes = lonlat_shapes(frame, content)
    table = plain_columns(frame)
    columns = [_values(table[column], _is_json(layer, column)) for column in table.columns]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{\n"type": "FeatureCollection",\n"name": {_text(name)},\n')
        for key, value in origin_of(content).to_dict().items():
            file.write(f"{_text(key)}: {_text(value)},\n")
        file.write('"features": [')
        for row, shape in enumerate(shapes):
            properties = {key: values[row] for key, values in
                          zip(table.columns, columns, strict=True)}  # fmt: skip
            geometry = None if shape is None or shape.is_empty else shapely.geometry.mapping(shape)
            feature = {"type": "Feature", "properties": properties, "geometry": geometry}
            file.write(f"{',' if row else ''}\n{_text(feature)}")
        file.write("\n]\n}\n")
    return len(frame)


def lonlat_shapes(frame: gpd.GeoDataFrame, content: Map) -> NDArray[np.object_]:
    """Return ``(n,)`` geometries of a layer in WGS 84 longitude and latitude, without M."""
    flat = gpd.GeoSeries(shapely.force_2d(frame.geometry.to_numpy()), crs=content.crs)
    shapes = shapely.transform(
        flat.to_crs(4326).to_numpy(), lambda xy: np.round(xy, _DEGREE_DIGITS)
    )
    # RFC 7946: outer rings are counterclockwise.
    return np.asarray(shapely.orient_polygons(shapes), dtype=object)


def _is_json(layer: Layer, column: str) -> bool:
    return any(one.name == column and one.unit == "JSON" for one in layer.columns)


def _values(series: pd.Series, as_json: bool) -> list[Any]:
    return [
        None if value is None or value is pd.NA or value != value else _value(value, as_json)
        for value in series.astype(object).tolist()
    ]


def _value(value: Any, as_json: bool) -> Any:
    if as_json and isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
