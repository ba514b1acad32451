"""Draw legs that the probability does not show, where the rails of a turnout are certain.

Bands of two tracks that are close to each other for long are seen as one: the track between the
two turnouts of a crossover, or a leg that the edge of the image cuts off soon after its toe.
"""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, project, smooth_between
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.toes import set_switch
from railmap.geometry.turnouts.located import LocatedTurnout, as_fit, connect
from railmap.geometry.turnouts.network import can_split, edge_at, split_at
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["draw_missing_legs"]

_CERTAIN = 2.0  # least score, in units of the noise
_FACING = -0.97  # cosine of the headings of a crossover's turnouts, at most
_ON_OTHER = 0.8  # largest distance of the legs of a crossover's turnouts, metres
_LONGEST_GAP, _ALIGNED = 40.0, 0.9985  # metres between those legs; cosine of the bend there
_CUT_LEG = 12.0  # least length of a leg that the edge of the image cuts off, metres
_CUT_APART = 0.9  # and its least separation from the main track there, metres
_AT_EDGE = 3.0  # distance from the end of the image where a leg is cut off, metres
_WAVELENGTH = 6.0  # of the smoothing of a leg, metres
_TAKEN = 12.0  # toes nearer to each other than this are of the same turnout, metres


def draw_missing_legs(
    graph: WorkGraph,
    index: EdgeIndex,
    found: list[LocatedTurnout],
    scale: Scale,
    origin: dict[int, int],
    placed: set[int],
) -> list[int]:
    """Draw the tracks of crossovers, and legs that the edge of the image cuts off.

    Parameters
    ----------
    graph
        The network; changed in place.
    index
        Its edges.
    found
        Turnouts of which the network has no leg, by falling score.
    scale
        Lengths of the probability raster.
    origin
        Edges before the change by edge; changed in place.
    placed
        Switches that lie on rails; changed in place.

    Returns
    -------
    list of int
        The new edges.
    """
    certain = [one for one in found if one.turnout.score >= _CERTAIN]
    new: list[int] = []
    for k, one in enumerate(certain):
        if _is_placed(graph, placed, one):
            continue
        for other in certain[k + 1 :]:
            if _is_placed(graph, placed, other):
                continue
            line = _crossover(one, other, scale)
            if line is not None:
                number = _draw(graph, index, line, (one, other), origin, placed)
                if number is not None:
                    new.append(number)
                    break
    for one in certain:
        if _is_placed(graph, placed, one) or not _is_cut_off(graph, index, one):
            continue
        line = smooth_between(one.leg, scale.step, _WAVELENGTH)
        number = _draw(graph, index, line, (one, None), origin, placed)
        if number is not None:
            new.append(number)
    return new


def _is_placed(graph: WorkGraph, placed: set[int], one: LocatedTurnout) -> bool:
    return any(
        float(np.hypot(*(graph.nodes[node].xy - one.toe))) < _TAKEN
        for node in placed
        if node in graph.nodes
    )


def _crossover(one: LocatedTurnout, other: LocatedTurnout, scale: Scale) -> Array | None:
    """The track between two toes, if the leg of each leads to the other's."""
    if float(one.heading @ other.heading) > _FACING or len(one.leg) < 2 or len(other.leg) < 2:
        return None
    ahead = other.toe - one.toe
    if float(ahead @ one.heading) <= 0 or float(-ahead @ other.heading) <= 0:
        return None
    place = project(one.leg, other.leg)
    inside = (place[:, 0] > 0) & (place[:, 0] < arc_length(other.leg)[-1])
    if inside.any():
        if np.abs(place[inside, 1]).max() > _ON_OTHER:
            return None
        middle = int(np.flatnonzero(inside).mean())
        rest = other.leg[arc_length(other.leg) < place[middle, 0]][::-1]
    else:
        middle, rest = len(one.leg) - 1, other.leg[::-1]
        gap = rest[0] - one.leg[-1]
        size = float(np.hypot(*gap))
        if not 0 < size <= _LONGEST_GAP:
            return None
        ends = (one.leg[-1] - one.leg[-2], rest[1] - rest[0])
        if min(float(end @ gap) / size / float(np.hypot(*end)) for end in ends) < _ALIGNED:
            return None
    if not len(rest):
        return None
    return smooth_between(np.concatenate([one.leg[: middle + 1], rest]), scale.step, _WAVELENGTH)


def _is_cut_off(graph: WorkGraph, index: EdgeIndex, one: LocatedTurnout) -> bool:
    """Whether the main track leaves the image where the leg ends."""
    if len(one.leg) * STEP < _CUT_LEG:
        return False
    main = edge_at(graph, index, one.toe, one.heading)
    if main is None:
        return False
    edge = graph.edges[main]
    away = abs(float(project(one.leg[-1:], edge.xy)[0, 1]))
    ends = [
        node
        for node in (edge.start, edge.end)
        if graph.nodes[node].at_dataset_edge
        and float((graph.nodes[node].xy - one.leg[-1]) @ one.heading) < _AT_EDGE
        and float((graph.nodes[node].xy - one.toe) @ one.heading) > 0
    ]
    return away >= _CUT_APART and bool(ends)


def _draw(
    graph: WorkGraph,
    index: EdgeIndex,
    line: Array,
    ends: tuple[LocatedTurnout, LocatedTurnout | None],
    origin: dict[int, int],
    placed: set[int],
) -> int | None:
    """Draw a leg between two toes, or from one to the edge of the image.

    None if it crosses another track.
    """
    toes = [one for one in ends if one is not None]
    mains = [
        main for one in toes if (main := edge_at(graph, index, one.toe, one.heading)) is not None
    ]
    if len(set(mains)) != len(toes):
        return None
    if not all(can_split(graph, main, one.toe) for one, main in zip(toes, mains, strict=True)):
        return None
    shape = shapely.linestrings(line[2:-2] if len(toes) == 2 else line[2:])
    crossed = [n for n in index.near(shape, 0.0) if n not in mains]
    if crossed:
        return None
    switches = [
        split_at(graph, index, main, one.toe, origin) for one, main in zip(toes, mains, strict=True)
    ]
    if len(toes) == 1:
        switches.append(graph.add_node(line[-1]))
        graph.nodes[switches[1]].at_dataset_edge = True
    number = graph.add_edge(line, switches[0], switches[1])
    for one, switch, end in zip(toes, switches, (0, 1), strict=False):
        connect(graph, switch, graph.edges[number].end_ids[end], one)
        side = float(one.turnout.side * one.turnout.direction)
        set_switch(graph.nodes[switch], side, as_fit(one.turnout, 0.0))
        placed.add(switch)
    return number
