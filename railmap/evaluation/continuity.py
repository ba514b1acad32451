"""Gaps, and links that change tracks: faults that matched metres do not show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from railmap.evaluation.graph import RailGraph
from railmap.evaluation.matching import Match
from railmap.evaluation.sampling import SampledLines

__all__ = ["count_gaps", "on_wrong_track"]

#: Shorter holes (m) are not gaps.
_MIN_GAP = 1.0
#: A link has changed tracks if the path on the truth is longer than this (m) than on the link.
_DETOUR = 5.0


def count_gaps(
    truth: SampledLines, graph: RailGraph, matched: NDArray[np.bool_], judged: NDArray[np.bool_]
) -> int:
    """Count holes of at least 1 m with matched track at two or more of their ends.

    A hole continues through a node into the lines that meet there. A siding that is missed
    completely has matched track at only one end and is not a gap.

    Parameters
    ----------
    truth
        Sampled lines of the truth.
    graph
        Their graph.
    matched, judged
        ``(truth cells,)`` bool.
    """
    missed = judged & ~matched
    if not missed.any():
        return 0
    starts_hole = np.ones(len(missed), bool)
    starts_hole[1:] = (truth.line[1:] != truth.line[:-1]) | ~missed[:-1]
    begin = np.flatnonzero(missed & starts_hole)
    number = np.cumsum(missed & starts_hole) - 1
    length = np.bincount(number[missed], weights=truth.width[missed], minlength=len(begin))
    end = begin + np.bincount(number[missed], minlength=len(begin)) - 1
    line = truth.line[begin]
    opens = begin == truth.first[line]
    closes = end == truth.first[line + 1] - 1
    ends_matched = (~opens & matched[begin - 1]).astype(int)
    ends_matched += ~closes & matched[np.minimum(end + 1, len(matched) - 1)]

    starts = graph.node[graph.first[:-1], 0]
    stops = graph.node[graph.first[1:] - 1, 1]
    nodes = int(graph.node.max()) + 1
    reached = np.zeros(nodes, bool)
    reached[starts[matched[truth.first[:-1]]]] = True
    reached[stops[matched[truth.first[1:] - 1]]] = True

    hole = np.concatenate([np.flatnonzero(opens), np.flatnonzero(closes)])
    node = np.concatenate([starts[line[opens]], stops[line[closes]]])
    size = len(begin) + nodes
    touch = csr_array((np.ones(len(hole)), (hole, len(begin) + node)), shape=(size, size))
    label = connected_components(touch, directed=False)[1]
    holes = np.bincount(label[: len(begin)], weights=length, minlength=size)
    hole_ends = np.bincount(label[: len(begin)], weights=ends_matched, minlength=size)
    hole_ends += np.bincount(label[len(begin) :], weights=reached, minlength=size)
    return int(((holes >= _MIN_GAP - 1e-9) & (hole_ends >= 2)).sum())


def on_wrong_track(predicted: SampledLines, graph: RailGraph, match: Match) -> NDArray[np.bool_]:
    """Return the matched prediction cells on a track that their line cannot have reached.

    For two successive cells of a predicted line, the shortest path that a train can run on the
    truth may be at most 5 m longer than the distance along the prediction. If it is longer, the
    line has changed tracks. The section with the most matched length is the line's own track;
    cells of the other sections are wrong unless that track is within the tolerance too.

    Parameters
    ----------
    predicted
        Sampled lines of the prediction.
    graph
        Graph of the truth.
    match
        Matched cells of both.

    Returns
    -------
    NDArray[np.bool_]
        ``(prediction cells,)``.
    """
    wrong = np.zeros(len(predicted.line), bool)
    cell = np.flatnonzero(match.predicted >= 0)
    if len(cell) < 2:
        return wrong
    line = predicted.line[cell]
    a, b = cell[:-1], cell[1:]
    together = line[1:] == line[:-1]
    distance = predicted.s[b] - predicted.s[a]
    same = match.predicted[a] == match.predicted[b]
    straight = same & (np.abs(np.abs(match.s[b] - match.s[a]) - distance) <= _DETOUR)
    broken = np.zeros(len(a), bool)
    doubt = np.flatnonzero(together & ~straight)
    if len(doubt):
        broken[doubt] = ~_connected(graph, match, a[doubt], b[doubt], distance[doubt] + _DETOUR)
    section = np.concatenate([[0], np.cumsum(~together | broken)])
    weight = np.bincount(section, weights=predicted.width[cell])
    owner = line[np.searchsorted(section, np.arange(len(weight)))]
    order = np.lexsort((np.arange(len(weight)), -np.round(weight, 9), owner))
    best = order[np.searchsorted(owner[order], owner)]
    wrong[cell] = best[section] != section
    # Near a switch two tracks are within the tolerance, so the cell may be on its own track.
    lines = len(graph.first)
    own = cell[~wrong[cell]]
    keys = np.unique(predicted.line[own] * lines + match.predicted[own])
    near = match.near
    also = np.isin(predicted.line[near.cell] * lines + near.line, keys)
    wrong[near.cell[also]] = False
    return wrong


def _connected(
    graph: RailGraph,
    match: Match,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.bool_]:
    piece_a, at_a = graph.locate(match.predicted[a], match.s[a])
    piece_b, at_b = graph.locate(match.predicted[b], match.s[b])
    rest_a = np.stack([at_a, graph.length[piece_a] - at_a])
    rest_b = np.stack([at_b, graph.length[piece_b] - at_b])
    found = np.zeros(len(a), bool)
    for i in (0, 1):
        for k in (0, 1):  # usually the next piece, which needs no search
            meet = graph.node[piece_a, i] == graph.node[piece_b, k]
            found |= meet & (rest_a[i] + rest_b[k] <= reach)
    for n in np.flatnonzero(~found):
        one = slice(n, n + 1)
        path = graph.distances(
            (piece_a[one], at_a[one]), (piece_b[one], at_b[one]), limit=float(reach[n]) + 1e3
        )
        found[n] = path[0, 0] <= reach[n]
    return found
