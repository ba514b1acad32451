"""Legs that end loose beside their main track, led on to the turnout where they leave it.

A network often loses a leg where its band and the main track's draw together. But no track
ends where its trains would soon touch those on another: one that ends near another, and was drawing
nearer, is a leg of it.
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
from railmap.geometry.junctions.toes import draw_branch, leg_side, name_switch
from railmap.geometry.junctions.turnout import Turnout, fit_approach

__all__ = ["join_unconnected_legs"]

_NEAR = 5.5  # metres between centrelines where the leg ends, at most
_LEAST_LEG = 20.0  # metres of leg that are seen, at least ...
_GUESSED = 1.5  # ... and so many times as much that is not, at most
_LOOK = 10.0  # metres from the leg's end that tell its heading
_LEAST_TRUNK = 2.0  # metres of main track before the toe and past the leg's end
_UNSURE = 8.0  # sigma of a toe that is too unsure, metres
_GROWS = 1.5  # metres by which the two part over what is seen, at least


def join_unconnected_legs(graph: WorkGraph, scale: Scale) -> None:
    """Join each such leg by a switch in the nearest track that it draws near to."""
    index = EdgeIndex(graph)
    for node in sorted(graph.nodes):
        info = graph.nodes.get(node)
        if info is None or info.at_dataset_edge or graph.degree(node) != 1:
            continue
        number, end = graph.incident(node)[0]
        leg = graph.points_from(number, end)
        if length_of(leg) < _LEAST_LEG:
            continue
        here = shapely.Point(leg[0])
        near = [
            (index.line(other).distance(here), other)
            for other in index.near(here, _NEAR)
            if other != number
        ]
        for distance, other in sorted(near):
            if distance < _NEAR and _join(graph, index, number, end, other, scale):
                break


def _join(
    graph: WorkGraph, index: EdgeIndex, number: int, end: int, other: int, scale: Scale
) -> bool:
    leg, main = graph.points_from(number, end), graph.edges[other].xy
    back = np.flatnonzero(arc_length(leg) < _LOOK)[-1]
    stations = project(leg[[0, back]], main)[:, 0]
    turned = bool(stations[1] < stations[0])  # the main track is followed from the toe on
    if turned:
        main = main[::-1]
    found = _approach(main, leg, scale)
    if found is None:
        return False
    fit, side, reached = found
    unseen = point_at(main, np.arange(fit.toe + scale.step, reached, scale.step))
    branch = draw_branch(main, np.concatenate([unseen, leg]), fit.toe, side, fit, scale)

    end_id = graph.edges[number].end_ids[end]
    along = arc_length(main)
    at = int(np.searchsorted(along, fit.toe))
    points = np.insert(main, at, branch[0], axis=0)
    if turned:
        points, at = points[::-1], len(points) - 1 - at
    switch = graph.split(other, points, at)
    pieces = graph.incident(switch)
    index.replaced(other, [n for n, _ in pieces])
    ends = {e: graph.edges[n].end_ids[e] for n, e in pieces}
    # the piece that ends at the switch lies before the toe, unless the main track was turned
    trunk, ahead = (ends[0], ends[1]) if turned else (ends[1], ends[0])
    new = graph.reattach(number, end, switch, branch if end == 0 else branch[::-1])
    index.replaced(number, [new])
    graph.edges[new].gap_m += reached - fit.toe
    name_switch(graph.nodes[switch], leg_side(main, leg, side, fit), fit)
    graph.nodes[switch].connections = [(trunk, ahead), (trunk, end_id)]
    return True


def _approach(main: Array, leg: Array, scale: Scale) -> tuple[Turnout, float, float] | None:
    """The turnout that the leg draws near to, its side, and the station of the leg's end."""
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
    if len(x) < 10 or touches or s.max() - s[0] < _GROWS:
        return None
    fit = fit_approach(x, s, 0.5 * scale.wavelength)
    if fit is None or fit.toe_sigma > _UNSURE:
        return None
    if float(x[0]) - fit.toe > _GUESSED * length_of(leg):
        return None
    if not _LEAST_TRUNK < fit.toe < min(float(x[0]), total - _LEAST_TRUNK):
        return None
    heading = tangents(main)
    here = np.array([np.interp(x[0], arc_length(main), heading[:, i]) for i in (0, 1)])
    way = leg[min(len(leg) - 1, 8)] - leg[0]
    if float(here @ way) / max(float(np.hypot(*way)), 1e-9) < 0.95:
        return None
    return fit, side, float(x[0])
