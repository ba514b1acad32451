"""How far a train can run on without reversing."""

from __future__ import annotations

import numpy as np

from railmap.mapping.referencing.legs import End
from railmap.mapping.referencing.link_arrays import Floats, LinkArrays, Moves

__all__ = ["room_ahead", "run_out"]


def room_ahead(track: LinkArrays, moves: Moves, limit_m: float) -> Floats:
    """Return ``(links, 2)`` metres that a train can run from the start or end of each link.

    Parameters
    ----------
    track, moves
        The links, and the movements between them.
    limit_m
        Longer runs are not told apart, metres.
    """
    length = np.minimum(np.repeat(track.length, 2), limit_m)
    room = length.copy()
    if limit_m > 0.0:
        # State 2 * link + end by which it was entered; a train leaves by the other end.
        pairs = [(2 * a[0] + 1 - a[1], 2 * b[0] + b[1]) for a, ways in moves.items() for b in ways]
        before, after = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        while True:
            onward = np.zeros_like(room)
            np.maximum.at(onward, before, room[after])
            longer = np.minimum(length + onward, limit_m)
            if np.array_equal(longer, room):
                break
            room = longer
    return room.reshape(-1, 2)


def run_out(
    track: LinkArrays, moves: Moves, room: Floats, start: End, length_m: float
) -> list[tuple[int, int, float]]:
    """Return the links on which a train stands that has just cleared a node.

    Parameters
    ----------
    track, moves
        The links, and the movements between them.
    room
        From `room_ahead`; there is room for the train.
    start
        The link behind the node, and its end at the node.
    length_m
        Length of the train.

    Returns
    -------
    list of (int, int, float)
        Link, end by which the front entered it, and metres that it ran on it.
    """
    found: list[tuple[int, int, float]] = []
    link, entered = start
    rest = length_m
    while True:
        length = float(track.length[link])
        ways = moves.get((link, 1 - entered), [])
        if rest <= length or not ways:
            return [*found, (link, entered, min(rest, length))]
        found.append((link, entered, length))
        rest -= length
        link, entered = max(ways, key=lambda end: float(room[end]))
