"""Find links that cross, overlap, or are closer than two tracks can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Nearness", "near_links"]

# Spacing of samples along a link that is near another one.
_STEP_M = 2.0
# Links are close to each other within this length from a shared node.
_CLEAR_M = 5.0
# The legs of a switch with N = 50 diverge within this length; longer overlaps are duplicates.
_LONGEST_DIVERGENCE_M = 120.0
# A leg of at most this length may end at the next switch before it has diverged.
_SHORT_LEG_M = 30.0
# Minimum length over which tracks must be too close to be reported.
_SHORTEST_PARALLEL_M = 20.0
_SAME_PLACE_M = 1e-3


@dataclass(frozen=True, slots=True)
class Nearness:
    """A pair of links that are too close to each other.

    Parameters
    ----------
    kind
        ``crossing``, ``overlap`` (closer than two tracks can be) or ``spacing`` (closer than
        permitted).
    a, b
        Indices of the links, `a` < `b`.
    x, y
        Position of the fault.
    distance_m
        Distance of the centrelines there.
    """

    kind: str
    a: int
    b: int
    x: float
    y: float
    distance_m: float


def near_links(
    lines: NDArray[Any],
    ends: NDArray[np.int64],
    levels: NDArray[np.int64],
    *,
    overlap_m: float,
    spacing_m: float,
) -> list[Nearness]:
    """Find links that are too close to each other.

    Parameters
    ----------
    lines
        ``(n,)`` object array of 2D LineStrings.
    ends
        ``(n, 2)`` indices of the start and end nodes.
    levels
        ``(n,)`` levels; links on different levels are not compared.
    overlap_m, spacing_m
        Distances below which links overlap, or are too close for neighbouring tracks.

    Returns
    -------
    list of Nearness
        Ordered by `a`, `b`; each pair once, as crossing, else overlap, else spacing.
    """
    found = [*_self_crossings(lines)]
    a, b = _pairs(lines, levels, spacing_m)
    crossing = np.zeros(len(a), dtype=bool)
    touching = np.flatnonzero(shapely.intersects(lines[a], lines[b]))
    for pair, place in _crossings(lines, ends, a, b, touching):
        crossing[pair] = True
        x, y = place.tolist()
        found.append(Nearness("crossing", int(a[pair]), int(b[pair]), x, y, 0.0))
    joined = _shared(ends, a, b)
    apart = ~crossing & ~joined.any(axis=(1, 2)) & ~_linked(ends, a, b)
    found += _apart(lines, a[apart], b[apart], overlap_m, spacing_m)
    diverging = np.flatnonzero(~crossing & joined.any(axis=(1, 2)))
    found += _diverging(lines, joined[diverging], a[diverging], b[diverging], overlap_m)
    return sorted(found, key=lambda near: (near.a, near.b, near.kind, near.x, near.y))


def _pairs(
    lines: NDArray[Any], levels: NDArray[np.int64], distance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    tree = shapely.STRtree(lines)
    a, b = tree.query(lines, predicate="dwithin", distance=distance).astype(np.int64)
    keep = (a < b) & (levels[a] == levels[b])
    a, b = a[keep], b[keep]
    order = np.lexsort((b, a))
    return a[order], b[order]


def _shared(
    ends: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return ``(pairs, end of a, end of b)``: whether the two ends are the same node."""
    return np.asarray(ends[a][:, :, None] == ends[b][:, None, :])


def _linked(
    ends: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pairs are connected by a third link from a node of one to a node of the other.

    The legs of consecutive switches diverge over several links.
    """
    size = int(ends.max()) + 1 if ends.size else 1
    low, high = ends.min(axis=1), ends.max(axis=1)
    keys = np.unique(low * size + high)
    linked = np.zeros(len(a), dtype=bool)
    for i in (0, 1):
        for j in (0, 1):
            one, other = ends[a, i], ends[b, j]
            key = np.minimum(one, other) * size + np.maximum(one, other)
            linked |= np.isin(key, keys)
    return linked


def _self_crossings(lines: NDArray[Any]) -> Iterator[Nearness]:
    for index in np.flatnonzero(~shapely.is_simple(lines)).tolist():
        # Noding splits the line where it meets itself: more than two pieces end there.
        pieces = shapely.get_parts(shapely.node(lines[index]))
        points = np.concatenate([shapely.get_coordinates(piece)[[0, -1]] for piece in pieces])
        places, counts = np.unique(points, axis=0, return_counts=True)
        x, y = places[np.argmax(counts)].tolist()
        yield Nearness("crossing", index, index, x, y, 0.0)


def _crossings(
    lines: NDArray[Any],
    ends: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    touching: NDArray[np.int64],
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield pairs that meet outside a shared node, with the position."""
    meetings = shapely.intersection(lines[a[touching]], lines[b[touching]])
    places, owner = shapely.get_coordinates(meetings, return_index=True)
    noded = np.zeros(len(places), dtype=bool)
    joined = _shared(ends, a[touching], b[touching])
    for end in (0, 1):
        node = shapely.get_coordinates(shapely.get_point(lines[a[touching]], -end))
        at_node = np.hypot(*(places - node[owner]).T) <= _SAME_PLACE_M
        noded |= at_node & joined[owner, end].any(axis=1)
    seen: set[int] = set()
    for row in np.flatnonzero(~noded).tolist():
        pair = int(touching[owner[row]])
        if pair not in seen:
            seen.add(pair)
            yield pair, places[row]


def _samples(
    lines: NDArray[Any], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Sample each `a`: return M, x/y, distance to `b`, and the offsets of the pairs."""
    lengths = shapely.length(lines[a])
    counts = np.maximum(np.ceil(lengths / _STEP_M).astype(np.int64), 1) + 1
    offset = np.concatenate([[0], np.cumsum(counts)])
    pair = np.repeat(np.arange(len(a)), counts)
    step = np.arange(offset[-1]) - offset[pair]
    m = lengths[pair] * step / (counts[pair] - 1)
    points = shapely.line_interpolate_point(lines[a][pair], m)
    distance = shapely.distance(points, lines[b][pair])
    return m, shapely.get_coordinates(points), distance, offset


def _runs(close: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the intervals of True as first and past-last index."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], close, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _apart(
    lines: NDArray[Any],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    overlap_m: float,
    spacing_m: float,
) -> list[Nearness]:
    """Check pairs without a common node."""
    found = []
    nearest = shapely.distance(lines[a], lines[b])
    overlap = nearest < overlap_m
    places = shapely.get_coordinates(
        shapely.get_point(shapely.shortest_line(lines[a[overlap]], lines[b[overlap]]), 0)
    )
    for one, other, distance, (x, y) in zip(
        a[overlap].tolist(), b[overlap].tolist(), nearest[overlap].tolist(), places.tolist(),
        strict=True,
    ):  # fmt: skip
        found.append(Nearness("overlap", one, other, x, y, distance))
    a, b = a[~overlap], b[~overlap]
    m, xy, distance_along, offset = _samples(lines, a, b)
    for pair in range(len(a)):
        part = slice(offset[pair], offset[pair + 1])
        for first, last in _runs(distance_along[part] < spacing_m):
            if m[part][last - 1] - m[part][first] >= _SHORTEST_PARALLEL_M:
                worst = first + int(np.argmin(distance_along[part][first:last]))
                x, y = xy[part][worst].tolist()
                distance = float(distance_along[part][worst])
                found.append(Nearness("spacing", int(a[pair]), int(b[pair]), x, y, distance))
                break
    return found


def _diverging(
    lines: NDArray[Any],
    joined: NDArray[np.bool_],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    overlap_m: float,
) -> list[Nearness]:
    """Check pairs with a common node, which may be close only there."""
    at_start, at_end = (np.asarray(joined[:, end].any(axis=1)) for end in (0, 1))
    # Most neighbours lead in opposite directions; two points identify the others.
    near = np.zeros(len(a), dtype=bool)
    lengths = shapely.length(lines[a])
    middle = shapely.line_interpolate_point(lines[a], np.minimum(_CLEAR_M, lengths / 2))
    near |= at_start & (shapely.distance(middle, lines[b]) < _CLEAR_M / 2)
    middle = shapely.line_interpolate_point(lines[a], np.maximum(lengths - _CLEAR_M, lengths / 2))
    near |= at_end & (shapely.distance(middle, lines[b]) < _CLEAR_M / 2)
    # Links that lead in opposite directions can still come close later.
    clear = np.minimum(_CLEAR_M, lengths / 3)
    rest = _between(lines[a], at_start * clear, lengths - at_end * clear)
    near |= shapely.dwithin(rest, lines[b], overlap_m)
    chosen = np.flatnonzero(near)
    a, b = a[chosen], b[chosen]
    starts, stops = at_start[chosen].tolist(), at_end[chosen].tolist()
    m, xy, distance, offset = _samples(lines, a, b)
    found = []
    for pair in range(len(a)):
        part = slice(offset[pair], offset[pair + 1])
        count = offset[pair + 1] - offset[pair]
        for first, last in _runs(distance[part] < overlap_m):
            length = m[part][last - 1] - m[part][first]
            at_node = (first == 0 and starts[pair]) or (last == count and stops[pair])
            whole = first == 0 and last == count
            if at_node and length <= (_SHORT_LEG_M if whole else _LONGEST_DIVERGENCE_M):
                continue
            x, y = xy[part][(first + last) // 2].tolist()
            worst = float(distance[part][first:last].min())
            found.append(Nearness("overlap", int(a[pair]), int(b[pair]), x, y, worst))
            break
    return found


def _between(
    lines: NDArray[Any], first: NDArray[np.float64], last: NDArray[np.float64]
) -> NDArray[Any]:
    """Cut lines to the part between two measures."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    steps = np.hypot(*np.diff(coordinates, axis=0, prepend=coordinates[:1]).T)
    same = np.diff(owner, prepend=-1) == 0
    total = np.cumsum(np.where(same, steps, 0.0))
    start = np.flatnonzero(~same)
    m = total - total[start][owner]
    inner = (m > first[owner]) & (m < last[owner])
    cuts = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, place))
        for place in (first, last)
    ]
    order_keys = np.concatenate(
        [np.full(len(lines), 0), np.full(inner.sum(), 1), np.full(len(lines), 2)]
    )
    owners = np.concatenate([np.arange(len(lines)), owner[inner], np.arange(len(lines))])
    points = np.concatenate([cuts[0], coordinates[inner], cuts[1]])
    order = np.lexsort((order_keys, owners))
    return np.asarray(shapely.linestrings(points[order], indices=owners[order]))
