"""Cut lines where they fold: two tracks that a skeleton or a removed trunk left as one line."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, cut, length_of, point_at, resample
from railmap.geometry.folds import find_folds
from railmap.geometry.graph import WorkGraph

__all__ = ["cut_folds"]

_SHORTEST = 10.0  # what is left of a line between a fold and a free end or another fold, metres
_SHORTEST_LEG = 3.0  # between a fold and a junction: the trunk of its legs, metres
_TRUNK = 6.0  # straight that is drawn before a switch whose trunk folds, metres
_NEAR = 5.0  # length of a leg that decides its direction, metres
_CLEAR = 1.0  # the shorter of two lines that meet in a fold begins so far from the other, metres
_STEP = 0.25  # metres


def cut_folds(graph: WorkGraph) -> dict[int, int]:
    """Cut each edge where it folds, and leave two loose ends there.

    The legs of a switch whose trunk is missing are one edge that turns about; so are two tracks
    that approach each other where the skeleton joined their bands. Where the two lines lie on each
    other, the shorter one is cut back. Pieces shorter than 10 m that a cut leaves are removed,
    at a junction those shorter than 3 m. The trunk of a switch that folds nearer than this is drawn
    as a straight of 6 m, which counts as bridged: a switch has a trunk.

    Parameters
    ----------
    graph
        The network; changed in place.

    Returns
    -------
    dict of int to int
        For every edge the edge that it was before, which is itself or of which it is a part.
    """
    before = {number: number for number in graph.edges}
    for number in sorted(graph.edges):
        if not find_folds(graph.edges[number].xy):
            continue
        trunks = _straighten_trunks(graph, number)
        folds = [(a, b) for a, b, _ in find_folds(graph.edges[number].xy)]
        pieces = _cut(graph, number, folds)
        for piece in pieces:
            if trunks & set(graph.edges[piece].end_ids):
                graph.edges[piece].gap_m = length_of(graph.edges[piece].xy)
        del before[number]
        before |= dict.fromkeys(pieces, number)
    return before


def _straighten_trunks(graph: WorkGraph, number: int) -> set[int]:
    """Draw the trunks of an edge that fold at their switches as straights; return their ends."""
    ends = set()
    for end in (0, 1):
        edge = graph.edges[number]
        xy = graph.points_from(number, end)
        fold = next(iter(find_folds(xy)), None)
        legs = [one for one in graph.incident((edge.start, edge.end)[end]) if one != (number, end)]
        if fold is None or fold[0] >= _SHORTEST_LEG or len(legs) != 2:
            continue
        one, two = (_direction(graph.points_from(*leg), _NEAR) for leg in legs)
        here = _direction(xy, max(fold[0], _STEP))
        node = graph.nodes[(edge.start, edge.end)[end]]
        if node.railway != "switch" or one @ two < 0.5 or here @ one > -0.5:
            continue
        ahead = (one + two) / np.hypot(*(one + two))
        rest = cut(xy, fold[1], length_of(xy))
        drawn = np.vstack([xy[0], xy[0] - _TRUNK * ahead, rest])
        graph.set_points(number, drawn if end == 0 else drawn[::-1])
        ends.add(edge.end_ids[end])
    return ends


def _direction(xy: Array, length: float) -> Array:
    """Unit vector from the start of a line to the point at a station."""
    ahead = point_at(xy, min(length, length_of(xy))) - xy[0]
    return np.array(ahead / np.hypot(*ahead), np.float64)


def _cut(graph: WorkGraph, number: int, folds: list[tuple[float, float]]) -> list[int]:
    """Replace an edge by what is kept of it; return the new edges."""
    xy = resample(graph.edges[number].xy, _STEP)
    along = arc_length(xy)
    at = [int(np.searchsorted(along, station)) for fold in folds for station in fold]
    kept = list(zip([0, *at[1::2]], [*at[::2], len(xy) - 1], strict=True))
    for k in range(len(folds)):
        kept[k], kept[k + 1] = _part(xy, kept[k], kept[k + 1])
    ends = {0: graph.edges[number].start, len(xy) - 1: graph.edges[number].end}
    junctions = {i for i, node in ends.items() if graph.degree(node) > 2}
    kept = [
        (a, b)
        for a, b in kept
        if along[b] - along[a] >= (_SHORTEST_LEG if junctions & {a, b} else _SHORTEST)
    ]
    cuts = sorted({i for pair in kept for i in pair} - {0, len(xy) - 1}, reverse=True)
    starts, known = {a for a, _ in kept}, set(graph.nodes)
    new, rest = [], number
    for index in [*cuts, 0]:
        piece = rest
        if index:
            node = graph.split(rest, xy, index)
            (rest, _), (piece, _) = sorted(graph.incident(node), key=lambda it: -it[1])
            xy = xy[: index + 1]
        if index in starts:
            new.append(piece)
        else:
            graph.remove(piece)
    for piece in new:
        for node in {graph.edges[piece].start, graph.edges[piece].end} - known:
            graph.nodes[node].continues = True
    return new


def _part(
    xy: Array, one: tuple[int, int], two: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Shorten the shorter of two pieces on both sides of a fold until it is clear of the other."""
    (a, b), (c, d) = one, two
    if b - a < d - c:
        clear = _distances(xy[a : b + 1], xy[c : d + 1]) >= _CLEAR
        b = a + int(np.flatnonzero(clear)[-1]) if clear.any() else a
    else:
        clear = _distances(xy[c : d + 1], xy[a : b + 1]) >= _CLEAR
        c = c + int(np.flatnonzero(clear)[0]) if clear.any() else d
    return (a, b), (c, d)


def _distances(points: Array, line: Array) -> Array:
    one = shapely.Point(line[0]) if len(line) < 2 else shapely.LineString(line)
    return np.array(shapely.distance(shapely.points(points), one), float)
