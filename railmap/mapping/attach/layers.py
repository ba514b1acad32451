"""Layers of events, and the rows of events."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, MapError, Option, UsageError, one_line
from railmap.mapping.attach.own_columns import ascii_lower, clean_text, own_columns
from railmap.mapping.gpkg.blobs import geometry_blob
from railmap.mapping.gpkg.package import sql_values
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS, Column, Layer, layer
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.sources.csv_tables import MOST_COLUMNS
from railmap.mapping.sources.numbers import parse_number
from railmap.mapping.store.layers import Batch

__all__ = [
    "MATCH_COLUMNS",
    "EventLayer",
    "event_ids",
    "event_layer",
    "event_rows",
    "fit_existing",
    "id_column",
]

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


@dataclass(frozen=True, slots=True)
class EventLayer:
    """A layer for events, and the values of its columns that come from the events' table.

    Parameters
    ----------
    layer
        Its definition.
    given
        Values by column, of columns of the table.
    notes
        What is changed, called otherwise or left out.
    """

    layer: Layer
    given: dict[str, Any]
    notes: tuple[str, ...]


def event_layer(name: str, frame: pd.DataFrame, kinds: NDArray[np.int64]) -> EventLayer:
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
        If defects have both points and areas, geometries are multi-part, or the table has more
        columns than a layer takes.
    """
    if name in _EVENT_LAYERS and (kinds >= 4).any():
        raise InputError(
            f"the layer {name} takes single geometries, not multi-part ones; split them"
        )
    if name in ("defect", "defect_area"):
        areas = np.isin(kinds, (3, 6))
        if areas.any() and not areas.all():
            raise InputError("defects are either points and lines or areas: split the file")
        return _schema_layer(layer("defect_area" if areas.all() else "defect"), frame)
    if name == "scene_event":
        return _schema_layer(layer(name), frame)
    reserved = {entry.name for entry in LAYERS} | {"layer_styles"}
    if name.lower() in reserved or name.lower().startswith(("gpkg_", "rtree_", "sqlite_", "idx_")):
        raise UsageError(
            f"events cannot be added to the layer {name}; choose another with ", Option("layer")
        )
    if not name or '"' in name or "\0" in name:
        raise UsageError(
            f"{name!r} is not a valid layer name; choose another with ", Option("layer")
        )
    found = np.unique(kinds)
    geometry = _GEOMETRIES.get(int(found[0]), "GEOMETRY") if len(found) == 1 else "GEOMETRY"
    ours = [_EVENT_ID, *MATCH_COLUMNS]
    if geometry != "POINT":
        ours += _EXTENT
    rest = frame.drop(columns=_EVENT_ID.name, errors="ignore")
    own, notes = own_columns(rest, [*(column.name for column in ours), "fid", GEOMETRY_COLUMN])
    columns = (*ours, *(one.column for one in own))
    if len(columns) + 2 > MOST_COLUMNS:
        raise InputError(
            f"has {rest.shape[1]} columns besides its positions; a layer takes {MOST_COLUMNS}, of"
            f" which {len(ours) + 2} are railmap's: leave some out"
        )
    made = Layer(name, "Events placed on the tracks.", columns, geometry=geometry)
    return EventLayer(made, {one.column.name: one.values for one in own}, tuple(notes))


def _schema_layer(target: Layer, frame: pd.DataFrame) -> EventLayer:
    """Return a layer of the schema with the columns of the table that it has a place for."""
    given: dict[str, Any] = {}
    places = {column.name for column in target.columns}
    names = [str(name).strip() for name in frame.columns]
    lost = []
    ids = id_column(frame, target)
    for at, name in enumerate(names):
        place = ascii_lower(name)
        if frame.columns[at] == ids:
            continue
        exact = name == place or place not in names
        if place in places and place not in given and exact and not _computed(target, place):
            given[place] = frame.iloc[:, at]
        else:
            lost.append(str(frame.columns[at]))
    notes = [f"the layer {target.name} has no place for {', '.join(lost)}"] if lost else []
    return EventLayer(target, given, tuple(notes))


def id_column(frame: pd.DataFrame, target: Layer) -> str | None:
    """Return the column of a table that holds the ids of the events for a layer, if there is one.

    Layers of the schema take it in any case; in another layer such a name is one of the user's.
    """
    key = "defect_id" if target.name.startswith("defect") else "event_id"
    if key in frame.columns or target.name not in _EVENT_LAYERS:
        return key if key in frame.columns else None
    return next((name for name in frame.columns if ascii_lower(str(name).strip()) == key), None)


def _computed(target: Layer, name: str) -> bool:
    """Return whether railmap computes a column of a layer of the schema whatever is given."""
    if name == "side" and target.name in ("defect", "defect_area"):
        return False
    return name in (*_MATCH, "m_from", "m_to")


def event_ids(frame: pd.DataFrame, column: str | None, wkb: Sequence[bytes]) -> list[str]:
    """Return the ids of events: their own, else ids computed from geometry and attributes.

    Parameters
    ----------
    frame
        The events' attributes.
    column
        Name of the id column, None if there is none.
    wkb
        ``(events,)`` geometries.
    """
    # The same id whether a reader gives numbers as objects or as an array.
    frame = frame.infer_objects()
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
    texts = [
        ["nan" if _void(value) else str(value) for value in frame[name].tolist()]
        for name in names
        if name not in numbers
    ]
    rows = map("\0".join, zip(*texts, strict=True)) if texts else itertools.repeat("")
    contents = (
        blob + buffer[i * size : (i + 1) * size] + row.encode(errors="surrogatepass")
        for i, (blob, row) in enumerate(zip(wkb, rows, strict=False))
    )
    if column is None:
        return IdMaker().many("event", contents)
    make = IdMaker()
    return [
        make("event", content) if _void(value) else clean_text(str(value))
        for value, content in zip(frame[column].tolist(), contents, strict=True)
    ]


def fit_existing(sql: sqlite3.Connection, wanted: EventLayer) -> EventLayer:
    """Return the events' layer with the column types of the layer of this name that exists.

    Raises
    ------
    MapError
        If it has other columns, another geometry type, or a column whose type would change values.
    """
    name = wanted.layer.name
    types = {row[1]: row[2].upper() for row in sql.execute(f'PRAGMA table_info("{name}")')}
    if not types or name in _EVENT_LAYERS:
        return wanted
    kind = sql.execute(
        "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)",
        (name,),
    ).fetchone()
    missing = [column.name for column in wanted.layer.columns if column.name not in types]
    if missing or kind is None or kind[0] not in (wanted.layer.geometry, "GEOMETRY"):
        raise MapError(
            f"the layer {name} exists with other columns or geometry; choose another name with ",
            Option("layer"),
        )
    columns: list[Column] = []
    given = dict(wanted.given)
    for column in wanted.layer.columns:
        there = types[column.name]
        values = given.get(column.name)
        if values is not None and there != column.type and any(v is not None for v in values):
            if there != "TEXT" or column.type not in ("INTEGER", "REAL"):
                raise MapError(
                    f"the column {column.name} of the layer {name} is {there.lower()}, that of the"
                    f" file {column.type.lower()}; choose another layer name with ",
                    Option("layer"),
                )
            given[column.name] = [None if value is None else str(value) for value in values]
            column = replace(column, type="TEXT")
        columns.append(column)
    return replace(wanted, layer=replace(wanted.layer, columns=tuple(columns)), given=given)


def event_rows(
    target: EventLayer,
    computed: dict[str, Any],
    geometry: NDArray[Any],
    srs_id: int,
) -> Iterator[Batch]:
    """Yield the SQL values and bounds of events, in batches for `bulk_insert`.

    Parameters
    ----------
    target
        The layer, with the values of the user's columns.
    computed
        Columns that railmap computes, by name; they take precedence over the user's.
    geometry
        ``(events,)`` shapely geometries in the map's CRS.
    srs_id
        Id of that CRS in the GeoPackage.
    """
    columns = {}
    for column in target.layer.columns:
        values = computed.get(column.name, target.given.get(column.name))
        if values is not None:
            columns[column.name] = (column, values)
    points = bool((shapely.get_type_id(geometry) == 0).all())
    for begin in range(0, len(geometry), _BATCH):
        part = slice(begin, begin + _BATCH)
        count = len(geometry[part])
        lists = [
            _values(target.layer, *columns[column.name], part)
            if column.name in columns
            else [None] * count
            for column in target.layer.columns
        ]
        blobs: Sequence[bytes | None]
        if points:
            blobs = _point_blobs(srs_id, geometry[part])
        else:
            blobs = [geometry_blob(srs_id, shape)[0] for shape in geometry[part]]
        yield zip(blobs, *lists, strict=True), shapely.bounds(geometry[part])


def _values(target: Layer, column: Column, values: Any, part: slice) -> list[Any]:
    """Convert a part of a column to SQL values; a list is of such already."""
    if isinstance(values, list) and column.domain is None:
        return values[part]
    array = values.iloc[part] if isinstance(values, pd.Series) else values[part]
    if column.domain is None and column.type == "REAL":
        return _reals(column, array)
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
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, MapError):
            raise
        raise InputError(
            f"the column {column.name} has a value that is not {column.type.lower()}"
            f" ({one_line(error)})"
        ) from error


def _reals(column: Column, values: Any) -> list[Any]:
    """Return floats, also of text as people write numbers; SQLite stores NaN as NULL."""
    series = pd.Series(values)
    try:
        found: list[Any] = pd.to_numeric(series).to_numpy(np.float64, na_value=np.nan).tolist()
        return found
    except (ValueError, TypeError):
        out = []
        for value in series.tolist():
            number = np.nan if _void(value) else value
            if isinstance(number, str):
                number = parse_number(number, comma=True)
            if not isinstance(number, int | float):
                raise InputError(
                    f"the column {column.name} has the value {value!r}, which is no number"
                ) from None
            out.append(float(number))
        return out


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
