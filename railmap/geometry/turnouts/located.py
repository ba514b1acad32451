"""A turnout at its place in the network: toe and leg, the edge that runs through it, the switch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.geometry.curves import Array, point_at, tangents
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.turnout import Turnout
from railmap.geometry.turnouts.rail_strip import STEP, RailStrip
from railmap.geometry.turnouts.search import RailTurnout, leg_offset

__all__ = ["LEG", "LocatedTurnout", "as_fit", "connect", "locate"]

LEG = (1.0, 4.0)
"""Separations from the main track between which a leg is compared with the network, metres."""

_MEASURED = 2.0  # the rails give the leg up to this separation, metres
_TOE_SIGMA, _ANGLE_SIGMA = 2.0, 0.09  # measured: of a toe in metres, of an angle as a share


@dataclass(slots=True)
class LocatedTurnout:
    """A turnout with its place: ``(2,)`` toe, ``(n, 2)`` its leg from there on, metres."""

    turnout: RailTurnout
    toe: Array
    heading: Array
    leg: Array


def locate(strip: RailStrip, turnout: RailTurnout) -> LocatedTurnout:
    """Points of the toe and the leg, on the track as the network has it."""
    x = np.arange(0.0, 200.0, STEP)
    offset = leg_offset(x, turnout.number, turnout.radius)
    row = turnout.row + turnout.direction * x / STEP
    keep = (offset <= LEG[1]) & (row >= 0) & (row <= len(strip.points) - 1)
    rows = np.arange(len(strip.points), dtype=np.float64)
    tangent = tangents(strip.points)
    at, heading = (
        np.stack([np.interp(row[keep], rows, values[:, i]) for i in (0, 1)], 1)
        for values in (strip.points, tangent)
    )
    left = np.stack([-heading[:, 1], heading[:, 0]], 1)
    leg = at + (turnout.side * offset[keep])[:, None] * left
    return LocatedTurnout(turnout, at[0], turnout.direction * heading[0], leg)


def as_fit(turnout: RailTurnout, toe: float) -> Turnout:
    """The turnout as the junction solver has it, with its toe at a station (metres)."""
    angle = float(np.arctan(1 / turnout.number))
    return Turnout(
        toe, turnout.radius, angle, _ANGLE_SIGMA * angle, _TOE_SIGMA, 0.0,
        (turnout.radius, angle, 1e3), measured_from=_MEASURED,
    )  # fmt: skip


def connect(graph: WorkGraph, switch: int, end_id: int, one: LocatedTurnout) -> None:
    """Connect the track before the toe with the one ahead and with the leg."""
    ends = []
    for number, end in graph.incident(switch):
        edge_id = graph.edges[number].end_ids[end]
        if edge_id != end_id:
            points = graph.points_from(number, end)
            ends.append((float((point_at(points, 2.0) - points[0]) @ one.heading), edge_id))
    (_, trunk), (_, ahead) = sorted(ends)
    graph.nodes[switch].connections = [(trunk, ahead), (trunk, end_id)]
