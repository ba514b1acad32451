"""Gaps next to a parallel track: join track ends across standing trains, along the next track."""

from __future__ import annotations

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
    numbers = sorted(graph.edges)
    lines = [shapely.linestrings(graph.edges[n].xy) for n in numbers]
    tree = shapely.STRtree(lines)
    costs: dict[tuple[int, int], float] = {}
    curves: dict[tuple[int, int], Array] = {}
    for number, found in sorted(_beside_tracks(graph, ends, numbers, tree).items()):
        for a in found:
            for b in found:
                gap = b.station - a.station
                if not (a.ahead and not b.ahead and 0 < gap <= _WIDER * max_gap):
                    continue
                cost = _misfit(a, b, gap)
                key = min(a.end, b.end), max(a.end, b.end)
                if cost >= min(2 * _UNMATCHED, costs.get(key, np.inf)):
                    continue
                curve = _along(graph.edges[number].xy, a, b, ends, scale.step)
                mine = {numbers.index(ends[k].edge) for k in key}
                if set(tree.query(shapely.linestrings(curve), "dwithin", CLEAR)) - mine:
                    continue
                costs[key] = cost
                curves[key] = curve if key[0] == a.end else curve[::-1]
    for i, j in match_ends(costs, len(ends)):
        new = graph.add_edge(curves[i, j], ends[i].node, ends[j].node)
        graph.edges[new].gap_m = length_of(curves[i, j])
    graph.merge_all()


def _beside_tracks(
    graph: WorkGraph, ends: list[FreeEnd], numbers: list[int], tree: shapely.STRtree
) -> dict[int, list[_Guided]]:
    """Free ends by the edge that they run parallel to."""
    found: dict[int, list[_Guided]] = {}
    for k, end in enumerate(ends):
        near = tree.query(shapely.points(end.point), "dwithin", _NEXT[1])
        for number in sorted(numbers[i] for i in near):
            edge = graph.edges[number]
            if number == end.edge or edge.gap_m > _OWN_GAP * length_of(edge.xy):
                continue
            station, offset = project(end.point[None], edge.xy)[0]
            if not _NEXT[0] <= abs(offset) <= _NEXT[1]:
                continue
            x, y = tangents(edge.xy)[int(np.argmin(np.abs(arc_length(edge.xy) - station)))]
            turn = heading_change(float(np.arctan2(y, x)), end.heading)
            ahead = abs(turn) < np.pi / 2
            if not ahead:
                turn = heading_change(np.pi, turn)
            if abs(turn) <= _PARALLEL:
                guided = _Guided(k, ahead, float(station), float(offset), turn)
                found.setdefault(number, []).append(guided)
    return found


def _misfit(a: _Guided, b: _Guided, gap: float) -> float:
    """Squared misfit in standard deviations, plus what the gap costs."""
    sigma = _OFFSET_SIGMA + _OFFSET_GROWTH * gap
    turns = (a.turn / _HEADING_SIGMA) ** 2 + (b.turn / _HEADING_SIGMA) ** 2
    return float(((a.offset - b.offset) / sigma) ** 2 + 0.5 * turns + _PER_METRE * gap)


def _along(guide: Array, a: _Guided, b: _Guided, ends: list[FreeEnd], step: float) -> Array:
    """Curve from end `a` to end `b`; its offset from the parallel track changes evenly."""
    count = max(int(np.ceil((b.station - a.station) / step)), 2)
    share = np.linspace(0.0, 1.0, count + 1)
    eased = share * share * (3 - 2 * share)
    station = a.station + share * (b.station - a.station)
    along = arc_length(guide)
    normals = left_normals(guide)
    normal = np.stack([np.interp(station, along, normals[:, i]) for i in (0, 1)], 1)
    offset = a.offset + eased * (b.offset - a.offset)
    curve = point_at(guide, station) + offset[:, None] * normal
    curve[0], curve[-1] = ends[a.end].point, ends[b.end].point
    return np.asarray(curve)
