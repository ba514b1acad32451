"""Read tracks of an OpenStreetMap extract, with tags as columns of the schema."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from railmap.errors import InputError
from railmap.files.lines import OSM_SUFFIXES, osm_reading
from railmap.files.vector import reading_vector
from railmap.mapping.schema import DOMAINS, layer

__all__ = ["OSM_COLUMNS", "read_osm_tracks"]

# OpenStreetMap key by column.
_KEYS = {
    "railway": "railway",
    "usage": "usage",
    "service": "service",
    "name": "name",
    "ref": "ref",
    "track_ref": "railway:track_ref",
    "electrified": "electrified",
    "gauge": "gauge",
    "maxspeed": "maxspeed",
    "bridge": "bridge",
    "tunnel": "tunnel",
    "layer": "layer",
}
OSM_COLUMNS = tuple(_KEYS)
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')


def read_osm_tracks(
    path: str | os.PathLike[str], crs: pyproj.CRS, *, bounds: tuple[float, ...] | None = None
) -> gpd.GeoDataFrame:
    """Read railway lines of an extract.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.pbf``, or any vector file with lines and a column ``railway`` (GeoPackage,
        GeoJSON).
    crs
        CRS of the result.
    bounds
        West, south, east, north in `crs`; lines outside are excluded.

    Returns
    -------
    GeoDataFrame
        LineStrings with the columns `OSM_COLUMNS`, where values that the schema does not permit are
        NULL, and ``tracks``: the number of tracks that one line stands for.

    Raises
    ------
    InputError
        If the file cannot be read, has no CRS, no lines or no column ``railway``.
    """
    file = Path(path)
    frame = _read(file)
    if frame.crs is None:
        raise InputError(f"{file}: has no CRS; give one that has")
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    frame = frame.explode(ignore_index=True)
    frame = frame[frame.geometry.geom_type == "LineString"].to_crs(crs)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    sound = shapely.length(shapes) > 0
    sound &= np.isfinite(shapely.bounds(shapes)).all(axis=1) if len(shapes) else sound
    tags = pd.DataFrame(
        {column: _values(frame, column) for column in OSM_COLUMNS}, index=frame.index
    )
    tags["tracks"] = _track_counts(frame)
    tracks = gpd.GeoDataFrame(tags, geometry=shapes, crs=crs)[sound]
    tracks = tracks[tracks["railway"].notna()]
    if bounds is not None:
        tracks = tracks[tracks.geometry.intersects(shapely.box(*bounds))]
    return tracks.reset_index(drop=True)


def _read(file: Path) -> gpd.GeoDataFrame:
    with reading_vector(file, "a map"):
        if file.suffix.lower() in OSM_SUFFIXES:
            with osm_reading():
                return pyogrio.read_dataframe(file, layer="lines")
        for name, kind in pyogrio.list_layers(file):
            fields = pyogrio.read_info(file, layer=name)["fields"]
            if "railway" in fields and kind is not None and "Point" not in kind:
                return pyogrio.read_dataframe(file, layer=name)
    raise InputError(f"{file}: has no lines with a column railway; give an OpenStreetMap extract")


def _track_counts(frame: gpd.GeoDataFrame) -> list[int]:
    """Return how many tracks each line stands for, by its tag ``tracks``."""
    other = frame["other_tags"] if "other_tags" in frame.columns else [None] * len(frame)
    values = frame["tracks"] if "tracks" in frame.columns else [None] * len(frame)
    counts = []
    for value, tags in zip(values, other, strict=True):
        text = str(_tag(tags, "tracks") if _missing(value) else value).removesuffix(".0")
        counts.append(int(text) if text.isdecimal() and len(text) <= 2 else 1)
    return [max(count, 1) for count in counts]


def _values(frame: gpd.GeoDataFrame, column: str) -> list[Any]:
    key = _KEYS[column]
    there = next((name for name in (key, column) if name in frame.columns), None)
    other = frame["other_tags"] if "other_tags" in frame.columns else [None] * len(frame)
    values = frame[there] if there else [None] * len(frame)
    return [
        _permitted(column, value if not _missing(value) else _tag(tags, key))
        for value, tags in zip(values, other, strict=True)
    ]


def _tag(tags: Any, key: str) -> str | None:
    """Return a tag from GDAL's ``"key"=>"value"`` text."""
    if not isinstance(tags, str):
        return None
    for name, value in _PAIR.findall(tags):
        if name == key:
            return str(value).replace('\\"', '"').replace("\\\\", "\\")
    return None


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value)) or value == ""


def _permitted(column: str, value: Any) -> Any:
    if _missing(value):
        return None
    target = layer("railway_link").column(column)
    if target.type == "BOOLEAN":
        return str(value).lower() not in ("no", "false", "0") or None
    if target.type == "INTEGER":
        try:
            number = int(float(value))
        except (ValueError, OverflowError):
            return None  # "1435;1000" is ambiguous, "inf" is no number
        return number if -(2**31) <= number < 2**31 else None
    text = str(value)
    if target.domain and text not in dict(DOMAINS[target.domain].values):
        return None
    return text
