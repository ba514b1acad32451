"""Cut lines where they fold: two tracks that a skeleton or a removed trunk left as one line."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, resample
from railmap.geometry.folds import find_folds
from railmap.geometry.graph import WorkGraph

__all__ = ["cut_folds"]

_SHORTEST = 10.0  # what is left of a line between a fold and a free end or another fold, metres
_SHORTEST_LEG = 3.0  # between a fold and a junction: the trunk of its legs, metres
_CLEAR = 1.0  # the shorter of two lines that meet in a fold begins so far from the other, metres
_STEP = 0.25  # metres


def cut_folds(graph: WorkGraph) -> dict[int, int]:
    """Cut each edge where it folds, and leave two loose ends there.

    The legs of a switch whose trunk is missing are one edge that turns about; so are two tracks
    that approach each other where the skeleton joined their bands. Where the two lines lie on each
    other, the shorter one is cut back. Pieces shorter than 10 m that a cut leaves are removed,
    at a junction those shorter than 3 m.

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
        folds = find_folds(graph.edges[number].xy)
        if not folds:
            continue
        pieces = _cut(graph, number, [(a, b) for a, b, _ in folds])
        del before[number]
        before |= dict.fromkeys(pieces, number)
    return before


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
