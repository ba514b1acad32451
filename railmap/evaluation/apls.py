"""APLS (average path length similarity) with the routes that trains can run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.evaluation.comparison import AreaSource, Comparison, compare_layers
from railmap.evaluation.layers import LayerSource
from railmap.evaluation.networks import Network, Networks, build_networks
from railmap.evaluation.sampling import SampledLines

__all__ = ["AplsScore", "evaluate_apls", "score_apls"]

#: Spacing of the control points along each line (m).
_SPACING = 25.0
#: Routes start at no more than this many control points, evenly spaced in their order.
_SOURCES = 200
#: Shorter routes (m) are ignored.
_MIN_ROUTE = 10.0


@dataclass(frozen=True, slots=True)
class AplsScore:
    """APLS, 0-1; None if the networks have no route to compare.

    Parameters
    ----------
    apls
        Harmonic mean of the two values below; if only one network has routes, its value.
    truth_to_predicted
        1 - mean of min(1, relative difference of length) over routes of the truth; a
        route missing in the prediction counts as 1.
    predicted_to_truth
        The same over routes of the prediction.
    routes
        Number of routes compared, in both directions.
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

    Control points are placed every 25 m along the lines, at least one a line. A map of railmap
    states the moves at its nodes (``net_relation``). At other nodes a train changes its heading by
    30 degrees at most, and goes straight on where two tracks cross. Up to 200 evenly spaced control
    points are sources, all are targets; nothing is random.

    Parameters
    ----------
    predicted, truth, ignore, area
        As for `railmap.evaluation.lines.evaluate_lines`.

    Returns
    -------
    AplsScore
        The scores.

    Raises
    ------
    InputError, GeoreferenceError
        As for `railmap.evaluation.lines.evaluate_lines`.
    """
    comparison = compare_layers(predicted, truth, ignore=ignore, area=area)
    return score_apls(build_networks(comparison))


def score_apls(networks: Networks) -> AplsScore:
    """Compute `evaluate_apls` for networks that were already built."""
    predicted, truth = networks.predicted, networks.truth
    forward, n = _score_routes(truth, predicted, networks.comparison)
    backward, m = _score_routes(predicted, truth, networks.comparison)
    apls = backward if forward is None else forward
    if forward is not None and backward is not None:
        total = forward + backward
        apls = 2.0 * forward * backward / total if total > 0 else 0.0
    return AplsScore(apls, forward, backward, n + m)


def _score_routes(
    network: Network, other: Network, comparison: Comparison
) -> tuple[float | None, int]:
    lines, graph = network.lines, network.graph
    cells = _control_cells(lines)
    cells = cells[comparison.judged(lines.xy[cells])]
    if not len(cells):
        return None, 0
    snapped, other_line, other_s = other.snap(lines.take(cells))

    pick = np.unique(np.linspace(0, len(cells) - 1, min(_SOURCES, len(cells))).astype(np.int64))
    piece, at = graph.locate(lines.line[cells], lines.s[cells])
    route = graph.distances((piece[pick], at[pick]), (piece, at))
    counted = np.isfinite(route) & (route >= _MIN_ROUTE)
    if not counted.any():
        return None, 0
    other_route = np.full(route.shape, np.inf)
    targets = np.flatnonzero(snapped)
    source = np.flatnonzero(snapped[pick])
    if len(targets) and len(source):
        other_piece, other_at = other.graph.locate(other_line, other_s)
        chosen = pick[source]
        other_route[np.ix_(source, targets)] = other.graph.distances(
            (other_piece[chosen], other_at[chosen]), (other_piece[targets], other_at[targets])
        )
    with np.errstate(invalid="ignore"):
        loss = np.minimum(np.abs(route - other_route)[counted] / route[counted], 1.0)
    return float(1.0 - loss.mean()), int(counted.sum())


def _control_cells(lines: SampledLines) -> NDArray[np.int64]:
    """Return cells spaced evenly along each line: one per started 25 m, none at the ends."""
    number = np.maximum(np.ceil(lines.length / _SPACING), 1).astype(np.int64)
    line = np.repeat(np.arange(len(number)), number)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(number) - number, number)
    return lines.cell_at(line, (rank + 0.5) / number[line] * lines.length[line])
