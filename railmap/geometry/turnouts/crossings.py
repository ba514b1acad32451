"""Crossings whose rails the image shows: tracks across are joined through their main tracks.

A network shows a track that crosses others as if it ended at the first of them, and the geometry
makes a switch of that. Where the rails go on, the tracks on both sides are one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from railmap.geometry.curves import Array, arc_length, smooth_between
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing
from railmap.geometry.turnouts.crossing_search import RailCrossing
from railmap.geometry.turnouts.network import FARTHEST, RailNetwork, distance
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

    @property
    def sine(self) -> float:
        """Separation gained per metre of the track across."""
        return self.slope / float(np.hypot(1.0, self.slope))

    def rails(self, side: int, low: float, high: float) -> Array:
        """Points of the track across at separations `low` to `high` on one side, outwards."""
        s = np.arange(low / self.sine, high / self.sine, STEP)
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


def join_crossings(network: RailNetwork, found: list[LocatedCrossing], scale: Scale) -> list[int]:
    """Join tracks through the main tracks that they cross.

    Parameters
    ----------
    network
        The network; changed in place.
    found
        Crossings, by falling score.
    scale
        Lengths of the probability raster.

    Returns
    -------
    list of int
        Edges that were drawn: between two crossings, and to the edge of the image.
    """
    kept = _apart(found)
    ahead = _partners(kept)
    cut = [{side: end for side in (-1, 1) if (end := _cut_off(network, one, side)) is not None}
           for one in kept]  # fmt: skip
    whole = _whole([_legs(network, one) for one in kept], ahead, cut)
    nodes: dict[int, tuple[int, set[int]]] = {}
    for k in whole:
        crossing = _join(network, kept[k], scale)
        if crossing is not None:
            nodes[k] = crossing
    graph = network.graph
    drawn = _draw_between(graph, nodes, ahead)
    for k, (node, joined) in nodes.items():
        for side, end in cut[k].items():
            if side not in joined and graph.degree(node) == 3:
                drawn.append(_draw_to_edge(graph, kept[k], node, side, end))
    for k, (node, _) in nodes.items():
        if graph.degree(node) == 4:
            _connect(graph, node, kept[k])
            network.placed.add(node)
        elif graph.degree(node) == 2:
            network.merge(node)
    return drawn


def _apart(found: list[LocatedCrossing]) -> list[LocatedCrossing]:
    """The crossings that are not near one of higher score."""
    if not found:
        return []
    tree = cKDTree([one.place for one in found])
    kept: list[LocatedCrossing] = []
    near: set[int] = set()
    for k, one in enumerate(found):
        if k not in near:
            kept.append(one)
            near.update(tree.query_ball_point(one.place, _SAME))
    return kept


def _partners(found: list[LocatedCrossing]) -> list[dict[int, int]]:
    """For each crossing the next one of the same track, by side."""
    if not found:
        return []
    tree = cKDTree([one.place for one in found])
    ahead = []
    for k, one in enumerate(found):
        nearest: dict[int, tuple[float, int]] = {}
        for j in tree.query_ball_point(one.place, _NEXT[1] + _SAME_LINE):
            other = found[j]
            away = other.place - one.place
            along = float(away @ one.across)
            aside = abs(float(away[0] * one.across[1] - away[1] * one.across[0]))
            parallel = abs(float(one.across @ other.across)) >= _PARALLEL
            if j == k or not parallel or aside > _SAME_LINE:
                continue
            side = 1 if along > 0 else -1
            if _NEXT[0] <= abs(along) <= _NEXT[1]:
                nearest[side] = min(nearest.get(side, (np.inf, j)), (abs(along), j))
        ahead.append({side: j for side, (_, j) in nearest.items()})
    return ahead


def _whole(
    legs: list[dict[int, tuple[int, int]]],
    ahead: list[dict[int, int]],
    cut: list[dict[int, Array]],
) -> list[int]:
    """The crossings whose track goes on to both sides: in the network, to another, or cut off."""
    left = set(range(len(legs)))
    while True:
        lost = {
            k
            for k in left
            for side in (-1, 1)
            if side not in legs[k] and ahead[k].get(side) not in left and side not in cut[k]
        }
        if not lost:
            return sorted(left)
        left -= lost


def _legs(network: RailNetwork, one: LocatedCrossing) -> dict[int, tuple[int, int]]:
    """The edges of the track across by side, each with its end towards the crossing."""
    graph = network.graph
    main = network.edge_at(one.place, one.along)
    if main is None or not (network.can_split(main, one.place) or _switch_at(network, main, one)):
        return {}
    legs: dict[int, tuple[int, int]] = {}
    for side in (-1, 1):
        leg = network.edge_on(one.rails(side, *_LEG), main)
        if leg is None:
            continue
        node = network.node_of(*leg)
        loose = graph.degree(node) == 1 and not graph.nodes[node].at_dataset_edge
        near = distance(graph.nodes[node].xy, one.place) <= FARTHEST
        if near and (loose or network.is_joined(node, leg[0], main, one.place)):
            legs[side] = leg
    if len(legs) == 2 and legs[-1][0] == legs[1][0]:
        return {}  # it runs through already
    return legs


def _switch_at(network: RailNetwork, main: int, one: LocatedCrossing) -> int | None:
    """The node of three edges at an end of the main track that is where a crossing is."""
    graph = network.graph
    near = [
        (distance(graph.nodes[node].xy, one.place), node)
        for node in (network.node_of(main, end) for end in (0, 1))
        if graph.degree(node) == 3
    ]
    return min(near)[1] if near and min(near)[0] <= _AT_NODE else None


def _join(network: RailNetwork, one: LocatedCrossing, scale: Scale) -> tuple[int, set[int]] | None:
    """Split the main track and attach the tracks of both sides; the node, and these sides."""
    graph = network.graph
    main = network.edge_at(one.place, one.along)
    if main is None:
        return None
    legs = _legs(network, one)
    crossing = _switch_at(network, main, one)
    if crossing is not None:
        graph.nodes[crossing].make_plain()
        graph.nodes[crossing].connections = []
    elif network.can_split(main, one.place):
        crossing = network.split(main, one.place)
    else:
        return None
    joined: set[int] = set()
    for side, (number, end) in legs.items():
        if number not in graph.edges:
            continue
        line = _drawn(graph, one, side, number, end, scale)
        if line is not None:
            network.attach(number, end, crossing, line)
            joined.add(side)
    return crossing, joined


def _drawn(
    graph: WorkGraph, one: LocatedCrossing, side: int, number: int, end: int, scale: Scale
) -> Array | None:
    """Points of a track across from the crossing on, straight to where it has parted."""
    points = graph.points_from(number, end)
    away = points - one.place
    left = one.along[0] * away[:, 1] - one.along[1] * away[:, 0]
    apart = side * left * np.sign(one.along[0] * one.across[1] - one.along[1] * one.across[0])
    first = np.flatnonzero(apart >= _KEPT)
    if not len(first) or first[0] >= len(points) - 1:
        return None
    straight = one.rails(side, 0.0, min(_KEPT, float(apart[first[0]]) - 0.2 * one.sine))
    line = np.concatenate([one.place[None], straight[1:], points[first[0] :]])
    if arc_length(line)[-1] < 1.0:
        return None
    return smooth_between(line, scale.step, _WAVELENGTH)


def _cut_off(network: RailNetwork, one: LocatedCrossing, side: int) -> Array | None:
    """End of the main track, if the image ends before the track across has parted from it."""
    main = network.edge_at(one.place, one.along)
    if main is None:
        return None
    for end in (0, 1):
        node = network.graph.nodes[network.node_of(main, end)]
        if node.at_dataset_edge and side * float((node.xy - one.place) @ one.across) > 0:
            near = _SAME < distance(node.xy, one.place) <= _CUT_OFF / max(one.slope, 1e-6)
            return node.xy.copy() if near else None
    return None


def _draw_to_edge(graph: WorkGraph, one: LocatedCrossing, node: int, side: int, end: Array) -> int:
    """Draw the track across as far as its main track goes."""
    here = graph.nodes[node].xy
    size = distance(end, here)
    line = here + np.linspace(0.0, size, 25)[:, None] * (side * one.across)
    far = graph.add_node(line[-1])
    graph.nodes[far].at_dataset_edge = True
    return graph.add_edge(line, node, far)


def _draw_between(
    graph: WorkGraph, nodes: dict[int, tuple[int, set[int]]], ahead: list[dict[int, int]]
) -> list[int]:
    """Draw the track across between crossings where the network has none."""
    drawn = []
    for k, (node, joined) in nodes.items():
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
