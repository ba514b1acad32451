"""Read events: tables in memory or CSV, vector files, photos, lists with line and km."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from railmap.errors import InputError, Option, UsageError
from railmap.files.inputs import check_input
from railmap.files.vector import LAYER_NAME
from railmap.mapping.sources.csv_tables import TABLE_SUFFIXES, CsvTable, read_table, typed_cells
from railmap.mapping.sources.exif import PHOTO_SUFFIXES, read_photos
from railmap.mapping.sources.numbers import (
    column_numbers,
    has_decimal_comma,
    parse_degrees,
    parse_number,
)
from railmap.mapping.sources.vector_events import read_vector_events

__all__ = [
    "EventSource",
    "Events",
    "PositionColumns",
    "position_columns",
    "read_events",
]

Floats = NDArray[np.float64]

EventSource: TypeAlias = gpd.GeoDataFrame | str | os.PathLike[str]
"""Events in memory (a GeoDataFrame with CRS), or a file or folder to read them from."""

_LONLAT = (("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"), ("long", "lat"))
_XY = (("x", "y"), ("easting", "northing"))
_LINE = ("line_ref", "line", "railway_line", "ref")
_KM = ("position_text", "position_km", "km", "chainage")
_WGS84 = pyproj.CRS.from_epsg(4326)


@dataclass(frozen=True, slots=True)
class Events:
    """Events with their attributes.

    Parameters
    ----------
    source
        File or folder, for messages.
    frame
        Attributes without the position columns; index 0, 1, ...
    names
        ``(events,)`` such as ``row 17``, for messages.
    geometry
        ``(events,)`` shapely geometries in the map's CRS; None if positions are `line` and `km`.
    line, km, offset
        Line ref, chainage as text and metres to the right; None if positions are geometries.
    photos
        Whether they are photos.
    notes
        What was read otherwise than it is written, or contradicts an option.
    """

    source: Path
    frame: pd.DataFrame
    names: Sequence[str]
    geometry: NDArray[Any] | None
    line: Sequence[str] | None = None
    km: Sequence[str] | None = None
    offset: Floats | None = None
    photos: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Position columns of a table; `kind` is lonlat, xy or chainage."""

    kind: str
    first: str
    second: str


def position_columns(columns: Sequence[str]) -> PositionColumns | None:
    """Find lon/lat, x/y or line + km columns by their usual names, ignoring case."""
    by_name: dict[str, str] = {}
    for column in columns:  # of names that differ in case the first one
        by_name.setdefault(str(column).strip().lower(), column)
    for kind, pairs in (("lonlat", _LONLAT), ("xy", _XY)):
        for first, second in pairs:
            if first in by_name and second in by_name:
                return PositionColumns(kind, by_name[first], by_name[second])
    line = next((by_name[name] for name in _LINE if name in by_name), None)
    km = next((by_name[name] for name in _KM if name in by_name), None)
    if line is not None and km is not None:
        return PositionColumns("chainage", line, km)
    return None


def read_events(
    source: EventSource,
    crs: pyproj.CRS,
    *,
    layer: str | None = None,
    events_crs: Any = None,
    skip_bad: bool = False,
    name: str | os.PathLike[str] | None = None,
) -> tuple[Events, list[str]]:
    """Read events and transform them to a map's CRS.

    Parameters
    ----------
    source
        A table in memory; or a GeoPackage, GeoJSON or another vector file
        (``FILE|layername=NAME`` of one with several layers), CSV, a photo, or a folder of photos.
    crs
        The map's.
    layer
        Layer of a vector file with several.
    events_crs
        CRS of the events: of x/y columns (by default the map's), or instead of the one that a table
        or vector file states.
    skip_bad
        Skip events without a usable position instead of refusing all.
    name
        Name of a table in memory, for messages and the default layer [events].

    Returns
    -------
    Events, list of str
        The events, and what is wrong with the skipped ones.

    Raises
    ------
    InputError
        If the file cannot be read, or events have no usable position.
    UsageError
        If `events_crs` is not a CRS.
    """
    given = None if events_crs is None else _crs(events_crs)
    if isinstance(source, gpd.GeoDataFrame):
        events, bad = _from_frame(Path(name or "events"), source, crs, given)
    else:
        events, bad = _read_file(source, crs, layer, given)
    if not len(events.names):
        raise InputError(f"{events.source}: has no events")
    if bad and not skip_bad:
        index, reason = next(iter(bad.items()))
        more = f" ({len(bad) - 1} more like it)" if len(bad) > 1 else ""
        raise InputError(
            f"{events.source}: {events.names[index]} {reason}{more}; correct it or pass ",
            Option("skip_bad", True),
        )
    if len(bad) == len(events.names):
        raise InputError(f"{events.source}: no event has a usable position")
    left = [f"{events.names[index]} {reason}" for index, reason in bad.items()]
    return (_without(events, bad) if bad else events), left


def _read_file(
    path: str | os.PathLike[str], crs: pyproj.CRS, layer: str | None, given: pyproj.CRS | None
) -> tuple[Events, dict[int, str]]:
    text, _, named = os.fspath(path).partition(LAYER_NAME)
    source, layer = Path(text), layer or named or None
    if not source.is_dir():  # a folder may hold photos
        check_input(source)
    if source.is_dir() or source.suffix.lower() in PHOTO_SUFFIXES:
        photos = read_photos(source)
        events, bad = _at_points(
            source, photos.frame, photos.names, photos.lonlat, _WGS84, crs, photos=True
        )
        bad = dict(sorted((bad | photos.bad).items()))
        notes: tuple[str, ...] = ()
        if given is not None and given != _WGS84:
            notes = (f"the positions of photos are in WGS 84, not in {_short(given)}",)
        return replace(events, notes=notes), bad
    if source.suffix.lower() in TABLE_SUFFIXES:
        return _read_table(source, crs, given)
    return _from_frame(source, read_vector_events(source, layer), crs, given)


def _short(crs: pyproj.CRS) -> str:
    code = crs.to_authority()
    return ":".join(code) if code else crs.name


def _crs(value: Any) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(value)
    except CRSError as error:
        raise UsageError(f"{value!r} is not a CRS: give one such as EPSG:25832") from error


def _without(events: Events, bad: dict[int, str]) -> Events:
    keep = [index for index in range(len(events.names)) if index not in bad]
    return replace(
        events,
        frame=events.frame.iloc[keep].reset_index(drop=True),
        names=[events.names[index] for index in keep],
        geometry=None if events.geometry is None else events.geometry[keep],
        line=None if events.line is None else [events.line[index] for index in keep],
        km=None if events.km is None else [events.km[index] for index in keep],
        offset=None if events.offset is None else events.offset[keep],
    )


def _read_table(
    source: Path, crs: pyproj.CRS, given: pyproj.CRS | None
) -> tuple[Events, dict[int, str]]:
    table = read_table(source)
    columns = position_columns(list(table.frame.columns))
    if columns is None:
        raise InputError(
            f"{source}: no position columns; name them lon and lat, x and y, or line and km (it has"
            f" {_listed(table.frame.columns)})"
        )
    names = [f"row {row}" for row in table.rows]
    rest = table.frame.drop(columns=[columns.first, columns.second])
    if columns.kind == "chainage":
        return _by_chainage(source, table, rest, names, columns)
    xy, bad = _coordinates(table, columns)
    own, notes = given or crs, table.notes
    if columns.kind == "lonlat":
        own = _WGS84 if given is None else given
        if not own.is_geographic:
            if not (np.nanmax(np.abs(xy), initial=0.0) > 360):
                raise InputError(
                    f"{source}: {columns.first} and {columns.second} are degrees, and ",
                    Option("crs", _short(own)),
                    " is not in degrees; name the columns x and y, or give another CRS",
                )
            notes = (
                *notes,
                f"{columns.first} and {columns.second} are taken as x and y of {_short(own)}",
            )
    typed, commas = _typed(table, rest)
    events, missing = _at_points(source, typed, names, xy, own, crs)
    return replace(events, notes=(*notes, *commas)), dict(sorted((missing | bad).items()))


def _typed(table: CsvTable, cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return cells as numbers where they are, and a note on those with a decimal comma."""
    typed = {name: typed_cells(cells[name]) for name in cells.columns}
    commas = []
    for name, column in typed.items():
        if table.comma and column.dtype == object and (column.notna()).any():
            typed[name] = typed_cells(cells[name], comma=True)
            if typed[name].dtype != object:
                commas.append(name)
    notes = (f"numbers with a decimal comma have a point now: {', '.join(commas)}",)
    return pd.DataFrame(typed, index=cells.index), notes if commas else ()


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(map(str, names[:12]))
    return f"{shown}, ... ({len(names)} columns)" if len(names) > 12 else shown


def _coordinates(table: CsvTable, columns: PositionColumns) -> tuple[Floats, dict[int, str]]:
    """Return x and y of each row, and what is not understood, by row."""
    pair = (columns.first, columns.second)
    written = [cell for name in pair for cell in table.frame[name] if cell is not None]
    # What the other cells show decides what a comma or point in this one is.
    comma = table.comma or has_decimal_comma(written)
    thousands = columns.kind == "xy" and (
        has_decimal_comma(written) or any(cell.count(".") > 1 for cell in written)
    )
    axes: list[Floats] = []
    bad: dict[int, str] = {}
    for name, letters in zip(pair, ("EW", "NS"), strict=True):

        def read(cell: str, letters: str = letters) -> float | None:
            number = parse_number(cell, comma=comma, thousands=thousands)
            if number is None and columns.kind == "lonlat":
                number = parse_degrees(cell, letters)
            return number

        values, odd = column_numbers(table.frame[name], parse=read)
        what = "angle in degrees" if columns.kind == "lonlat" else "number"
        bad |= {row: f'has the {name} "{cell}", which is no {what}' for row, cell in odd.items()}
        axes.append(values)
    return np.column_stack(axes), bad


def _by_chainage(
    source: Path,
    table: CsvTable,
    rest: pd.DataFrame,
    names: list[str],
    columns: PositionColumns,
) -> tuple[Events, dict[int, str]]:
    first, second = table.frame[columns.first], table.frame[columns.second]
    empty = (first.isna() | second.isna()).to_numpy()
    bad = {int(i): "has no position" for i in np.flatnonzero(empty)}
    offset = np.zeros(len(rest))
    if "offset_m" in rest:
        offset, odd = column_numbers(rest.pop("offset_m"), comma=table.comma)
        offset = np.nan_to_num(offset)
        for row, cell in odd.items():
            bad.setdefault(row, f'has the offset_m "{cell}", which is no number')
    rest, commas = _typed(table, rest)
    line = [str(value).strip() for value in first]
    km = [str(value).strip() for value in second]
    notes = (*table.notes, *commas)
    events = Events(source, rest, names, None, line, km, offset, notes=notes)
    return events, dict(sorted(bad.items()))


def _at_points(
    source: Path,
    frame: pd.DataFrame,
    names: Sequence[str],
    xy: Floats,
    own: pyproj.CRS,
    crs: pyproj.CRS,
    photos: bool = False,
) -> tuple[Events, dict[int, str]]:
    bad: dict[int, str] = {}
    missing = np.asarray(~np.isfinite(xy).all(axis=1))
    bad |= {int(i): "has no position" for i in np.flatnonzero(missing)}
    if own.is_geographic:
        null = (xy == 0).all(axis=1)
        bad |= {int(i): "is at 0, 0: its GPS had no fix" for i in np.flatnonzero(null)}
        off = (np.abs(xy[:, 0]) > 360) | (np.abs(xy[:, 1]) > 90)
        bad |= {
            int(i): f"has the latitude {xy[i, 1]:g}: are lon and lat swapped?"
            for i in np.flatnonzero(off & ~missing)
        }
    moved = _moved(np.where(missing[:, None], 0.0, xy), own, crs)
    lost = ~np.isfinite(moved).all(axis=1)
    for i in np.flatnonzero(lost).tolist():
        bad.setdefault(i, f"is outside the map's CRS, {crs.to_string()}")
    points = shapely.points(np.where(np.isfinite(moved), moved, 0.0))
    return Events(source, frame, names, points, photos=photos), dict(sorted(bad.items()))


def _moved(xy: Floats, own: pyproj.CRS, crs: pyproj.CRS) -> Floats:
    if own == crs:
        return xy
    transformer = pyproj.Transformer.from_crs(own, crs, always_xy=True)
    return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _from_frame(
    source: Path, frame: gpd.GeoDataFrame, crs: pyproj.CRS, given: pyproj.CRS | None
) -> tuple[Events, dict[int, str]]:
    """Validate a table with geometries and transform it to the map's CRS."""
    if frame.active_geometry_name is None:
        raise InputError(f"{source}: has no geometry column")
    own, notes = _frame_crs(source, frame, given)
    names = [f"feature {number}" for number in range(1, len(frame) + 1)]
    geometry = _single(shapely.force_2d(frame.geometry.to_numpy()))
    rest, doubled = _unique(pd.DataFrame(frame).reset_index(drop=True), frame.geometry.name)
    bad: dict[int, str] = {}
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    bad |= {int(i): "has no position" for i in np.flatnonzero(missing)}
    box = shapely.bounds(geometry)
    broken = ~np.isfinite(box).all(axis=1)
    shaped = shapely.get_type_id(geometry) > 0  # a point with coordinates is valid
    broken[shaped] |= ~shapely.is_valid(geometry[shaped])
    for i in np.flatnonzero(broken & ~missing).tolist():
        bad[i] = f"has a broken geometry ({shapely.is_valid_reason(geometry[i])})"
    if own.is_geographic:
        for i in np.flatnonzero((box == 0).all(axis=1)).tolist():
            bad.setdefault(i, "is at 0, 0: its GPS had no fix")
    if own != crs:
        good = np.array([i not in bad for i in range(len(names))], dtype=bool)
        transformer = pyproj.Transformer.from_crs(own, crs, always_xy=True)
        geometry = geometry.copy()
        geometry[good] = shapely.transform(
            geometry[good], lambda xy: np.column_stack(transformer.transform(*xy.T))
        )
        lost = ~np.isfinite(shapely.bounds(geometry)).all(axis=1)
        for i in np.flatnonzero(lost & good).tolist():
            bad[i] = f"is outside the map's CRS, {crs.to_string()}"
    events = Events(source, rest, names, geometry, notes=(*notes, *doubled))
    return events, dict(sorted(bad.items()))


def _frame_crs(
    source: Path, frame: gpd.GeoDataFrame, given: pyproj.CRS | None
) -> tuple[pyproj.CRS, tuple[str, ...]]:
    """Return the CRS of a table: what the user says, else its own; a note if they differ."""
    if frame.crs is None:
        if given is None:
            raise InputError(f"{source}: has no CRS; give it with ", Option("crs"))
        return given, ()
    stated = pyproj.CRS(frame.crs)
    if given is None or given == stated:
        return stated, ()
    box = frame.total_bounds
    degrees = not np.isfinite(box).all() or bool(np.abs(box).max() <= 360)
    if given.is_geographic != degrees and (stated.is_geographic or given.is_geographic):
        unit = "degrees" if degrees else "metres"
        raise InputError(
            f"{source}: the file says {_short(stated)}, and its positions (such as {box[0]:.10g},"
            f" {box[1]:.10g}) are in {unit}, which ",
            Option("crs", _short(given)),
            " is not; leave the option out",
        )
    text = f"the file says {_short(stated)}; its positions are taken as {_short(given)}, as given"
    return given, (text,)


def _unique(frame: pd.DataFrame, geometry: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns but the geometry; of columns with the same name each gets its own."""
    given = [str(name) for name in frame.columns]
    names: list[str] = []
    notes: list[str] = []
    for name in given:
        free, number = name, 2
        while free in names or (free != name and free in given):
            free, number = f"{name}_{number}", number + 1
        if free != name:
            notes.append(f"the second column {name!r} is called {free!r}")
        names.append(free)
    out = frame.set_axis(names, axis=1)
    return out.drop(columns=names[given.index(str(geometry))]), notes


def _single(geometry: NDArray[Any]) -> NDArray[Any]:
    """Take collections of one part as that part."""
    many = shapely.get_type_id(geometry) >= 4
    if not many.any():
        return geometry
    one = many & (shapely.get_num_geometries(geometry) == 1)
    return np.where(one, shapely.get_geometry(geometry, 0), geometry)
