"""Join a leg of the network that lies on the rails of a turnout to its main track, at the toe."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import point_at, project
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.toes import draw_leg, leg_side, set_switch
from railmap.geometry.turnouts.located import LEG, LocatedTurnout, as_fit, connect
from railmap.geometry.turnouts.network import (
    FARTHEST,
    can_split,
    edge_at,
    edge_on,
    is_joined,
    merge_plain,
    split_at,
)
from railmap.geometry.turnouts.through import track_through

__all__ = ["join_leg"]

_SAME = 1.5  # a switch nearer to the toe stays as it is, metres
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
    main = edge_at(graph, index, one.toe, one.heading)
    if main is None:
        return True
    chain, _, _ = track_through(graph, main)
    apart = np.abs(project(one.leg, chain)[:, 1])
    rails = one.leg[(apart >= LEG[0]) & (apart <= LEG[1])]
    joined = edge_on(graph, index, rails, main)
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
    if not loose and not is_joined(graph, node, leg, main, one.toe):
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
    if reached - toe > FARTHEST:
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
        merge_plain(graph, index, node, origin)
    return True
