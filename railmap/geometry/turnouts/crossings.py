"""Crossings whose rails the image shows: tracks across are joined through their main tracks.

A network shows a track that crosses others as if it ended at the first of them, and the geometry
makes a switch of that. Where the rails go on, the tracks on both sides are one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.geometry.curves import Array, arc_length, smooth_between
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing
from railmap.geometry.turnouts.crossing_search import RailCrossing
from railmap.geometry.turnouts.network import (
    FARTHEST,
    can_split,
    edge_at,
    edge_on,
    is_joined,
    merge_plain,
    split_at,
)
from railmap.geometry.turnouts.rail_strip import STEP, RailStrip

__all__ = ["LocatedCrossing", "join_crossings", "locate_crossing"]

_LEG = (1.0, 4.0)  # separations where a track across must lie on the rails, metres
_KEPT = 1.2  # separation from which the points of the network are kept, metres
_SAME_LINE, _PARALLEL = 1.5, 0.99  # crossings of one track: offset in metres, cosine
_NEXT = (3.0, 60.0)  # distance of the next crossing of a track, metres
_SAME = 4.0  # crossings nearer to each other than this are one, metres
_HEADING = 6.0  # metres to both sides from which the heading of a main track is computed
_AT_NODE = 1.5  # a switch nearer to a crossing becomes it, metres
_CUT_OFF = 2.5  # separation up to which a track across may be cut off by the edge, metres
_SIGMA = np.radians(0.5)  # standard deviation of an angle
_WAVELENGTH = 6.0  # of the smoothing of a track across, metres


@dataclass(slots=True)
class LocatedCrossing:
    """A crossing at its place.

    Parameters
    ----------
    score
        Of the `RailCrossing`.
    place
        ``(2,)`` where the tracks meet, metres.
    along, across
        ``(2,)`` unit vectors of the main track and of the track across.
    """

    score: float
    place: Array
    along: Array
    across: Array

    @property
    def slope(self) -> float:
        """Tangent of the angle between the tracks."""
        turn = self.along[0] * self.across[1] - self.along[1] * self.across[0]
        return float(abs(turn) / max(abs(float(self.along @ self.across)), 1e-6))

    def rails(self, side: int, low: float, high: float) -> Array:
        """Points of the track across at separations `low` to `high` on one side, outwards."""
        sine = self.slope / float(np.hypot(1.0, self.slope))
        s = np.arange(low / sine, high / sine, STEP)
        return self.place + side * s[:, None] * self.across


def locate_crossing(strip: RailStrip, crossing: RailCrossing) -> LocatedCrossing:
    """Place a crossing of a strip on its track as the network has it."""
    rows = np.arange(len(strip.points), dtype=np.float64)
    before, place, after = (
        np.array([np.interp(crossing.row + by, rows, strip.points[:, i]) for i in (0, 1)])
        for by in (-_HEADING / STEP, 0.0, _HEADING / STEP)
    )
    along = after - before
    along = along / np.hypot(*along)
    across = along + crossing.slope * np.array([-along[1], along[0]])
    return LocatedCrossing(crossing.score, place, along, across / np.hypot(*across))


def join_crossings(
    graph: WorkGraph,
    index: EdgeIndex,
    found: list[LocatedCrossing],
    scale: Scale,
    origin: dict[int, int],
    placed: set[int],
) -> list[int]:
    """Join tracks through the main tracks that they cross.

    Parameters
    ----------
    graph
        The network; changed in place.
    index
        Its edges.
    found
        Crossings, by falling score.
    scale
        Lengths of the probability raster.
    origin
        Edges before the change by edge; changed in place.
    placed
        Nodes that lie on rails; changed in place.

    Returns
    -------
    list of int
        Edges that were drawn between two crossings.
    """
    kept: list[LocatedCrossing] = []
    for one in found:
        if all(_distance(one.place, other.place) >= _SAME for other in kept):
            kept.append(one)
    legs = {k: _legs(graph, index, one) for k, one in enumerate(kept)}
    ahead = {k: _partners(kept, k) for k in legs}
    cut = {(k, side) for k in legs for side in (-1, 1) if _is_cut_off(graph, index, kept[k], side)}
    while True:
        lost = [
            k
            for k, sides in legs.items()
            if any(
                sides[s] is None and ahead[k].get(s) not in legs and (k, s) not in cut
                for s in (-1, 1)
            )
        ]
        if not lost:
            break
        for k in lost:
            del legs[k]
    nodes: dict[int, tuple[int, set[int]]] = {}
    for k in sorted(legs):
        crossing = _join(graph, index, kept[k], scale, origin)
        if crossing is not None:
            nodes[k] = crossing
    drawn = _draw_between(graph, nodes, ahead)
    for k, (node, joined) in sorted(nodes.items()):
        for side in sorted({-1, 1} - joined):
            if (k, side) in cut and graph.degree(node) == 3:
                drawn.append(_draw_to_edge(graph, index, kept[k], node, side))
    for k, (node, _) in sorted(nodes.items()):
        if graph.degree(node) == 4:
            _connect(graph, node, kept[k])
            placed.add(node)
        elif graph.degree(node) == 2:
            merge_plain(graph, index, node, origin)
    return drawn


def _distance(a: Array, b: Array) -> float:
    return float(np.hypot(*(a - b)))


def _legs(
    graph: WorkGraph, index: EdgeIndex, one: LocatedCrossing
) -> dict[int, tuple[int, int] | None]:
    """The edges of the track across on both sides, each with its end towards the crossing."""
    main = edge_at(graph, index, one.place, one.along)
    if main is None or not (can_split(graph, main, one.place) or _switch_at(graph, main, one)):
        return {-1: None, 1: None}
    legs: dict[int, tuple[int, int] | None] = {}
    for side in (-1, 1):
        leg = edge_on(graph, index, one.rails(side, *_LEG), main)
        if leg is not None:
            edge = graph.edges[leg[0]]
            node = edge.start if leg[1] == 0 else edge.end
            loose = graph.degree(node) == 1 and not graph.nodes[node].at_dataset_edge
            near = _distance(graph.nodes[node].xy, one.place) <= FARTHEST
            if not near or not (loose or is_joined(graph, node, leg[0], main, one.place)):
                leg = None
        legs[side] = leg
    if legs[-1] is not None and legs[1] is not None and legs[-1][0] == legs[1][0]:
        return {-1: None, 1: None}  # it runs through already
    return legs


def _switch_at(graph: WorkGraph, main: int, one: LocatedCrossing) -> int | None:
    """The node of three edges at an end of the main track that is where a crossing is."""
    edge = graph.edges[main]
    near = [
        (_distance(graph.nodes[node].xy, one.place), node)
        for node in (edge.start, edge.end)
        if graph.degree(node) == 3
    ]
    return min(near)[1] if near and min(near)[0] <= _AT_NODE else None


def _partners(found: list[LocatedCrossing], k: int) -> dict[int, int]:
    """The next crossing of the same track on each side."""
    one, nearest = found[k], dict[int, tuple[float, int]]()
    for j, other in enumerate(found):
        away = other.place - one.place
        along = float(away @ one.across)
        aside = abs(float(away[0] * one.across[1] - away[1] * one.across[0]))
        parallel = abs(float(one.across @ other.across)) >= _PARALLEL
        if j == k or not parallel or aside > _SAME_LINE:
            continue
        side = 1 if along > 0 else -1
        if _NEXT[0] <= abs(along) <= _NEXT[1]:
            nearest[side] = min(nearest.get(side, (np.inf, j)), (abs(along), j))
    return {side: j for side, (_, j) in nearest.items()}


def _join(
    graph: WorkGraph, index: EdgeIndex, one: LocatedCrossing, scale: Scale, origin: dict[int, int]
) -> tuple[int, set[int]] | None:
    """Split the main track and attach the tracks of both sides; the node, and these sides."""
    main = edge_at(graph, index, one.place, one.along)
    if main is None:
        return None
    joined: set[int] = set()
    legs = _legs(graph, index, one)
    crossing = _switch_at(graph, main, one)
    if crossing is not None:
        graph.nodes[crossing].make_plain()
        graph.nodes[crossing].connections = []
    elif can_split(graph, main, one.place):
        crossing = split_at(graph, index, main, one.place, origin)
    else:
        return None
    for side in (-1, 1):
        leg = legs[side]
        if leg is None or leg[0] not in graph.edges:
            continue
        number, end = leg
        edge = graph.edges[number]
        node = edge.start if end == 0 else edge.end
        line = _drawn(graph, one, side, number, end, scale)
        if line is None:
            continue
        line[0] = graph.nodes[crossing].xy
        joined.add(side)
        if node == crossing:
            graph.set_points(number, line if end == 0 else line[::-1])
            continue
        alone = graph.degree(node) == 1
        new = graph.reattach(number, end, crossing, line if end == 0 else line[::-1])
        index.replaced(number, [new])
        origin[new] = origin[number]
        if not alone:
            merge_plain(graph, index, node, origin)
    return crossing, joined


def _drawn(
    graph: WorkGraph, one: LocatedCrossing, side: int, number: int, end: int, scale: Scale
) -> Array | None:
    """Points of a track across from the crossing on, straight to where it has parted."""
    points = graph.points_from(number, end)
    away = points - one.place
    apart = side * (one.along[0] * away[:, 1] - one.along[1] * away[:, 0])
    apart = apart * np.sign(one.along[0] * one.across[1] - one.along[1] * one.across[0])
    first = np.flatnonzero(apart >= _KEPT)
    if not len(first) or first[0] >= len(points) - 1:
        return None
    rest = points[first[0] :]
    sine = one.slope / float(np.hypot(1.0, one.slope))
    straight = one.rails(side, 0.0, min(_KEPT, float(apart[first[0]]) - 0.2 * sine))
    line = np.concatenate([one.place[None], straight[1:], rest])
    if arc_length(line)[-1] < 1.0:
        return None
    return smooth_between(line, scale.step, _WAVELENGTH)


def _ahead_to_edge(
    graph: WorkGraph, index: EdgeIndex, one: LocatedCrossing, side: int
) -> Array | None:
    """End of the main track at the edge of the data on one side of the track across."""
    main = edge_at(graph, index, one.place, one.along)
    if main is None:
        return None
    edge = graph.edges[main]
    for node in (edge.start, edge.end):
        away = graph.nodes[node].xy - one.place
        if graph.nodes[node].at_dataset_edge and side * float(away @ one.across) > 0:
            return np.asarray(graph.nodes[node].xy)
    return None


def _is_cut_off(graph: WorkGraph, index: EdgeIndex, one: LocatedCrossing, side: int) -> bool:
    """Whether the image ends before the track across has parted from its main track."""
    end = _ahead_to_edge(graph, index, one, side)
    if end is None:
        return False
    return _SAME < _distance(end, one.place) <= _CUT_OFF / max(one.slope, 1e-6)


def _draw_to_edge(
    graph: WorkGraph, index: EdgeIndex, one: LocatedCrossing, node: int, side: int
) -> int:
    """Draw the track across as far as its main track goes."""
    end = _ahead_to_edge(graph, index, one, side)
    here = graph.nodes[node].xy
    size = _distance(end, here) if end is not None else _SAME
    line = here + np.linspace(0.0, size, 25)[:, None] * (side * one.across)
    far = graph.add_node(line[-1])
    graph.nodes[far].at_dataset_edge = True
    return graph.add_edge(line, node, far)


def _draw_between(
    graph: WorkGraph,
    nodes: dict[int, tuple[int, set[int]]],
    ahead: dict[int, dict[int, int]],
) -> list[int]:
    """Draw the track across between crossings where the network has none."""
    drawn = []
    for k, (node, joined) in sorted(nodes.items()):
        for side, j in sorted(ahead[k].items()):
            if j <= k or j not in nodes:
                continue
            other, there = nodes[j]
            back = next((s for s, i in ahead[j].items() if i == k), None)
            if side in joined or back is None or back in there:
                continue
            line = np.linspace(graph.nodes[node].xy, graph.nodes[other].xy, 25)
            drawn.append(graph.add_edge(line, node, other))
    return drawn


def _leaving(graph: WorkGraph, number: int, end: int) -> Array:
    points = graph.points_from(number, end)
    near = points[min(int(np.searchsorted(arc_length(points), 4.0)), len(points) - 1)] - points[0]
    return np.asarray(near / max(float(np.hypot(*near)), 1e-9))


def _connect(graph: WorkGraph, node: int, one: LocatedCrossing) -> None:
    """Connect the main track through and the track across."""
    angles = []
    for number, end in graph.incident(node):
        leaving = _leaving(graph, number, end)
        angles.append((float(np.arctan2(leaving[1], leaving[0])), graph.edges[number].end_ids[end]))
    ids = [edge_id for _, edge_id in sorted(angles)]
    graph.nodes[node].connections = [(ids[0], ids[2]), (ids[1], ids[3])]
    set_crossing(graph.nodes[node], float(np.arctan(one.slope)), float(_SIGMA))
