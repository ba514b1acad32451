"""APLS (average path length similarity) on tracks where trains can't reverse through a frog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.evaluation.comparison import AreaSource, Comparison, compare_layers
from railmap.evaluation.graph import RailGraph, build_graph
from railmap.evaluation.layers import LayerSource
from railmap.evaluation.sampling import SampledLines, find_candidates, sample_lines

__all__ = ["AplsScore", "evaluate_apls", "score_apls"]

#: Control points stand this far apart along each line (m).
_SPACING = 25.0
#: A control point lies on the other network within this distance (m) and angle (degrees).
_SNAP = 1.0
_HEADING = 10.0
#: Routes are compared from at most this many control points, evenly taken in order.
_SOURCES = 200
#: Shorter routes (m) say nothing.
_MIN_ROUTE = 10.0


@dataclass(frozen=True, slots=True)
class AplsScore:
    """APLS, 0-1; None where the networks have no route to compare.

    Parameters
    ----------
    apls
        Harmonic mean of the two below; the one that there is, if only one network has routes.
    truth_to_predicted
        1 - mean of min(1, relative difference of length) over routes of the truth; 1 a route
        lacking in the prediction.
    predicted_to_truth
        The same over routes of the prediction.
    routes
        Number of routes compared, both ways.
    """

    apls: float | None
    truth_to_predicted: float | None
    predicted_to_truth: float | None
    routes: int


def evaluate_apls(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
) -> AplsScore:
    """Compare the routes of two maps (van Etten et al. 2018, with legal turns only).

    Control points stand every 25 m along the lines, at least one a line. A train changes heading
    by 30 degrees at most at a node, and goes straight on where two tracks cross in one node. Up
    to 200 control points, evenly taken, serve as sources, all as targets: nothing is random.
    Errors are those of `railmap.evaluation.lines.evaluate_lines`.
    """
    return score_apls(compare_layers(predicted, truth, ignore=ignore, area=area))


def score_apls(comparison: Comparison) -> AplsScore:
    """Do the work of `evaluate_apls` on layers already read."""
    predicted = sample_lines(comparison.predicted.lines.geometry.to_numpy(), 1.0)
    truth = sample_lines(comparison.truth.lines.geometry.to_numpy(), 1.0)
    graphs = build_graph(predicted.geometry), build_graph(truth.geometry)
    forth, n = _one_way(truth, graphs[1], predicted, graphs[0], comparison)
    back, m = _one_way(predicted, graphs[0], truth, graphs[1], comparison)
    apls = back if forth is None else forth
    if forth is not None and back is not None:
        apls = 2.0 * forth * back / (forth + back) if forth + back > 0 else 0.0
    return AplsScore(apls, forth, back, n + m)


def _one_way(
    lines: SampledLines,
    graph: RailGraph,
    others: SampledLines,
    other_graph: RailGraph,
    comparison: Comparison,
) -> tuple[float | None, int]:
    cells = _control_cells(lines)
    cells = cells[comparison.judged(lines.xy[cells])]
    if not len(cells):
        return None, 0
    snapped = np.zeros(len(cells), bool)
    other_line = np.zeros(len(cells), np.int64)
    other_s = np.zeros(len(cells))
    pairs = find_candidates(_take(lines, cells), others, _SNAP)
    pairs = pairs.select((pairs.turn <= _HEADING) & (pairs.overshoot <= _SNAP))
    # The nearest line of each control point comes first.
    order = np.lexsort((pairs.line, pairs.distance, pairs.cell))
    point, first = np.unique(pairs.cell[order], return_index=True)
    snapped[point] = True
    other_line[point] = pairs.line[order][first]
    other_s[point] = pairs.s[order][first]

    pick = np.unique(np.linspace(0, len(cells) - 1, min(_SOURCES, len(cells))).astype(np.int64))
    piece, at = graph.locate(lines.line[cells], lines.s[cells])
    run = graph.distances((piece[pick], at[pick]), (piece, at))
    counted = np.isfinite(run) & (run >= _MIN_ROUTE)
    if not counted.any():
        return None, 0
    other_run = np.full(run.shape, np.inf)
    here = np.flatnonzero(snapped)
    source = np.flatnonzero(snapped[pick])
    if len(here) and len(source):
        place, there = other_graph.locate(other_line, other_s)
        chosen = pick[source]
        other_run[np.ix_(source, here)] = other_graph.distances(
            (place[chosen], there[chosen]), (place[here], there[here])
        )
    with np.errstate(invalid="ignore"):
        loss = np.minimum(np.abs(run - other_run)[counted] / run[counted], 1.0)
    return float(1.0 - loss.mean()), int(counted.sum())


def _control_cells(lines: SampledLines) -> NDArray[np.int64]:
    """Cells spread evenly along each line: one per started 25 m, none at the very ends."""
    number = np.maximum(np.ceil(lines.length / _SPACING), 1).astype(np.int64)
    line = np.repeat(np.arange(len(number)), number)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(number) - number, number)
    return lines.cell_at(line, (rank + 0.5) / number[line] * lines.length[line])


def _take(lines: SampledLines, cells: NDArray[np.int64]) -> SampledLines:
    """Give only some cells; `first` no longer fits and isn't needed for looking out."""
    return SampledLines(
        lines.geometry,
        lines.length,
        lines.first,
        lines.line[cells],
        lines.s[cells],
        lines.width[cells],
        lines.xy[cells],
        lines.direction[cells],
    )
