"""Compute the position of events on the tracks: points, lines, areas, or line and km."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.mapping.referencing.lineset import LineSet
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.referencing.locate import station_of
from railmap.mapping.referencing.projection import LinkIndex, Matches
from railmap.mapping.schema.chainage import parse_chainage
from railmap.mapping.sources.events import Events
from railmap.mapping.sources.offsets import OffsetFrame

__all__ = ["place_events"]

Floats = NDArray[np.float64]

# Number of samples on a line or outline.
_SAMPLES = 16


def place_events(
    events: Events,
    lines: LineSet,
    track: LinkArrays,
    index: LinkIndex,
    sigma: Floats,
    max_distance_m: float,
    threads: int | None,
    path: Path,
) -> tuple[NDArray[Any], Matches, Floats]:
    """Place events on links.

    A point is placed at the nearest position on the nearest link. A line or area is placed on the
    link that is nearest to most of its samples, at the middle of its extent. Events by chainage
    are placed on their line.

    Parameters
    ----------
    events
        Events with geometries in the links' CRS, or line and km.
    lines, track, index
        Lines, links and grid index of the map.
    sigma
        ``(events,)`` standard deviation of the positions, metres.
    max_distance_m
        Maximum distance of a match, metres.
    threads
        CPU threads; None takes all cores.
    path
        The map, for messages.

    Returns
    -------
    geometry
        ``(events,)`` shapely geometries.
    matches
        Their positions on links.
    extent
        ``(events, 2)`` smallest and largest measure along the link, metres.

    Raises
    ------
    InputError
        If a line or chainage does not exist.
    """
    if events.geometry is None:
        return _by_chainage(events, lines, path)
    geometry = events.geometry
    if (shapely.get_type_id(geometry) == 0).all():
        matches = index.match(
            shapely.get_coordinates(geometry), sigma,
            max_distance_m=max_distance_m, threads=threads,
        )  # fmt: skip
        return geometry, matches, np.column_stack([matches.m, matches.m])
    xy, owner = _samples(geometry)
    sampled = index.match(xy, sigma[owner], max_distance_m=max_distance_m, threads=threads)
    count = len(geometry)
    link = np.full(count, -1, dtype=np.int64)
    on = sampled.link >= 0
    votes = pd.DataFrame(
        {"owner": owner[on], "link": sampled.link[on], "distance": sampled.distance[on]}
    )
    tally = votes.groupby(["owner", "link"])["distance"].agg(["size", "sum"]).reset_index()
    tally = tally.sort_values(["owner", "size", "sum", "link"], ascending=[True, False, True, True])
    best = tally.drop_duplicates("owner")
    link[best["owner"]] = best["link"]
    vertices, of = shapely.get_coordinates(geometry, return_index=True)
    along = np.full(len(vertices), np.nan)
    drawn = shapely.linestrings(
        track.xy, indices=np.repeat(np.arange(len(track.ids)), np.diff(track.first))
    )
    known = link[of] >= 0
    along[known] = shapely.line_locate_point(
        drawn[link[of[known]]], shapely.points(vertices[known])
    )
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, of[known], along[known])
    np.maximum.at(high, of[known], along[known])
    m = np.where(link >= 0, (low + high) / 2, np.nan)
    extent = np.column_stack([np.where(link >= 0, low, np.nan), np.where(link >= 0, high, np.nan)])
    # Offset, distance and ambiguity are the means over the samples on the link.
    offset, distance = np.full(count, np.nan), np.full(count, np.nan)
    ambiguous = np.zeros(count, dtype=np.bool_)
    mine = on & (sampled.link == link[owner])
    frame = pd.DataFrame(
        {
            "owner": owner[mine],
            "ambiguous": sampled.ambiguous[mine],
            "offset": sampled.offset[mine],
            "distance": sampled.distance[mine],
        }
    )
    means = frame.groupby("owner").mean()
    offset[means.index], distance[means.index] = means["offset"], means["distance"]
    ambiguous[means.index] = means["ambiguous"] >= 0.5
    return geometry, Matches(link, m, offset, distance, ambiguous), extent


def _samples(geometry: NDArray[Any]) -> tuple[Floats, NDArray[np.int64]]:
    """Return samples of the geometries and their owners: points, or equal steps along lines."""
    kinds = shapely.get_type_id(geometry)
    areas = np.isin(kinds, (3, 6))
    outlines = geometry.copy()
    outlines[areas] = shapely.boundary(geometry[areas])
    xy, owner = [], []
    share = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    for number, (shape, whole) in enumerate(zip(outlines, geometry, strict=True)):
        parts = shapely.get_parts(shape)
        lines = parts[shapely.get_dimensions(parts) == 1]
        if len(lines):
            sizes = shapely.length(lines)
            longest = lines[int(np.argmax(sizes))]
            places = shapely.get_coordinates(
                shapely.line_interpolate_point(longest, share, normalized=True)
            )
        else:
            places = shapely.get_coordinates(shape)
        if areas[number]:
            middle = shapely.get_coordinates(shapely.point_on_surface(whole))
            places = np.vstack([places, middle])
        xy.append(places)
        owner.append(np.full(len(places), number))
    return np.concatenate(xy), np.concatenate(owner)


def _by_chainage(
    events: Events, lines: LineSet, path: Path
) -> tuple[NDArray[Any], Matches, Floats]:
    """Place events given by line and chainage."""
    assert events.line is not None
    assert events.km is not None
    assert events.offset is not None
    count = len(events.names)
    points = np.empty((count, 2))
    link = np.empty(count, dtype=np.int64)
    m, side = np.empty(count), np.empty(count)
    frames: dict[str, OffsetFrame] = {}
    for i, (name, ref, km) in enumerate(zip(events.names, events.line, events.km, strict=True)):
        where = f"{events.source}: {name}"
        try:
            chainage = parse_chainage(km)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
        base, _, plus = km.replace(",", ".").partition("+")
        known = lines.find(ref, path)
        for line in known:
            s = (
                station_of(line, parse_chainage(base) / 1000, float(plus))
                if plus
                else line.station(chainage)
            )
            if s is not None:
                break
        else:
            raise InputError(
                f"{where}: km {chainage / 1000:.3f} is not on line {ref}, which runs from km"
                f" {known[0].m[0] / 1000:.3f} to {known[0].m[-1] / 1000:.3f}"
            )
        frame = frames.setdefault(line.line_id, OffsetFrame(line.xy))
        points[i] = frame.place(s, events.offset[i])
        link[i], m[i] = lines.link_at(line, s)
        reverse = (int(link[i]), True) in line.sequence
        side[i] = -events.offset[i] if reverse else events.offset[i]
    matches = Matches(link, m, side, np.abs(side), np.zeros(count, dtype=np.bool_))
    return shapely.points(points), matches, np.column_stack([m, m])
