"""Draw legs that the probability does not show, where the rails of a turnout are certain.

Bands of two tracks that are close to each other for long are seen as one: the track between the
two turnouts of a crossover, or a leg that the edge of the image cuts off soon after its toe.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import shapely
from scipy.spatial import cKDTree

from railmap.geometry.curves import Array, arc_length, project, smooth_between
from railmap.geometry.evidence.band import Scale
from railmap.geometry.junctions.toes import set_switch
from railmap.geometry.turnouts.located import LocatedTurnout, as_fit, connect
from railmap.geometry.turnouts.network import RailNetwork
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["draw_missing_legs"]

_CERTAIN = 2.0  # least score of one turnout, in units of the noise
_CERTAIN_PAIR = 3.3  # least sum of the scores of a crossover's
_FACING = -0.97  # cosine of the headings of a crossover's turnouts, at most
_ON_OTHER = 0.8  # largest distance of the legs of a crossover's turnouts, metres
_LONGEST_GAP, _ALIGNED = 40.0, 0.9985  # metres between those legs; cosine of the bend there
_LONGEST = 250.0  # longest track of a crossover, metres
_CUT_LEG = 12.0  # least length of a leg that the edge of the image cuts off, metres
_CUT_APART = 0.9  # and its least separation from the main track there, metres
_AT_EDGE = 3.0  # distance from the end of the image where a leg is cut off, metres
_WAVELENGTH = 6.0  # of the smoothing of a leg, metres
_TAKEN = 12.0  # toes nearer to each other than this are of the same turnout, metres


def draw_missing_legs(network: RailNetwork, found: list[LocatedTurnout], scale: Scale) -> list[int]:
    """Draw the tracks of crossovers, and legs that the edge of the image cuts off.

    Parameters
    ----------
    network
        The network; changed in place.
    found
        Turnouts of which the network has no leg, by falling score.
    scale
        Lengths of the probability raster.

    Returns
    -------
    list of int
        The new edges.
    """
    if not found:
        return []
    toes = cKDTree([one.toe for one in found])
    taken: set[int] = set()
    for node in sorted(network.placed & network.graph.nodes.keys()):
        taken.update(toes.query_ball_point(network.graph.nodes[node].xy, _TAKEN))
    new: list[int] = []

    def draw(line: Array, *which: int) -> bool:
        number = _draw(network, line, [found[k] for k in which])
        if number is None:
            return False
        new.append(number)
        for k in which:
            taken.update(toes.query_ball_point(found[k].toe, _TAKEN))
        return True

    for k, one in enumerate(found):
        others = sorted(toes.query_ball_point(one.toe, _LONGEST))
        for j in others[bisect_right(others, k) :]:
            if k in taken or one.turnout.score + found[j].turnout.score < _CERTAIN_PAIR:
                break
            line = _crossover(one, found[j], scale) if j not in taken else None
            if line is not None and draw(line, k, j):
                break
    for k, one in enumerate(found):
        if one.turnout.score < _CERTAIN:
            break
        if k not in taken and _is_cut_off(network, one):
            draw(smooth_between(one.leg, scale.step, _WAVELENGTH), k)
    return new


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


def _is_cut_off(network: RailNetwork, one: LocatedTurnout) -> bool:
    """Whether the main track leaves the image where the leg ends."""
    if len(one.leg) * STEP < _CUT_LEG:
        return False
    main = network.edge_at(one.toe, one.heading)
    if main is None:
        return False
    away = abs(float(project(one.leg[-1:], network.graph.edges[main].xy)[0, 1]))
    ends = (network.graph.nodes[network.node_of(main, end)] for end in (0, 1))
    return away >= _CUT_APART and any(
        end.at_dataset_edge
        and float((end.xy - one.leg[-1]) @ one.heading) < _AT_EDGE
        and float((end.xy - one.toe) @ one.heading) > 0
        for end in ends
    )


def _draw(network: RailNetwork, line: Array, toes: list[LocatedTurnout]) -> int | None:
    """Draw a leg between two toes, or from one to the edge of the image.

    None if it crosses another track.
    """
    graph = network.graph
    at = [network.edge_at(one.toe, one.heading) for one in toes]
    mains = [main for main in at if main is not None]
    if len(set(mains)) != len(toes):
        return None
    if not all(network.can_split(main, one.toe) for one, main in zip(toes, mains, strict=True)):
        return None
    shape = shapely.linestrings(line[2:-2] if len(toes) == 2 else line[2:])
    if any(number not in mains for number in network.index.near(shape, 0.0)):
        return None
    switches = [network.split(main, one.toe) for one, main in zip(toes, mains, strict=True)]
    if len(toes) == 1:
        switches.append(graph.add_node(line[-1]))
        graph.nodes[switches[1]].at_dataset_edge = True
    number = graph.add_edge(line, switches[0], switches[1])
    for one, switch, end in zip(toes, switches, (0, 1), strict=False):
        connect(graph, switch, graph.edges[number].end_ids[end], one)
        set_switch(graph.nodes[switch], one.turnout.facing_side, as_fit(one.turnout, 0.0))
        network.placed.add(switch)
    return number
