"""Read a map."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from railmap.errors import MapError
from railmap.files.inputs import check_input
from railmap.mapping.gpkg.blobs import wkb_from_blob
from railmap.mapping.gpkg.triggers import check_tables
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS, SCHEMA_VERSION, Layer
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.migration import map_version, migrate_map

__all__ = ["Map", "plain_rows", "read_layer", "read_map"]

# Python types of SQLite's values that a column of a type may hold.
_FITTING: dict[str, set[type]] = {"INTEGER": {int}, "REAL": {int, float}, "BOOLEAN": {int}}


@dataclass(frozen=True, slots=True)
class Map:
    """A map in memory.

    Parameters
    ----------
    path
        The GeoPackage.
    crs
        Projected CRS in metres of all layers.
    layers
        The layers of the schema that the file has, by name, indexed by ``fid``: GeoDataFrames
        (geometry column ``geom``, lines with M where GEOS supports it) or DataFrames. Booleans are
        nullable, times are UTC.
    """

    path: Path
    crs: pyproj.CRS
    layers: dict[str, pd.DataFrame]

    def __getitem__(self, layer: str) -> pd.DataFrame:
        """Return a layer by name, such as ``map["railway_link"]``."""
        return self.layers[layer]

    def __contains__(self, layer: object) -> bool:
        """Return whether the file has a layer."""
        return layer in self.layers

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the layers."""
        return iter(self.layers)

    def __len__(self) -> int:
        """Return the number of layers."""
        return len(self.layers)

    @property
    def links(self) -> gpd.GeoDataFrame:
        """The layer ``railway_link``."""
        return self.layers["railway_link"]

    @property
    def nodes(self) -> gpd.GeoDataFrame:
        """The layer ``railway_node``."""
        return self.layers["railway_node"]


def read_map(path: str | os.PathLike[str]) -> Map:
    """Read a railmap map, also one that was edited in QGIS.

    A map of an older schema is migrated first; see `migrate_map`.

    Raises
    ------
    MapError
        If the file is missing, is not a railmap map, has a newer schema or lacks a layer or column
        of the schema.
    OutputError
        If its schema is older and the file cannot be changed.
    """
    file = Path(path)
    check_input(file, MapError, what="map")
    migrate_map(file)
    with reading_map(file) as sql:
        return _read(file, sql)


def _read(file: Path, sql: sqlite3.Connection) -> Map:
    system = ("gpkg_metadata", "gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")
    try:
        check_tables(file, sql, (*system, *(layer.name for layer in LAYERS)))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise MapError(
            f"{file}: not a railmap map; create one with railmap vectorize ({error})"
        ) from error
    _check_version(file, sql)
    present = {name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents")}
    for layer in LAYERS:
        if layer.always and layer.name not in present and "link_change" in present:
            raise MapError(f"{file}: is a comparison of two maps; name a map")
        if layer.always and layer.name not in present:
            raise MapError(f"{file}: the layer {layer.name} is missing; map again")
    crs = _crs(file, sql)
    layers = {
        layer.name: read_layer(file, sql, layer, crs) for layer in LAYERS if layer.name in present
    }
    return Map(file, crs, layers)


def _check_version(file: Path, sql: sqlite3.Connection) -> None:
    version = map_version(sql)
    if version is None:
        raise MapError(f"{file}: not a railmap map; create one with railmap vectorize")
    if version > SCHEMA_VERSION:
        raise MapError(
            f"{file}: its schema version {version} is newer than {SCHEMA_VERSION}; update railmap"
        )
    if version < SCHEMA_VERSION:
        raise MapError(
            f"{file}: its schema version {version} is older than {SCHEMA_VERSION}; map again"
        )


def _crs(file: Path, sql: sqlite3.Connection) -> pyproj.CRS:
    row = sql.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys"
        " JOIN gpkg_geometry_columns USING (srs_id) WHERE table_name = 'railway_link'"
    ).fetchone()
    if row is None:
        raise MapError(f"{file}: the layer railway_link has no CRS; map again")
    organization, code, definition = row
    if organization.upper() == "EPSG":
        return pyproj.CRS.from_epsg(code)
    return pyproj.CRS.from_wkt(definition)


def read_layer(
    file: Path, sql: sqlite3.Connection, layer: Layer, crs: pyproj.CRS, *, lenient: bool = False
) -> pd.DataFrame:
    """Read one layer in the form of `Map.layers`.

    Parameters
    ----------
    file
        The map, for messages.
    sql
        Connection to it.
    layer
        The layer; its columns are read.
    crs
        CRS of the geometries.
    lenient
        Read a column whose values are not of its type as text; a GeoPackage permits them.

    Raises
    ------
    MapError
        If a column is missing.
    """
    present = {row[1] for row in sql.execute(f'PRAGMA table_info("{layer.name}")')}
    wanted = [column.name for column in layer.columns]
    if layer.geometry:
        wanted.insert(0, GEOMETRY_COLUMN)
    for name in wanted:
        if name not in present:
            raise MapError(f"{file}: {layer.name} has no column {name}; restore it or map again")
    names = ", ".join(f'"{name}"' for name in ["fid", *wanted])
    rows = sql.execute(f'SELECT {names} FROM "{layer.name}" ORDER BY fid').fetchall()
    values: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * (len(wanted) + 1)
    by_name = dict(zip(["fid", *wanted], values, strict=True))
    index = pd.Index(by_name["fid"], dtype="int64", name="fid")
    series = _lenient if lenient else _series
    data: dict[str, Any] = {
        column.name: series(by_name[column.name], column.type, index) for column in layer.columns
    }
    if not layer.geometry:
        return pd.DataFrame(data, index=index)
    wkb = [None if blob is None else wkb_from_blob(blob) for blob in by_name[GEOMETRY_COLUMN]]
    geometry = gpd.GeoSeries(shapely.from_wkb(wkb), index=index, crs=crs)
    data[GEOMETRY_COLUMN] = geometry
    return gpd.GeoDataFrame(data, geometry=GEOMETRY_COLUMN, index=index, crs=crs)


def _lenient(values: tuple[Any, ...], kind: str, index: pd.Index) -> pd.Series:
    """Return a column of a user's layer; as text if a value is not of its type."""
    fitting = _FITTING.get(kind)
    there = set(map(type, values)) - {type(None)}
    if fitting is not None and there <= fitting:
        return _series(values, kind, index)
    if fitting is None and kind != "TEXT":
        return _series(values, kind, index)
    texts = [None if value is None else _as_text(value) for value in values]
    return pd.Series(texts, index=index, dtype=object)


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _series(values: tuple[Any, ...], kind: str, index: pd.Index) -> pd.Series:
    if kind == "DATETIME":
        return pd.Series(pd.to_datetime(list(values), utc=True, format="ISO8601"), index=index)
    if kind == "TEXT":
        return pd.Series(list(values), index=index, dtype=object)
    if kind == "REAL":
        return pd.Series(np.array(values, dtype=np.float64), index=index)
    # Fast paths for columns that are empty or full: pandas converts lists slowly.
    missing = values.count(None)
    if missing == len(values):
        array: Any = np.zeros(len(values), dtype=np.int64 if kind == "INTEGER" else np.bool_)
        masked = pd.arrays.IntegerArray if kind == "INTEGER" else pd.arrays.BooleanArray
        return pd.Series(masked(array, np.ones(len(values), dtype=np.bool_)), index=index)
    if kind == "BOOLEAN":
        truth = [None if value is None else bool(value) for value in values]
        return pd.Series(np.array(truth) if not missing else truth, index=index, dtype="boolean")
    numbers = np.array(values) if not missing else list(values)
    return pd.Series(numbers, index=index, dtype="Int64")


def plain_rows(frame: pd.DataFrame, layer: Layer) -> list[dict[str, Any]]:
    """Return a layer's rows as dictionaries for `GeoPackage`, without geometries."""
    columns = [column.name for column in layer.columns]
    return [
        {column: _plain(value) for column, value in zip(columns, row, strict=True)}
        for row in frame[columns].itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value
