"""Join a leg of the network that lies on the rails of a turnout to its main track, at the toe."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, length_of, point_at, project
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.toes import draw_leg, leg_side, set_switch
from railmap.geometry.turnouts.located import (
    LEG,
    LocatedTurnout,
    as_fit,
    can_split,
    connect,
    edge_at,
    split_at,
)
from railmap.geometry.turnouts.rail_strip import STEP
from railmap.geometry.turnouts.through import track_through

__all__ = ["join_leg"]

_ON_LEG, _MIN_ON_LEG = 0.6, 5.0  # largest distance of a leg from the rails, least length, metres
_SAME = 1.5  # a switch nearer to the toe stays as it is, metres
_MAX_EXTENSION = 60.0  # longest extension of an unconnected leg, metres
_FUSED = 1.3  # largest distance of two lines that may be one track, metres


def join_leg(
    graph: WorkGraph,
    index: EdgeIndex,
    one: LocatedTurnout,
    scale: Scale,
    origin: dict[int, int],
    placed: set[int],
) -> bool:
    """Join the leg that lies on the rails of a turnout to its main track at the toe.

    False if the network has no such leg.
    """
    main = edge_at(graph, index, one)
    if main is None:
        return True
    chain, _, _ = track_through(graph, main)
    joined = _leg_of(graph, index, one, chain, main)
    if joined is None:
        return False
    leg, end = joined
    edge = graph.edges[leg]
    node = edge.start if end == 0 else edge.end
    loose = graph.degree(node) == 1
    if node in placed:
        return True
    if loose and graph.nodes[node].at_dataset_edge:
        # drawn on next to its main track as far as the image goes
        away = abs(float(project(graph.nodes[node].xy[None], chain)[0, 1]))
        if away > _FUSED:
            return True
    if not loose and not _on_chain(graph, node, leg, main, one):
        return True
    if not loose and float(np.hypot(*(graph.nodes[node].xy - one.toe))) < _SAME:
        placed.add(node)
        return True
    heading = point_at(chain, project(one.toe[None], chain)[0, 0] + 1.0) - one.toe
    if float(heading @ one.heading) < 0:
        chain = chain[::-1]
    toe = float(project(one.toe[None], chain)[0, 0])
    points = graph.points_from(leg, end)
    reached = float(project(points[:1], chain)[0, 0])
    if reached - toe > _MAX_EXTENSION:
        return True
    fit = as_fit(one.turnout, toe)
    side = float(one.turnout.side * one.turnout.direction)
    unseen = point_at(chain, np.arange(toe + scale.step, reached, scale.step))
    drawn = draw_leg(chain, np.concatenate([unseen, points]), toe, side, fit, scale)
    side = leg_side(chain, points, side, fit)
    end_id = edge.end_ids[end]
    if not can_split(graph, main, one.toe):
        return True
    switch = split_at(graph, index, main, one.toe, origin)
    drawn[0] = graph.nodes[switch].xy
    new = graph.reattach(leg, end, switch, drawn if end == 0 else drawn[::-1])
    index.replaced(leg, [new])
    origin[new] = origin[leg]
    connect(graph, switch, end_id, one)
    set_switch(graph.nodes[switch], side, fit)
    placed.add(switch)
    if not loose:
        _merge_plain(graph, index, node, origin)
    return True


def _leg_of(
    graph: WorkGraph, index: EdgeIndex, one: LocatedTurnout, chain: Array, main: int
) -> tuple[int, int] | None:
    """The edge that lies on the rails of a leg, and its end towards the toe."""
    away = np.abs(project(one.leg, chain)[:, 1])
    rails = one.leg[(away >= LEG[0]) & (away <= LEG[1])]
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


def _on_chain(graph: WorkGraph, node: int, leg: int, main: int, one: LocatedTurnout) -> bool:
    """Whether a leg is joined by a node of two other edges, one of them the main track."""
    others = [number for number, _ in graph.incident(node) if number != leg]
    if graph.degree(node) != 3 or len(set(others)) != 2:
        return False
    far = float(np.hypot(*(graph.nodes[node].xy - one.toe)))
    if far > _MAX_EXTENSION:
        return False
    return main in others or any(
        main in (number for number, _ in graph.incident(v))
        for number in others
        for v in (graph.edges[number].start, graph.edges[number].end)
    )


def _merge_plain(graph: WorkGraph, index: EdgeIndex, node: int, origin: dict[int, int]) -> None:
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
