"""The track that runs through an edge: the edge and those that continue it straight on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from railmap.geometry.curves import Array, arc_length, cut, length_of, point_at
from railmap.geometry.graph import WorkGraph

__all__ = ["pieces_of", "track_through"]

_REACH = 60.0  # metres of the tracks that continue an edge
_PIECE = 1000.0  # longest part of an edge that is read at once, metres
_STRAIGHT_ON = 0.9  # least cosine of the angle at which a track continues another
_HEADING = 30.0  # length of track from which a heading is computed, metres


def track_through(graph: WorkGraph, number: int) -> tuple[Array, float, float]:
    """Join an edge with the tracks that continue it, 60 m at each end.

    Parameters
    ----------
    graph
        The network.
    number
        The edge.

    Returns
    -------
    xy : ndarray
        ``(n, 2)`` points, metres.
    first, last : float
        Stations of the start and the end of the edge itself, metres.
    """
    beyond = []
    for end in (0, 1):
        parts, seen, total, (at, out) = [], {number}, 0.0, (number, end)
        while total < _REACH:
            edge = graph.edges[at]
            ahead = _straight_on(graph, at, out, edge.start if out == 0 else edge.end, seen)
            if ahead is None:
                break
            seen.add(ahead[0])
            part = graph.points_from(*ahead)
            parts.append(part[1:])
            total += length_of(part)
            at, out = ahead[0], 1 - ahead[1]
        points = np.concatenate(parts) if parts else np.empty((0, 2))
        if len(points):
            points = points[arc_length(points) <= _REACH]
        beyond.append(points)
    xy = graph.edges[number].xy
    whole = np.concatenate([beyond[0][::-1], xy, beyond[1]])
    stations = arc_length(whole)
    return whole, float(stations[len(beyond[0])]), float(stations[len(beyond[0]) + len(xy) - 1])


def pieces_of(xy: Array, first: float, last: float) -> Iterator[tuple[Array, float, float, float]]:
    """Cut a track into pieces that overlap, so that memory doesn't grow with its length.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    first, last
        Stations of the start and the end of the edge itself, metres.

    Yields
    ------
    xy : ndarray
        ``(m, 2)`` points of the piece and 60 m beyond.
    start : float
        Station of its first point on the whole track, metres.
    first, last : float
        Stations on the piece between which it is the edge's own, metres.
    """
    count = max(int(np.ceil((last - first) / _PIECE)), 1)
    if count == 1:
        yield xy, 0.0, first, last
        return
    total = length_of(xy)
    bounds = np.linspace(first, last, count + 1)
    for low, high in pairwise(bounds.tolist()):
        start = max(low - _REACH, 0.0)
        yield cut(xy, start, min(high + _REACH, total)), start, low - start, high - start


def _straight_on(
    graph: WorkGraph, number: int, end: int, node: int, seen: set[int]
) -> tuple[int, int] | None:
    """The edge end that continues an edge past one of its ends with the least bend."""
    here = graph.points_from(number, end)
    incoming = here[0] - point_at(here, _HEADING)
    best: tuple[float, tuple[int, int]] | None = None
    for other, other_end in graph.incident(node):
        if other in seen:
            continue
        there = graph.points_from(other, other_end)
        outgoing = point_at(there, _HEADING) - there[0]
        size = float(np.hypot(*incoming) * np.hypot(*outgoing))
        cosine = float(incoming @ outgoing) / size if size else 0.0
        if cosine > _STRAIGHT_ON and (best is None or cosine > best[0]):
            best = cosine, (other, other_end)
    return None if best is None else best[1]
