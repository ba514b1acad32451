"""Join a leg of the network that lies on the rails of a turnout to its main track, at the toe."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, point_at, project
from railmap.geometry.evidence.band import Scale
from railmap.geometry.junctions.toes import draw_leg, leg_side, set_switch
from railmap.geometry.turnouts.located import LEG, LocatedTurnout, as_fit, connect
from railmap.geometry.turnouts.network import FARTHEST, RailNetwork, distance
from railmap.geometry.turnouts.through import track_through

__all__ = ["join_leg"]

_SAME = 1.5  # a switch nearer to the toe stays as it is, metres
_OFF = 0.5  # a leg farther than this from its rails is led onto them, metres
_FAR_OFF = 1.0  # a leg farther than this from where its rails end is another track, metres
_EASE = 3.0  # length over which it comes back to its points, metres
_FUSED = 1.3  # largest distance of two lines that may be one track, metres


def join_leg(network: RailNetwork, one: LocatedTurnout, scale: Scale) -> bool:
    """Join the leg that lies on the rails of a turnout to its main track at the toe.

    False if the network has no such leg.
    """
    graph = network.graph
    main = network.edge_at(one.toe, one.heading)
    if main is None:
        return True
    chain, _, _ = track_through(graph, main)
    apart = np.abs(project(one.leg, chain)[:, 1])
    joined = network.edge_on(one.leg[(apart >= LEG[0]) & (apart <= LEG[1])], main)
    if joined is None:
        return False
    leg, end = joined
    node = network.node_of(leg, end)
    if node in network.placed:
        return True
    at = graph.nodes[node]
    if graph.degree(node) == 1:
        # at the edge of the data it may be drawn on next to its main track
        if at.at_dataset_edge and abs(float(project(at.xy[None], chain)[0, 1])) > _FUSED:
            return True
    elif not network.is_joined(node, leg, main, one.toe):
        return True
    elif distance(at.xy, one.toe) < _SAME:
        network.placed.add(node)
        return True
    toe = float(project(one.toe[None], chain)[0, 0])
    if float((point_at(chain, toe + 1.0) - one.toe) @ one.heading) < 0:
        chain = chain[::-1]
        toe = float(project(one.toe[None], chain)[0, 0])
    far = graph.other_node(leg, end)
    free = graph.degree(far) == 1 and not graph.nodes[far].at_dataset_edge
    points = _off_rails_replaced(graph.points_from(leg, end), one.leg[apart >= LEG[0]], free)
    reached = float(project(points[:1], chain)[0, 0])
    if reached - toe > FARTHEST or not network.can_split(main, one.toe):
        return True
    fit, side = as_fit(one.turnout, toe), one.turnout.facing_side
    unseen = point_at(chain, np.arange(toe + scale.step, reached, scale.step))
    drawn = draw_leg(chain, np.concatenate([unseen, points]), toe, side, fit, scale)
    side = leg_side(chain, points, side, fit)
    end_id = graph.edges[leg].end_ids[end]
    if free:
        graph.nodes[far].xy = drawn[-1].copy()
    switch = network.split(main, one.toe)
    network.attach(leg, end, switch, drawn)
    connect(graph, switch, end_id, one)
    set_switch(graph.nodes[switch], side, fit)
    network.placed.add(switch)
    return True


def _off_rails_replaced(points: Array, rails: Array, free: bool) -> Array:
    """Points of a leg, those of the rails up to where it is on the rails for good.

    A free end may move; another end stays.
    """
    along = arc_length(points)
    place = project(rails, points)
    place = place[place[:, 0] < along[-1]]
    off = np.flatnonzero(np.abs(place[:, 1]) > _OFF)
    if not len(off) or abs(float(place[-1, 1])) > _FAR_OFF:
        return points
    last = min(int(off[-1]) + 1, len(place) - 1)
    first = int(np.argmin(np.hypot(*(points - rails[0]).T)))
    beyond = points[along > place[last, 0] + _EASE]
    if not len(beyond) and not free:
        beyond = points[-1:]
    return np.concatenate([points[:first], rails[: last + 1], beyond])
