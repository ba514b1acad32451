"""Which tracks stay mutually reachable: what a router feels of a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from railmap.evaluation.comparison import AreaSource, compare_layers
from railmap.evaluation.graph import RailGraph
from railmap.evaluation.layers import LayerSource
from railmap.evaluation.networks import Floats, Ints, Networks, build_networks

__all__ = ["ReachScore", "evaluate_reach", "score_reach"]

#: Shorter tracks (m) between two nodes are not compared.
_SHORTEST = 5.0
#: No more than this many tracks are compared, evenly spaced in their order.
_TRACKS = 200
#: Where along a track it is looked for in the prediction; the first place that is found counts.
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)


@dataclass(frozen=True, slots=True)
class ReachScore:
    """Pairs of the truth's tracks between which trains run; shares are None where undefined.

    Parameters
    ----------
    tracks
        Number of tracks of the truth that are compared: stretches between nodes.
    pairs, kept, share
        Pairs with legal moves in both directions in the truth, without reversing; those that have
        them in the prediction too; kept / pairs.
    false_pairs
        Pairs without such moves in the truth that have them in the prediction.
    pairs_reversing, kept_reversing, share_reversing
        The same as the first three where trains may reverse.
    """

    tracks: int
    pairs: int
    kept: int
    share: float | None
    false_pairs: int
    pairs_reversing: int
    kept_reversing: int
    share_reversing: float | None


def evaluate_reach(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
) -> ReachScore:
    """Return the share of the truth's pairs of tracks that stay mutually reachable.

    A track is a stretch between two nodes, of 5 m or more; up to 200 are compared, evenly spaced in
    their order. It is in the prediction if one of seven places along it is within 1 m of a line
    there. Moves are those of `railmap.evaluation.apls.evaluate_apls`.

    Parameters
    ----------
    predicted, truth, ignore, area
        As for `railmap.evaluation.lines.evaluate_lines`.

    Returns
    -------
    ReachScore
        The scores.

    Raises
    ------
    InputError, GeoreferenceError
        As for `railmap.evaluation.lines.evaluate_lines`.
    """
    comparison = compare_layers(predicted, truth, ignore=ignore, area=area)
    return score_reach(build_networks(comparison))


def score_reach(networks: Networks) -> ReachScore:
    """Compute `evaluate_reach` for networks that were already built."""
    truth, predicted = networks.truth, networks.predicted
    piece = _tracks(networks)
    count = len(piece)
    at = truth.graph.length[piece] / 2
    there, reversing = _reach(truth.graph, piece, at)
    seen, seen_reversing = (np.zeros((count, count), bool) for _ in range(2))
    found, other, other_at = _places(networks, piece)
    if found.any():
        chosen = np.ix_(found, found)
        seen[chosen], seen_reversing[chosen] = _reach(
            predicted.graph, other[found], other_at[found]
        )
    once = np.triu(np.ones((count, count), bool), 1)
    pairs, pairs_reversing = int((there & once).sum()), int((reversing & once).sum())
    kept = int((there & seen & once).sum())
    kept_reversing = int((reversing & seen_reversing & once).sum())
    return ReachScore(
        tracks=count,
        pairs=pairs,
        kept=kept,
        share=kept / pairs if pairs else None,
        false_pairs=int((~there & seen & once).sum()),
        pairs_reversing=pairs_reversing,
        kept_reversing=kept_reversing,
        share_reversing=kept_reversing / pairs_reversing if pairs_reversing else None,
    )


def _line_of(graph: RailGraph, piece: Ints) -> Ints:
    return np.searchsorted(graph.first, piece, side="right").astype(np.int64) - 1


def _tracks(networks: Networks) -> Ints:
    """Return the pieces of the truth that are compared."""
    lines, graph = networks.truth.lines, networks.truth.graph
    piece = np.flatnonzero(graph.length >= _SHORTEST)
    if not len(piece):
        return piece
    middle = lines.cell_at(_line_of(graph, piece), graph.start[piece] + graph.length[piece] / 2)
    piece = piece[networks.comparison.judged(lines.xy[middle])]
    pick = np.linspace(0, max(len(piece) - 1, 0), min(_TRACKS, len(piece)))
    return piece[np.unique(pick.astype(np.int64))]


def _places(networks: Networks, piece: Ints) -> tuple[NDArray[np.bool_], Ints, Floats]:
    """Return where each track is in the prediction: whether, on which piece, and at what metre."""
    lines, graph = networks.truth.lines, networks.truth.graph
    line, count = _line_of(graph, piece), len(piece)
    found, other_line, other_s = np.zeros(count, bool), np.zeros(count, np.int64), np.zeros(count)
    for share in _ALONG:
        rest = np.flatnonzero(~found)
        if not len(rest):
            break
        s = graph.start[piece[rest]] + share * graph.length[piece[rest]]
        cells = lines.cell_at(line[rest], s)
        found[rest], other_line[rest], other_s[rest] = networks.predicted.snap(lines.take(cells))
    other, at = np.zeros(count, np.int64), np.zeros(count)
    if found.any():
        other[found], at[found] = networks.predicted.graph.locate(other_line[found], other_s[found])
    return found, other, at


def _reach(
    graph: RailGraph, piece: Ints, at: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return ``(n, n)`` bool twice: mutually reachable without and with reversing."""
    way = np.isfinite(graph.distances((piece, at), (piece, at)))
    states = np.arange(0, graph.steps.shape[0], 2)
    # A train that reverses goes from state 2k to 2k + 1.
    turns = coo_array((np.ones(len(states)), (states, states + 1)), shape=graph.steps.shape)
    part = connected_components(graph.steps + turns, directed=False)[1][2 * piece]
    return way & way.T, part[:, None] == part[None, :]
