"""Gaps next to a parallel track: join track ends across standing trains, along the next track."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from railmap.geometry.curves import (
    Array,
    arc_length,
    heading_change,
    left_normals,
    length_of,
    point_at,
    project,
    tangents,
)
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.repair.gaps import CLEAR, FreeEnd, free_ends, match_ends

__all__ = ["bridge_parallel_gaps"]

_WIDER = 4.0  # widest gap, as a multiple of the widest one without a parallel track
_NEXT = (3.0, 13.0)  # distance of the parallel track: of the next one to the third, metres
_PARALLEL = np.radians(3.0)  # largest angle between an end and the parallel track
_OFFSET_SIGMA = 0.2  # error of the distance of two ends from the parallel track, metres ...
_OFFSET_GROWTH = 0.004  # ... and its growth with the gap
_HEADING_SIGMA = np.radians(1.5)
_UNMATCHED = 9.0  # cost of leaving an end open: 3 sigma of misfit
_PER_METRE = 0.03  # cost of a gap, so that the nearest end is taken
_OWN_GAP = 0.3  # largest share of the parallel track that is itself bridged


@dataclass(frozen=True, slots=True)
class _Guided:
    """A free end next to a parallel track: its station and offset there, and where it heads."""

    end: int
    ahead: bool
    station: float
    offset: float
    turn: float


def bridge_parallel_gaps(graph: WorkGraph, scale: Scale, max_gap: float) -> None:
    """Join pairs of free ends at the same distance from one parallel track.

    A row of wagons hides more track than a straight or arc can bridge (`bridge_gaps`), but tracks
    of a yard run parallel: the curve across the gap keeps the distance from the next track. The
    gap is up to four times as wide as `max_gap`, and the ends must not be those at the edge of the
    data.

    Parameters
    ----------
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    max_gap
        Largest gap without a parallel track, metres; 0 bridges nothing.
    """
    ends = free_ends(graph)
    if len(ends) < 2 or max_gap <= 0:
        return
    index = EdgeIndex(graph)
    costs: dict[tuple[int, int], float] = {}
    curves: dict[tuple[int, int], Array] = {}
    for number, found in sorted(_ends_by_guide(graph, ends, index).items()):
        for a, b in _facing(found, _WIDER * max_gap):
            cost = _misfit(a, b)
            key = min(a.end, b.end), max(a.end, b.end)
            if cost >= min(2 * _UNMATCHED, costs.get(key, np.inf)):
                continue
            curve = _along(graph.edges[number].xy, a, b, ends, scale.step)
            near = index.near(shapely.linestrings(curve), CLEAR)
            if not {ends[k].edge for k in key}.issuperset(near):
                continue
            costs[key] = cost
            curves[key] = curve if key[0] == a.end else curve[::-1]
    for i, j in match_ends(costs, len(ends)):
        new = graph.add_edge(curves[i, j], ends[i].node, ends[j].node)
        graph.edges[new].gap_m = length_of(curves[i, j])
    graph.merge_all()


def _ends_by_guide(
    graph: WorkGraph, ends: list[FreeEnd], index: EdgeIndex
) -> dict[int, list[_Guided]]:
    """Free ends by the edge that they run parallel to."""
    near: dict[int, list[int]] = {}
    for k, end in enumerate(ends):
        for number in index.near(shapely.Point(end.point), _NEXT[1]):
            near.setdefault(number, []).append(k)
    found: dict[int, list[_Guided]] = {}
    for number, members in near.items():
        edge = graph.edges[number]
        if edge.gap_m > _OWN_GAP * length_of(edge.xy):
            continue
        along, direction = arc_length(edge.xy), tangents(edge.xy)
        places = project(np.array([ends[k].point for k in members]), edge.xy)
        for k, (station, offset) in zip(members, places, strict=True):
            if number == ends[k].edge or not _NEXT[0] <= abs(offset) <= _NEXT[1]:
                continue
            x, y = direction[min(int(np.searchsorted(along, station)), len(along) - 1)]
            turn = heading_change(float(np.arctan2(y, x)), ends[k].heading)
            ahead = abs(turn) < np.pi / 2
            if not ahead:
                turn = heading_change(np.pi, turn)
            if abs(turn) <= _PARALLEL:
                guided = _Guided(k, ahead, float(station), float(offset), turn)
                found.setdefault(number, []).append(guided)
    return found


def _facing(found: list[_Guided], widest: float) -> Iterator[tuple[_Guided, _Guided]]:
    """Pairs of ends that face each other across at most `widest` metres of their guide."""
    back = sorted((b for b in found if not b.ahead), key=lambda b: b.station)
    stations = [b.station for b in back]
    for a in found:
        if a.ahead:
            first = bisect_right(stations, a.station)
            last = bisect_right(stations, a.station + widest)
            yield from ((a, b) for b in back[first:last])


def _misfit(a: _Guided, b: _Guided) -> float:
    """Squared misfit in standard deviations, plus what the gap costs."""
    gap = b.station - a.station
    sigma = _OFFSET_SIGMA + _OFFSET_GROWTH * gap
    turns = (a.turn / _HEADING_SIGMA) ** 2 + (b.turn / _HEADING_SIGMA) ** 2
    return float(((a.offset - b.offset) / sigma) ** 2 + 0.5 * turns + _PER_METRE * gap)


def _along(guide: Array, a: _Guided, b: _Guided, ends: list[FreeEnd], step: float) -> Array:
    """Curve from end `a` to end `b`; its offset from the parallel track changes evenly."""
    count = max(int(np.ceil((b.station - a.station) / step)), 2)
    share = np.linspace(0.0, 1.0, count + 1)
    eased = share * share * (3 - 2 * share)
    station = a.station + share * (b.station - a.station)
    base = point_at(guide, station)
    offset = a.offset + eased * (b.offset - a.offset)
    curve = base + offset[:, None] * left_normals(base)
    curve[0], curve[-1] = ends[a.end].point, ends[b.end].point
    return np.asarray(curve)
