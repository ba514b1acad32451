"""The moves of trains at nodes: told from directions, or stated by a map."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["RELATIONS", "LineMove", "free_moves", "stated_moves"]

# Line and end of which a train leaves, line and end by which it enters.
LineMove = tuple[int, int, int, int]

#: A train changes its heading by 30 degrees at most at a node.
_STRAIGHTEST = math.cos(math.radians(30.0))

#: Table of a railmap map with the moves at its nodes.
RELATIONS = "net_relation"
_LINK_COLUMNS = ("link_id", "start_node", "end_node")
_COLUMNS = ("node_id", "link_a", "end_a", "link_b", "end_b", "navigability")


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


def stated_moves(
    links: pd.DataFrame, row: NDArray[np.int64], relations: pd.DataFrame
) -> tuple[LineMove, ...] | None:
    """Return the moves of `railmap.evaluation.graph.build_graph` that a map states.

    At a node that has relations only they count: its other ends have no move.

    Parameters
    ----------
    links
        Rows of ``railway_link``.
    row
        ``(lines,)`` row of `links` that each line is, -1 for none.
    relations
        Rows of ``net_relation``.

    Returns
    -------
    tuple of LineMove or None
        None if a table lacks the columns of a map.
    """
    if not set(_LINK_COLUMNS) <= set(links.columns) or not set(_COLUMNS) <= set(relations.columns):
        return None
    ids, starts, stops = (links[name].to_numpy(dtype=object) for name in _LINK_COLUMNS)
    line_of = {ids[index]: line for line, index in enumerate(row.tolist()) if index >= 0}
    told = set(relations["node_id"])
    moves: list[LineMove] = []
    for line in line_of.values():
        moves += [
            (line, end, line, end)
            for end, nodes in enumerate((starts, stops))
            if nodes[row[line]] in told
        ]
    for _, link_a, end_a, link_b, end_b, way in relations[list(_COLUMNS)].itertuples(index=False):
        if link_a not in line_of or link_b not in line_of or pd.isna(end_a) or pd.isna(end_b):
            continue
        a, b = (line_of[link_a], int(end_a)), (line_of[link_b], int(end_b))
        if pd.isna(way) or way in ("Both", "AB"):
            moves.append((*a, *b))
        if pd.isna(way) or way in ("Both", "BA"):
            moves.append((*b, *a))
    return tuple(moves)
