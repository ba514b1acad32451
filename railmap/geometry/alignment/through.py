"""Which links follow one another as one line: through switches along the through track."""

from __future__ import annotations

from collections import Counter

import numpy as np

from railmap.geometry.curves import Array, heading_change, length_of, point_at
from railmap.geometry.graph import WorkGraph

__all__ = ["through_lines"]

EdgeEnd = tuple[int, int]

_CHORD = 20.0  # length of track over which a direction is computed, metres
_LONGEST = 8000.0  # a line goes on as another after this length, metres
_LARGEST_TURN = np.radians(30.0)  # between these chords on either side of a node


def through_lines(graph: WorkGraph) -> list[list[tuple[int, bool]]]:
    """Chain the edges of a graph to lines.

    Parameters
    ----------
    graph
        The finished graph.

    Returns
    -------
    list
        Lines of ``(edge, reversed)``, head to tail; each edge is in one. At a switch the line goes
        on where the track turns less, at a diamond straight across.
    """
    follow: dict[EdgeEnd, EdgeEnd] = {}
    for node in sorted(graph.nodes):
        for one, two in _pairs(graph, node):
            follow[one], follow[two] = two, one
    lines: list[list[tuple[int, bool]]] = []
    seen: set[int] = set()
    # first from the ends of lines, then what is left: closed loops
    starts = [(e, end) for e in sorted(graph.edges) for end in (0, 1) if (e, end) not in follow]
    for edge, end in [*starts, *((e, 0) for e in sorted(graph.edges))]:
        line: list[tuple[int, bool]] = []
        length = 0.0
        while edge not in seen:
            seen.add(edge)
            line.append((edge, end == 1))
            length += length_of(graph.edges[edge].xy)
            onward = follow.get((edge, 1 - end))
            if onward is None:
                break
            edge, end = onward
            if length > _LONGEST:
                lines.append(line)
                line, length = [], 0.0
        if line:
            lines.append(line)
    return lines


def _pairs(graph: WorkGraph, node: int) -> list[tuple[EdgeEnd, EdgeEnd]]:
    """Ends at a node that are one track."""
    ends = sorted(graph.incident(node))
    if len(ends) == 2:
        candidates = [(ends[0], ends[1])]
    else:
        by_id = {graph.edges[e].end_ids[end]: (e, end) for e, end in ends}
        known = graph.nodes[node].connections
        candidates = [(by_id[a], by_id[b]) for a, b in known if a in by_id and b in by_id]
    turns = sorted(
        (_turn(graph, one, two), one, two) for one, two in candidates if one[0] != two[0]
    )
    used: Counter[EdgeEnd] = Counter()
    pairs = []
    for turn, one, two in turns:
        if turn <= _LARGEST_TURN and not used[one] and not used[two]:
            used.update((one, two))
            pairs.append((one, two))
    return pairs


def _turn(graph: WorkGraph, one: EdgeEnd, two: EdgeEnd) -> float:
    """How much a train turns between the chords on either side of the node, radians."""
    into, out = (-_chord(graph, one), _chord(graph, two))
    return abs(heading_change(np.arctan2(into[1], into[0]), np.arctan2(out[1], out[0])))


def _chord(graph: WorkGraph, end: EdgeEnd) -> Array:
    """From the node to a point on the edge."""
    path = graph.points_from(*end)
    return np.asarray(point_at(path, min(_CHORD, length_of(path))) - path[0])
