"""Directions of the legs of switches and crossings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from railmap.mapping.referencing.link_arrays import Floats, LinkArrays, Moves

__all__ = ["REACH_M", "End", "angle", "chord", "left_to_right"]

# The legs of a turnout share the direction at the toe; they differ over this length.
REACH_M = 30.0

# A link, and its start (0) or end (1).
End = tuple[int, int]


def chord(track: LinkArrays, end: End, near: float, far: float) -> Floats:
    """Return the unit vector between two points `near` and `far` metres from the link's end."""
    link, which = end
    a, b = track.first[link], track.first[link + 1]
    total = float(track.m[b - 1])
    share = min(1.0, total / REACH_M)
    at = np.array([near, far]) * share
    if which:
        at = total - at
    there = [np.interp(at, track.m[a:b], track.xy[a:b, axis]) for axis in (0, 1)]
    away = np.array([there[0][1] - there[0][0], there[1][1] - there[1][0]])
    norm = float(np.hypot(*away))
    return away / norm if norm else away


def angle(a: Floats, b: Floats) -> float:
    """Return the turn from `a` to `b`, radians, + left."""
    return float(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))


def left_to_right(track: LinkArrays, moves: Moves, toe: End, legs: Sequence[End]) -> list[End]:
    """Return the legs in their order from left to right, seen from the toe.

    Parameters
    ----------
    track, moves
        The links, and the movements between them: a leg goes on beyond a short link.
    toe
        The link end by which a train arrives at the node.
    legs
        The link ends by which it may go on.
    """
    # Over the same length on all legs: on a curve a longer chord has turned further.
    reach = min(_ahead(track, moves, leg, REACH_M)[1] for leg in legs)
    here = track.xy[track.first[toe[0]] if toe[1] == 0 else track.first[toe[0] + 1] - 1]
    along = -chord(track, toe, 0.0, REACH_M)
    turn = {leg: angle(along, _ahead(track, moves, leg, reach)[0] - here) for leg in legs}
    return sorted(legs, key=lambda leg: -turn[leg])


def _ahead(track: LinkArrays, moves: Moves, leg: End, reach: float) -> tuple[Floats, float]:
    """Return the point `reach` metres along a leg, and the metres that there are, `reach` at most.

    At further switches the leg goes straight on.
    """
    done, (link, end) = 0.0, leg
    while True:
        vertices = slice(track.first[link], track.first[link + 1])
        m, xy = track.m[vertices], track.xy[vertices]
        length = float(m[-1])
        ways = moves.get((link, 1 - end), [])
        if done + length >= reach or not ways:
            here = min(reach - done, length)
            at = length - here if end else here
            return np.array([np.interp(at, m, xy[:, i]) for i in (0, 1)]), done + here
        done += length
        along = -chord(track, (link, 1 - end), 0.0, REACH_M)
        link, end = max(ways, key=lambda way: float(along @ chord(track, way, 0.0, REACH_M)))
