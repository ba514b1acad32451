"""The moves that a map states in its ``net_relation``, between ends of its lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.evaluation.graph import LineMove

__all__ = ["RELATIONS", "stated_moves"]

#: Table of a railmap map with the moves at its nodes.
RELATIONS = "net_relation"
_LINK_COLUMNS = ("link_id", "start_node", "end_node")
_COLUMNS = ("node_id", "link_a", "end_a", "link_b", "end_b", "navigability")


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
