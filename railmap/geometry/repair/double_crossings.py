"""Two crossings a few metres apart, joined by both tracks, are one.

Tracks that cross at a small angle run so near to each other that their curves may meet twice. A
train sees one crossing.
"""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, cut, heading_change, length_of, point_at
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing

__all__ = ["unite_double_crossings"]

_LONGEST = 10.0  # length of the tracks between the two crossings, metres
_REACH = 10.0  # length of a track over which it is drawn straight to the crossing, metres
_LEAST = np.radians(2.0)  # least angle of a crossing
_BEND = np.radians(12.0)  # largest bend of a track at the crossing
_SIGMA = np.radians(1.0)  # standard deviation of the angle of two chords

_End = tuple[int, int]


def unite_double_crossings(graph: WorkGraph) -> None:
    """Make one crossing of two that both tracks join; their track ends pair by straightness.

    Parameters
    ----------
    graph
        The network, noded; changed in place. Edges keep their numbers.
    """
    for node in sorted(graph.nodes):
        if _is_crossing(graph, node):
            for other in sorted({graph.other_node(*end) for end in graph.incident(node)} - {node}):
                if _is_crossing(graph, other):
                    _unite(graph, node, other)


def _is_crossing(graph: WorkGraph, node: int) -> bool:
    found = graph.nodes.get(node)
    return found is not None and found.railway == "railway_crossing" and graph.degree(node) == 4


def _unite(graph: WorkGraph, node: int, other: int) -> None:
    """Unite two crossings, unless their track ends make no two tracks that cross."""
    inner = {n for n, end in graph.incident(node) if graph.other_node(n, end) == other}
    if len(inner) != 2 or max(length_of(graph.edges[n].xy) for n in inner) > _LONGEST:
        return
    here, there = ([e for e in graph.incident(v) if e[0] not in inner] for v in (node, other))
    if len({number for number, _ in here + there}) != 4:
        return
    far = {end: _far(graph, end) for end in here + there}
    tracks = min(
        ([(here[0], there[i]), (here[1], there[1 - i])] for i in (0, 1)),
        key=lambda pairs: sum(_bend(graph, a, b, far) for a, b in pairs),
    )
    if max(_bend(graph, a, b, far) for a, b in tracks) > _BEND:
        return
    one, two = ((far[a], far[b]) for a, b in tracks)
    found = _crossing(one, two)
    if found is None:
        return
    ids = {end: graph.edges[end[0]].end_ids[end[1]] for end in far}
    for number in inner:
        graph.remove(number, keep=node)
    graph.unite(node, other)
    kept = graph.nodes[node]
    kept.xy, angle = found
    kept.connections = [(ids[a], ids[b]) for a, b in tracks]
    set_crossing(kept, angle, _SIGMA)
    for number, end in far:
        xy = graph.points_from(number, end)
        straight = np.vstack([kept.xy, cut(xy, _reach(xy), length_of(xy))])
        graph.set_points(number, straight if end == 0 else straight[::-1])


def _reach(xy: Array) -> float:
    return min(_REACH, 0.5 * length_of(xy))


def _far(graph: WorkGraph, end: _End) -> Array:
    """Point of a track that stays where it is."""
    xy = graph.points_from(*end)
    return np.asarray(point_at(xy, _reach(xy)))


def _bend(graph: WorkGraph, a: _End, b: _End, far: dict[_End, Array]) -> float:
    """Bend of a track that comes along one end and leaves along another, radians."""
    into, out = graph.points_from(*a)[0] - far[a], far[b] - graph.points_from(*b)[0]
    return abs(heading_change(float(np.arctan2(*into[::-1])), float(np.arctan2(*out[::-1]))))


def _crossing(one: tuple[Array, Array], two: tuple[Array, Array]) -> tuple[Array, float] | None:
    """Where two chords intersect, and their angle, radians; None if they do not."""
    u, v, between = one[1] - one[0], two[1] - two[0], two[0] - one[0]
    area = float(u[0] * v[1] - u[1] * v[0])
    angle = abs(float(np.arctan2(area, u @ v)))
    angle = min(angle, np.pi - angle)
    if angle < _LEAST:
        return None
    s, t = (float(between[0] * w[1] - between[1] * w[0]) / area for w in (v, u))
    if not (0.0 < s < 1.0 and 0.0 < t < 1.0):
        return None
    return one[0] + s * u, angle
