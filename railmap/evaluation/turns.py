"""Which link ends at a node a train can pass between, told from their directions."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["TURN_LIMIT", "free_moves"]

#: Largest change of heading (degrees) of a train at a node.
TURN_LIMIT = 30.0
_STRAIGHTEST = math.cos(math.radians(TURN_LIMIT))


def free_moves(
    away: Sequence[Sequence[float]], *, straight_on: bool = True
) -> list[tuple[int, int]]:
    """Return the pairs of ends between which a train passes, each pair in both orders.

    A train turns by 30 degrees at most, so it never passes between the legs of a switch. Of four
    ends that each have two ways on, two tracks cross: every end then goes straight on only.

    Parameters
    ----------
    away
        ``(n, 2)`` unit vectors x/y from the node into each end's track.
    straight_on
        Whether four such ends are a crossing; False where they are known to be switches.

    Examples
    --------
    >>> free_moves([(-1.0, 0.0), (1.0, 0.0), (0.995, 0.0998)])
    [(0, 1), (0, 2), (1, 0), (2, 0)]
    """
    count = range(len(away))
    along = [[-(a[0] * b[0] + a[1] * b[1]) for b in away] for a in away]
    moves = [(a, b) for a in count for b in count if a != b and along[a][b] >= _STRAIGHTEST]
    ways = [sum(one == a for one, _ in moves) for a in count]
    if straight_on and ways == [2, 2, 2, 2]:
        one, two = (b for a, b in moves if a == 0)
        (other,) = {1, 2, 3} - {one, two}
        pairings = (({0, one}, {other, two}), ({0, two}, {other, one}))
        # The sum over both tracks: where they curve, one end alone may seem to go on to the other.
        tracks = max(pairings, key=lambda pairing: sum(along[min(p)][max(p)] for p in pairing))
        moves = [(a, b) for a, b in moves if {a, b} in tracks]
    return moves
