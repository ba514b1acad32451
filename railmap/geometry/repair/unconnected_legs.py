"""Unconnected legs: extend a leg that ends next to its main track to the toe of its turnout.

The probability often loses a leg where its band merges with that of the main track. No track
ends where its trains would foul another track: one that approaches another and ends close to it
is a leg of it.
"""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import (
    Array,
    arc_length,
    length_of,
    point_at,
    project,
    tangents,
)
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.toes import draw_leg, leg_side, set_switch
from railmap.geometry.junctions.turnout import Turnout, fit_approach

__all__ = ["join_unconnected_legs"]

_NEAR = 5.5  # largest distance of the leg's end from the main track, metres
_MIN_LEG = 20.0  # shortest leg, metres
_LONGEST_LEG = 300.0  # part of the leg that decides, metres
_MARGIN = 50.0  # of main track beyond the leg and its extension, metres
_MAX_EXTENSION = 1.5  # longest extension, as a multiple of the leg
_DIRECTION = 10.0  # metres of leg that decide its direction along the main track
_MIN_TRUNK = 2.0  # main track before the toe and past the leg's end, metres
_MAX_SIGMA = 8.0  # largest standard deviation of the toe, metres
_MIN_DIVERGENCE = 1.5  # least growth of the separation along the leg, metres


def join_unconnected_legs(graph: WorkGraph, scale: Scale) -> None:
    """Join each unconnected leg to the nearest track that it approaches, by a switch.

    Parameters
    ----------
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    """
    index = EdgeIndex(graph)
    for node in sorted(graph.nodes):
        info = graph.nodes.get(node)
        if info is None or info.at_dataset_edge or graph.degree(node) != 1:
            continue
        number, end = graph.incident(node)[0]
        leg = graph.points_from(number, end)
        if length_of(leg) < _MIN_LEG:
            continue
        here = shapely.Point(leg[0])
        near = [
            (_distance(graph.edges[other].xy[index.part(other, leg[:1], _NEAR)], here), other)
            for other in index.near(here, _NEAR)
            if other != number
        ]
        for distance, other in sorted(near):
            if distance < _NEAR and _join(graph, index, number, end, other, scale):
                break


def _join(
    graph: WorkGraph, index: EdgeIndex, number: int, end: int, other: int, scale: Scale
) -> bool:
    """Join the leg at an end of edge `number` to edge `other`; False if they do not fit."""
    whole = graph.points_from(number, end)
    past = int(np.searchsorted(arc_length(whole), _LONGEST_LEG)) + 1
    leg, rest = whole[:past], whole[past:]
    reach = _MAX_EXTENSION * length_of(leg) + _MARGIN
    near = index.part(other, leg, reach)
    main = graph.edges[other].xy[near]
    back = np.flatnonzero(arc_length(leg) < _DIRECTION)[-1]
    stations = project(leg[[0, back]], main)[:, 0]
    turned = bool(stations[1] < stations[0])  # stations must ascend from the toe to the leg
    if turned:
        main = main[::-1]
    found = _approach(main, leg, scale)
    if found is None:
        return False
    fit, side, reached = found
    unseen = point_at(main, np.arange(fit.toe + scale.step, reached, scale.step))
    branch = draw_leg(main, np.concatenate([unseen, leg]), fit.toe, side, fit, scale)

    end_id = graph.edges[number].end_ids[end]
    at = int(np.searchsorted(arc_length(main), fit.toe))
    at = near.start + (len(main) - at if turned else at)
    switch = graph.split(other, np.insert(graph.edges[other].xy, at, branch[0], axis=0), at)
    pieces = graph.incident(switch)
    index.replaced(other, [n for n, _ in pieces])
    ends = {e: graph.edges[n].end_ids[e] for n, e in pieces}
    # the piece that ends at the switch is before the toe, unless the main track was turned
    trunk, ahead = (ends[0], ends[1]) if turned else (ends[1], ends[0])
    branch = np.concatenate([branch, rest])
    new = graph.reattach(number, end, switch, branch if end == 0 else branch[::-1])
    index.replaced(number, [new])
    graph.edges[new].gap_m += reached - fit.toe
    set_switch(graph.nodes[switch], leg_side(main, leg, side, fit), fit)
    graph.nodes[switch].connections = [(trunk, ahead), (trunk, end_id)]
    return True


def _distance(xy: Array, point: shapely.Point) -> float:
    return float(shapely.distance(shapely.linestrings(xy), point))


def _approach(main: Array, leg: Array, scale: Scale) -> tuple[Turnout, float, float] | None:
    """Fit the turnout that a leg approaches; also its side and the station of the leg's end."""
    place = project(leg, main)
    total = float(arc_length(main)[-1])
    inside = (place[:, 0] > 0) & (place[:, 0] < total - 1e-6)
    if not inside[0]:
        return None
    count = len(inside) if inside.all() else int(np.argmin(inside))
    x, s = place[:count, 0], place[:count, 1]
    side = 1.0 if s[0] >= 0 else -1.0
    s = side * s
    ahead = np.diff(x) > 0
    count = len(x) if ahead.all() else int(np.argmin(ahead)) + 1
    x, s = x[:count], s[:count]
    touches = bool((s < 0.1).any())
    if len(x) < 10 or touches or s.max() - s[0] < _MIN_DIVERGENCE:
        return None
    fit = fit_approach(x, s, 0.5 * scale.wavelength)
    if fit is None or fit.toe_sigma > _MAX_SIGMA:
        return None
    if float(x[0]) - fit.toe > _MAX_EXTENSION * length_of(leg):
        return None
    if not _MIN_TRUNK < fit.toe < min(float(x[0]), total - _MIN_TRUNK):
        return None
    heading = tangents(main)
    along = np.array([np.interp(x[0], arc_length(main), heading[:, i]) for i in (0, 1)])
    outward = leg[min(len(leg) - 1, 8)] - leg[0]
    if float(along @ outward) / max(float(np.hypot(*outward)), 1e-9) < 0.95:
        return None
    return fit, side, float(x[0])
