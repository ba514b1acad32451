"""Moves at the nodes of the finished network: which link leads to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from railmap.geometry.curves import Array, arc_length, point_at
from railmap.geometry.types import Relation

__all__ = ["complete_moves"]

_HEADING = 5.0  # length of track from which a direction is computed, metres
_LARGEST_TURN = np.radians(30.0)  # of a train at a node

LinkEnd = tuple[int, int]


def complete_moves(
    node: int,
    ends: Sequence[LinkEnd],
    known: Sequence[tuple[LinkEnd, LinkEnd]],
    lines: Sequence[Array],
) -> list[Relation]:
    """State the moves at a node: those known, then those of the ends that have none.

    Such an end leads wherever a train turns by 30 degrees at most. If it leads nowhere, it has a
    relation with the straightest other end whose navigability is ``None``.

    Parameters
    ----------
    node
        Index of the node.
    ends
        Link ends at the node: link, and 0 for its start or 1 for its end.
    known
        Pairs of these ends between which a train can run.
    lines
        ``(n, 2)`` points of each link, by index, metres.

    Returns
    -------
    list of Relation
        At least one for each end, if there are two or more.
    """
    pairs = list(dict.fromkeys((min(pair), max(pair)) for pair in known if pair[0] != pair[1]))
    pairs = [(a, b) if (a, b) in known else (b, a) for a, b in pairs]
    moves = [Relation(node, *a, *b) for a, b in pairs]
    settled = Counter(end for pair in pairs for end in pair)
    if len(ends) < 2 or all(settled[end] for end in ends):
        return moves
    out = np.array([_direction(lines[link], end) for link, end in ends])
    straight = -(out @ out.T)
    np.fill_diagonal(straight, -2.0)
    for i, one in enumerate(ends):
        for j, two in enumerate(ends[:i]):
            if straight[i, j] >= np.cos(_LARGEST_TURN) and not (settled[one] and settled[two]):
                moves.append(Relation(node, *two, *one))
    led = {end for r in moves for end in ((r.link_a, r.end_a), (r.link_b, r.end_b))}
    for i, one in enumerate(ends):
        if one not in led:
            two = ends[int(np.argmax(straight[i]))]
            moves.append(Relation(node, *min(one, two), *max(one, two), navigability="None"))
            led |= {one, two}
    return moves


def _direction(xy: Array, end: int) -> Array:
    """Unit vector out of a link at one of its ends."""
    path = xy if end == 0 else xy[::-1]
    along = point_at(path, min(_HEADING, float(arc_length(path)[-1]))) - path[0]
    return np.asarray(along / max(float(np.hypot(*along)), 1e-12))
