"""Layers of events, and the rows of events."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, MapError, Option, UsageError
from railmap.mapping.gpkg.blobs import geometry_blob
from railmap.mapping.gpkg.package import sql_values
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS, Column, Layer, layer
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.layers import Batch

__all__ = ["MATCH_COLUMNS", "event_ids", "event_layer", "event_rows", "same_columns"]

_MATCH = ("link_id", "link_m", "line_id", "line_m", "offset_m", "side", "match_distance_m",
         "match_ambiguous")  # fmt: skip
MATCH_COLUMNS: tuple[Column, ...] = tuple(layer("defect").column(name) for name in _MATCH)
_EXTENT = (
    Column("link_m_from", "REAL", "smallest measure along the link", "m"),
    Column("link_m_to", "REAL", "largest measure along the link", "m"),
)
_EVENT_ID = Column("event_id", "TEXT", "identifier, the same for the same event", required=True)
_EVENT_LAYERS = ("defect", "defect_area", "scene_event")
_GEOMETRIES = {0: "POINT", 1: "LINESTRING", 3: "POLYGON", 4: "MULTIPOINT", 5: "MULTILINESTRING",
               6: "MULTIPOLYGON"}  # fmt: skip
_BATCH = 20_000
# Binary form of numbers in ids.
_FIXED = {"b": "u1", "i": "<i8", "u": "<u8", "f": "<f8"}
# Types that SQLite stores unchanged.
_SQL_TYPES: dict[str, set[type]] = {"TEXT": {str, type(None)}, "INTEGER": {int}, "BOOLEAN": {bool}}


def event_layer(name: str, frame: pd.DataFrame, kinds: NDArray[np.int64]) -> Layer:
    """Return the layer for events: one of the schema, or one with the columns of the table.

    Parameters
    ----------
    name
        Layer name; ``defect`` and ``defect_area`` are equivalent, areas go to the latter.
    frame
        The events' attributes.
    kinds
        ``(events,)`` shapely type ids.

    Raises
    ------
    UsageError
        If `name` is another layer of the map, or not a valid table name.
    InputError
        If defects have both points and areas, or geometries are multi-part.
    """
    if name in _EVENT_LAYERS and (kinds >= 4).any():
        raise InputError(
            f"the layer {name} takes single geometries, not multi-part ones; split them"
        )
    if name in ("defect", "defect_area"):
        areas = np.isin(kinds, (3, 6))
        if areas.any() and not areas.all():
            raise InputError("defects are either points and lines or areas: split the file")
        return layer("defect_area" if areas.all() else "defect")
    if name == "scene_event":
        return layer(name)
    reserved = {entry.name for entry in LAYERS} | {"layer_styles"}
    if name.lower() in reserved or name.lower().startswith(("gpkg_", "rtree_", "sqlite_")):
        raise UsageError(
            f"events cannot be added to the layer {name}; choose another with ", Option("layer")
        )
    if not name or '"' in name or "\0" in name:
        raise UsageError(
            f"{name!r} is not a valid layer name; choose another with ", Option("layer")
        )
    found = np.unique(kinds)
    geometry = _GEOMETRIES.get(int(found[0]), "GEOMETRY") if len(found) == 1 else "GEOMETRY"
    columns = [_EVENT_ID, *MATCH_COLUMNS]
    if geometry != "POINT":
        columns += _EXTENT
    taken = {column.name for column in columns} | {"fid", GEOMETRY_COLUMN}
    for source in frame.columns:
        clean = str(source).replace('"', "_").strip() or "column"
        if clean.lower() in taken:
            continue
        taken.add(clean.lower())
        columns.append(Column(clean, _type(frame[source]), "as it came"))  # type: ignore[arg-type]
    return Layer(name, "Events placed on the tracks.", tuple(columns), geometry=geometry)


def _type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "BOOLEAN"
    if pd.api.types.is_integer_dtype(values):
        return "INTEGER"
    if pd.api.types.is_numeric_dtype(values):
        return "REAL"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "DATETIME"
    return "TEXT"


def event_ids(frame: pd.DataFrame, column: str, wkb: Sequence[bytes]) -> list[str]:
    """Return the ids of events: their own, else ids computed from geometry and attributes.

    Parameters
    ----------
    frame
        The events' attributes.
    column
        Name of the id column.
    wkb
        ``(events,)`` geometries.
    """
    names = [name for name in frame.columns if name != column]
    numbers = [name for name in names if isinstance(frame[name].dtype, np.dtype)
               and frame[name].dtype.kind in _FIXED]  # fmt: skip
    flat = [
        np.ascontiguousarray(frame[name].to_numpy(), dtype=_FIXED[frame[name].dtype.kind])
        for name in numbers
    ]
    size = sum(values.itemsize for values in flat)
    packed = [values.view(np.uint8).reshape(len(frame), -1) for values in flat]
    buffer = np.concatenate(packed, axis=1).tobytes() if flat and len(frame) else b""
    texts = [list(map(str, frame[name].tolist())) for name in names if name not in numbers]
    rows = map("\0".join, zip(*texts, strict=True)) if texts else itertools.repeat("")
    contents = (
        blob + buffer[i * size : (i + 1) * size] + row.encode()
        for i, (blob, row) in enumerate(zip(wkb, rows, strict=False))
    )
    if column not in frame:
        return IdMaker().many("event", contents)
    make = IdMaker()
    return [
        make("event", content) if _void(value) else str(value)
        for value, content in zip(frame[column].tolist(), contents, strict=True)
    ]


def same_columns(sql: sqlite3.Connection, wanted: Layer) -> None:
    """Check that an existing layer has the columns and the geometry type of the events.

    Raises
    ------
    MapError
        If it has not.
    """
    there = [row[1] for row in sql.execute(f'PRAGMA table_info("{wanted.name}")')]
    if not there or wanted.name in _EVENT_LAYERS:
        return
    kind = sql.execute(
        "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?",
        (wanted.name,),
    ).fetchone()
    missing = [column.name for column in wanted.columns if column.name not in there]
    if missing or kind is None or kind[0] not in (wanted.geometry, "GEOMETRY"):
        raise MapError(
            f"the layer {wanted.name} exists with other columns or geometry; choose another"
            " name with ",
            Option("layer"),
        )


def event_rows(
    target: Layer,
    frame: pd.DataFrame,
    computed: dict[str, Any],
    geometry: NDArray[Any],
    srs_id: int,
) -> Iterator[Batch]:
    """Yield the SQL values and bounds of events, in batches for `bulk_insert`.

    Parameters
    ----------
    target
        The layer.
    frame
        The events' attributes.
    computed
        Columns that railmap computes, by name; they take precedence over the events' columns.
    geometry
        ``(events,)`` shapely geometries in the map's CRS.
    srs_id
        Id of that CRS in the GeoPackage.
    """
    given = {str(name).replace('"', "_").strip().lower(): frame[name] for name in frame.columns}
    columns = {}
    for column in target.columns:
        values = computed.get(column.name, given.get(column.name.lower()))
        if values is not None:
            columns[column.name] = (column, values)
    points = bool((shapely.get_type_id(geometry) == 0).all())
    for begin in range(0, len(geometry), _BATCH):
        part = slice(begin, begin + _BATCH)
        count = len(geometry[part])
        lists = [
            _values(target, *columns[column.name], part)
            if column.name in columns
            else [None] * count
            for column in target.columns
        ]
        blobs: Sequence[bytes | None]
        if points:
            blobs = _point_blobs(srs_id, geometry[part])
        else:
            blobs = [geometry_blob(srs_id, shape)[0] for shape in geometry[part]]
        yield zip(blobs, *lists, strict=True), shapely.bounds(geometry[part])


def _values(target: Layer, column: Column, values: Any, part: slice) -> list[Any]:
    """Convert a part of a column to SQL values."""
    array = values.iloc[part] if isinstance(values, pd.Series) else values[part]
    if column.domain is None and column.type == "REAL":
        try:
            numbers = pd.to_numeric(pd.Series(array)).to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise InputError(f"the column {column.name} has values that are not numbers") from error
        values_sql: list[Any] = numbers.tolist()  # SQLite stores NaN as NULL
        return values_sql
    listed = list(array.tolist()) if isinstance(array, np.ndarray | pd.Series) else list(array)
    if column.domain is None and _SQL_TYPES.get(column.type, set()).issuperset(map(type, listed)):
        return listed
    if column.domain is not None and column.type == "TEXT":
        # Each distinct value is checked once.
        known = {value: None if _void(value) else str(value) for value in dict.fromkeys(listed)}
        sql_values(
            Layer(target.name, "", (column,)),
            [({column.name: value}, None, None) for value in known.values()],
        )
        return [known[value] for value in listed]
    listed = [None if _void(value) else value for value in array]
    single = Layer(target.name, "", (column,))
    try:
        return [
            row[0] for row in sql_values(single, [({column.name: v}, None, None) for v in listed])
        ]
    except (ValueError, TypeError) as error:
        if isinstance(error, MapError):
            raise
        raise InputError(
            f"the column {column.name} has a value that is not {column.type.lower()}"
        ) from error


def _void(value: Any) -> bool:
    return value is None or (np.isscalar(value) and bool(pd.isna(value))) or value is pd.NaT


def _point_blobs(srs_id: int, points: NDArray[Any]) -> list[bytes]:
    """Encode many points as `blobs.point_blob` does."""
    xy = shapely.get_coordinates(points)
    kind = np.dtype(
        [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("order", "u1"),
         ("type", "<u4"), ("x", "<f8"), ("y", "<f8")]
    )  # fmt: skip
    flat = np.zeros(len(xy), dtype=kind)
    flat["magic"], flat["flags"], flat["srs"] = b"GP", 1, srs_id
    flat["order"], flat["type"], flat["x"], flat["y"] = 1, 1, xy[:, 0], xy[:, 1]
    buffer, size = flat.tobytes(), kind.itemsize
    return [buffer[i : i + size] for i in range(0, len(buffer), size)]
