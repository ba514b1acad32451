"""The network around a place on the rails: the edges there, splitting them, nodes left behind."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, length_of, point_at, project
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["FARTHEST", "can_split", "edge_at", "edge_on", "is_joined", "merge_plain", "split_at"]

FARTHEST = 60.0
"""Largest distance of a place from where a leg ends or is joined, metres."""

_ON_LEG, _MIN_ON_LEG = 0.6, 5.0  # largest distance of a leg from the rails, least length, metres
_PER_RADIAN = 5.0  # metres that a radian off the heading counts as distance
_MIN_PIECE = 1.0  # shortest piece of main track on either side of a toe, metres


def edge_at(graph: WorkGraph, index: EdgeIndex, place: Array, along: Array) -> int | None:
    """The edge that runs through a place ``(2,)`` with a heading ``(2,)``, either way."""
    here = shapely.Point(place)
    near = []
    for number in index.near(here, 1.0):
        xy = graph.edges[number].xy
        station, away = project(place[None], xy)[0]
        heading = point_at(xy, station + 3.0) - point_at(xy, station - 3.0)
        size = float(np.hypot(*heading))
        cosine = min(abs(float(heading @ along)) / size, 1.0) if size else 0.0
        if cosine > 0.97:
            # at a switch the leg is as near as the main track
            near.append((abs(float(away)) + _PER_RADIAN * float(np.arccos(cosine)), number))
    return min(near)[1] if near else None


def edge_on(graph: WorkGraph, index: EdgeIndex, rails: Array, main: int) -> tuple[int, int] | None:
    """The edge that lies on rails, and its end towards their start.

    Parameters
    ----------
    graph, index
        The network.
    rails
        ``(n, 2)`` points at `STEP` between the rails, from the main track outwards.
    main
        The main track, which is left out.
    """
    if len(rails) < _MIN_ON_LEG / STEP:
        return None
    best: tuple[float, int, int] | None = None
    for number in index.near(shapely.linestrings(rails), _ON_LEG):
        if number == main:
            continue
        xy = graph.edges[number].xy
        total = float(arc_length(xy)[-1])
        place = project(rails, xy)
        on = (place[:, 0] > 0) & (place[:, 0] < total) & (np.abs(place[:, 1]) <= _ON_LEG)
        if on.sum() * STEP < _MIN_ON_LEG:
            continue
        stations = place[on, 0]
        end = 0 if stations[-1] > stations[0] else 1
        miss = float(np.abs(place[on, 1]).mean())
        if best is None or miss < best[0]:
            best = miss, number, end
    return None if best is None else best[1:]


def is_joined(graph: WorkGraph, node: int, leg: int, main: int, place: Array) -> bool:
    """Whether a leg is joined by a node of two other edges, one of them the main track."""
    others = [number for number, _ in graph.incident(node) if number != leg]
    if graph.degree(node) != 3 or len(set(others)) != 2:
        return False
    far = float(np.hypot(*(graph.nodes[node].xy - place)))
    if far > FARTHEST:
        return False
    return main in others or any(
        main in (number for number, _ in graph.incident(v))
        for number in others
        for v in (graph.edges[number].start, graph.edges[number].end)
    )


def can_split(graph: WorkGraph, number: int, toe: Array) -> bool:
    """Whether a toe is far enough from both ends of an edge."""
    xy = graph.edges[number].xy
    station = float(project(toe[None], xy)[0, 0])
    return _MIN_PIECE < station < float(arc_length(xy)[-1]) - _MIN_PIECE


def split_at(
    graph: WorkGraph, index: EdgeIndex, number: int, toe: Array, origin: dict[int, int]
) -> int:
    """Split an edge at a toe; returns the new node. See `can_split`."""
    xy = graph.edges[number].xy
    stations = arc_length(xy)
    station = float(project(toe[None], xy)[0, 0])
    at = int(np.searchsorted(stations, station))
    node = graph.split(number, np.insert(xy, at, point_at(xy, station), axis=0), at)
    pieces = [piece for piece, _ in graph.incident(node)]
    index.replaced(number, pieces)
    for piece in pieces:
        origin[piece] = origin[number]
    return node


def merge_plain(graph: WorkGraph, index: EdgeIndex, node: int, origin: dict[int, int]) -> None:
    """Merge the two edges at a node that a leg has left."""
    graph.nodes[node].make_plain()
    pieces = [number for number, _ in graph.incident(node)]
    longest = max(pieces, key=lambda number: (length_of(graph.edges[number].xy), number))
    new = graph.merge_at(node)
    if new is None:
        return
    for piece in pieces:
        index.replaced(piece, [new])
    origin[new] = origin[longest]
