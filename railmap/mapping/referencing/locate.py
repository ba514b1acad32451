"""Convert between chainage and position."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from railmap.errors import InputError, UsageError
from railmap.mapping.referencing.lineset import Line, LineSet, read_lines
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.schema.chainage import Location, format_location, parse_location
from railmap.mapping.sources.offsets import OffsetFrame
from railmap.mapping.store.reader import Map, read_map

__all__ = ["Place", "in_map", "locate", "locate_at", "station_of"]

_HECTOMETRE_M = 100.0


@dataclass(frozen=True, slots=True)
class Place:
    """A position on a line.

    Parameters
    ----------
    text
        Location as text, such as ``6185 km 12.400 +3.2``; see `locate`.
    x, y
        Metres in the map's CRS.
    lon, lat
        WGS 84, degrees.
    link_id, link_m
        The link, and metres along it.
    line_id, line_m
        The line, and chainage on it in metres.
    offset_m
        Metres from the centreline, + to the right in the direction of increasing chainage.
    """

    text: str
    x: float
    y: float
    lon: float
    lat: float
    link_id: str
    link_m: float
    line_id: str
    line_m: float
    offset_m: float


def locate(path: str | os.PathLike[str], text: str) -> list[Place]:
    """Return the position of a location such as ``6185 km 12.400 +3.2 right 1.5``.

    ``+3.2`` is the distance along the track from km 12.400, also in long or short kilometres. If
    the line has no km 12.400 (for example, it begins later), it is added to the chainage.

    Parameters
    ----------
    path
        The map.
    text
        The location; see `parse_location`.

    Returns
    -------
    list of Place
        One for each line of that ref that has the location; usually one.

    Raises
    ------
    UsageError
        If the text has another form.
    InputError
        If there is no such line, or the location is outside it.
    MapError
        If the file is not a railmap map.
    """
    wanted = parse_location(text)
    content = read_map(path)
    track = LinkArrays.of(content)
    known = read_lines(content, track)
    lines = known.find(wanted.ref, content.path)
    stations = [(line, station_of(line, wanted.km, wanted.plus_m)) for line in lines]
    found = [
        _place(content, known, line, s, wanted.offset_m) for line, s in stations if s is not None
    ]
    if not found:
        raise InputError(f"{content.path}: {lines[0].outside(wanted)}")
    return found


def locate_at(
    path: str | os.PathLike[str],
    x: float,
    y: float,
    *,
    crs: Any = None,
    max_distance_m: float = 50.0,
) -> Place:
    """Return the location of a position on the nearest line.

    Parameters
    ----------
    path
        The map.
    x, y
        In the map's CRS, or in `crs` (longitude and latitude for ``EPSG:4326``).
    crs
        CRS of x and y; any input of `pyproj.CRS.from_user_input`.
    max_distance_m
        Maximum distance from a line, metres.

    Raises
    ------
    UsageError
        If `crs` is not a CRS.
    InputError
        If no line is near enough, or the position is beyond the end of the line.
    MapError
        If the file is not a railmap map.
    """
    content = read_map(path)
    x, y = in_map(content, x, y, crs)
    known = read_lines(content, LinkArrays.of(content))
    if not known.lines:
        raise InputError(f"{content.path}: the map has no lines; add one with railmap line add")
    frames = [OffsetFrame(line.xy) for line in known.lines]
    distances = [frame.distance(x, y) for frame in frames]
    nearest = int(np.argmin(distances))
    line, distance = known.lines[nearest], distances[nearest]
    if distance > max_distance_m:
        raise InputError(
            f"{content.path}: the nearest line is {line.title}, {distance:.1f} m away; give a"
            f" place within {max_distance_m:g} m of a line, in the CRS {content.crs.to_string()}"
        )
    measured = frames[nearest].measure(x, y)
    if measured is None:
        raise InputError(f"{content.path}: the position is beyond the end of line {line.title}")
    return _place(content, known, line, *measured)


def in_map(content: Map, x: float, y: float, crs: Any) -> tuple[float, float]:
    """Return a position in the CRS of a map.

    Parameters
    ----------
    content
        The map.
    x, y
        The position in `crs`.
    crs
        Any input of `pyproj.CRS.from_user_input`; None for the map's CRS.

    Raises
    ------
    UsageError
        If `crs` is not a CRS, or the position is outside it.
    """
    found: tuple[float, float]
    if crs is not None:
        try:
            source = pyproj.CRS.from_user_input(crs)
        except CRSError as error:
            raise UsageError(f"{crs!r} is not a CRS: give one such as EPSG:4326") from error
        move = pyproj.Transformer.from_crs(source, content.crs, always_xy=True)
        found = move.transform(x, y)
    else:
        found = x, y
    if not np.isfinite(found).all():
        raise UsageError(f"the position {x:.12g},{y:.12g} is outside the CRS given")
    return found


def station_of(line: Line, km: float, plus_m: float = 0.0) -> float | None:
    """Return the metres along a line of a location.

    Parameters
    ----------
    line
        The line.
    km
        Kilometre value.
    plus_m
        Metres along the track from there.

    Returns
    -------
    float or None
        None if the location is outside the line.
    """
    base = round(1000 * km, 6)
    s = line.station(base)
    if s is None:
        return line.station(base + plus_m)
    s += plus_m
    return s if s <= line.length + 1e-6 else None


def _place(content: Map, known: LineSet, line: Line, s: float, offset: float) -> Place:
    x, y = OffsetFrame(line.xy).place(s, offset)
    lon, lat = pyproj.Transformer.from_crs(content.crs, 4326, always_xy=True).transform(x, y)
    link, link_m = known.link_at(line, s)
    m = float(line.chainage(s))
    # Tolerance for rounding just below a hectometre.
    km = np.floor((m + 1e-6) / _HECTOMETRE_M) * _HECTOMETRE_M
    base = line.station(float(km))
    plus = m - km if base is None else s - base
    text = format_location(Location(line.title, float(km) / 1000, float(plus), offset))
    return Place(
        text=text,
        x=x,
        y=y,
        lon=lon,
        lat=lat,
        link_id=known.track.ids[link],
        link_m=link_m,
        line_id=line.line_id,
        line_m=m,
        offset_m=offset,
    )
