"""A turnout at its place in the network: toe and leg, the edge that runs through it, the switch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, point_at, project, tangents
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.turnout import Turnout
from railmap.geometry.turnouts.rail_strip import STEP, RailStrip
from railmap.geometry.turnouts.search import RailTurnout, leg_offset

__all__ = [
    "LEG",
    "LocatedTurnout",
    "as_fit",
    "can_split",
    "connect",
    "edge_at",
    "locate",
    "split_at",
]

LEG = (1.0, 4.0)
"""Separations from the main track between which a leg is compared with the network, metres."""

_MEASURED = 2.0  # the rails give the leg up to this separation, metres
_MIN_PIECE = 1.0  # shortest piece of main track on either side of a toe, metres
_TOE_SIGMA, _ANGLE_SIGMA = 1.0, 0.06  # errors: of a toe in metres, of an angle as a share


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


def edge_at(graph: WorkGraph, index: EdgeIndex, one: LocatedTurnout) -> int | None:
    """The edge that runs through a toe."""
    here = shapely.Point(one.toe)
    near = []
    for number in index.near(here, 1.0):
        xy = graph.edges[number].xy
        station, away = project(one.toe[None], xy)[0]
        heading = point_at(xy, station + 1.0) - point_at(xy, station - 1.0)
        size = float(np.hypot(*heading))
        if size and abs(float(heading @ one.heading)) / size > 0.97:
            near.append((abs(float(away)), number))
    return min(near)[1] if near else None


def as_fit(turnout: RailTurnout, toe: float) -> Turnout:
    """The turnout as the junction solver has it, with its toe at a station (metres)."""
    angle = float(np.arctan(1 / turnout.number))
    return Turnout(
        toe, turnout.radius, angle, _ANGLE_SIGMA * angle, _TOE_SIGMA, 0.0,
        (turnout.radius, angle, 1e3), measured_from=_MEASURED,
    )  # fmt: skip


def can_split(graph: WorkGraph, number: int, toe: Array) -> bool:
    """Whether a toe is far enough from both ends of an edge."""
    xy = graph.edges[number].xy
    station = float(project(toe[None], xy)[0, 0])
    return _MIN_PIECE < station < float(arc_length(xy)[-1]) - _MIN_PIECE


def split_at(
    graph: WorkGraph, index: EdgeIndex, number: int, toe: Array, origin: dict[int, int]
) -> int:
    """Split an edge at a toe; returns the new node. See `can_split`."""
    xy = graph.edges[number].xy
    stations = arc_length(xy)
    station = float(project(toe[None], xy)[0, 0])
    at = int(np.searchsorted(stations, station))
    node = graph.split(number, np.insert(xy, at, point_at(xy, station), axis=0), at)
    pieces = [piece for piece, _ in graph.incident(node)]
    index.replaced(number, pieces)
    for piece in pieces:
        origin[piece] = origin[number]
    return node


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
