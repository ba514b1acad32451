"""Line metrics: completeness, correctness and quality, with one-to-one matching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import LineString
from shapely.ops import substring

from railmap.errors import UsageError
from railmap.evaluation.comparison import AreaSource, Comparison, compare_layers
from railmap.evaluation.continuity import count_gaps, on_wrong_track
from railmap.evaluation.graph import RailGraph, build_graph
from railmap.evaluation.layers import LayerSource
from railmap.evaluation.matching import Match, match_lines
from railmap.evaluation.sampling import Candidates, SampledLines, find_candidates, sample_lines

__all__ = ["LineScores", "ToleranceScore", "evaluate_lines", "score_lines"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: Unmatched prediction that runs along a track no further off than this (m) is `beside`.
_BESIDE = 3.0


@dataclass(frozen=True, slots=True)
class ToleranceScore:
    """Scores at one tolerance; metres of track, ratios 0-1, None where nothing can be said.

    Parameters
    ----------
    tolerance_m
        Largest cross-track distance of a match.
    completeness
        Matched truth / truth (Heipke et al. 1997).
    completeness_visible
        The same without truth marked ``occluded``.
    correctness
        Matched prediction / prediction.
    quality
        Matched prediction / (prediction + missed truth).
    rmse_m, median_m, p95_m
        Of the cross-track distance of matched prediction.
    bias_m
        Mean signed cross-track distance, positive to the right of the truth line's direction.
    matched_m, missed_m
        Truth found and not found.
    correct_m, duplicate_m, false_m
        Prediction matched; near a track that a better prediction has taken; neither.
    beside_m
        Part of `false_m` that runs along a track within 3 m.
    wrong_track_m
        Part of `correct_m` on a track that its own link can't have reached.
    gaps, gaps_per_km
        Holes of at least 1 m with found track on both sides, and that per km of truth.
    """

    tolerance_m: float
    completeness: float | None
    completeness_visible: float | None
    correctness: float | None
    quality: float | None
    rmse_m: float | None
    median_m: float | None
    p95_m: float | None
    bias_m: float | None
    matched_m: float
    missed_m: float
    correct_m: float
    duplicate_m: float
    false_m: float
    beside_m: float
    wrong_track_m: float
    gaps: int
    gaps_per_km: float | None


@dataclass(frozen=True, slots=True)
class LineScores:
    """What `evaluate_lines` found.

    Parameters
    ----------
    truth_m, visible_truth_m, predicted_m
        Judged length of truth, of truth not marked ``occluded``, of prediction.
    tolerances
        One score a tolerance, ascending.
    parts
        Per tolerance the lines cut into stretches: columns ``status`` (matched, missed, false,
        duplicate, wrong_track; matched ones are prediction) and geometry.
    """

    truth_m: float
    visible_truth_m: float
    predicted_m: float
    tolerances: tuple[ToleranceScore, ...]
    parts: dict[float, gpd.GeoDataFrame] = field(repr=False, compare=False)

    def at(self, tolerance_m: float) -> ToleranceScore:
        """Give the score at `tolerance_m`; raises `UsageError` if it wasn't asked for."""
        for score in self.tolerances:
            if score.tolerance_m == tolerance_m:
                return score
        have = ", ".join(f"{t.tolerance_m:g}" for t in self.tolerances)
        raise UsageError(f"no score at {tolerance_m:g} m; there are {have}")


def evaluate_lines(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
    tolerances: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
    heading_deg: float = 10.0,
    step: float = 0.25,
) -> LineScores:
    """Compare predicted tracks with true ones.

    Both are cut into cells of at most `step` metres and matched one to one along the line (see
    `railmap.evaluation.matching`). Everything is measured in the truth's CRS if its metres are
    metres on the ground, else in its best UTM zone.

    Parameters
    ----------
    predicted, truth
        Files or frames with lines in any CRS (see `read_tracks`).
    ignore
        Where nothing is judged; added to the truth's own ``ignore`` polygons. A bare geometry is
        in the truth's CRS.
    area
        Judge only here. Lines outside still serve as partners.
    tolerances
        Largest cross-track distances in metres.
    heading_deg
        Largest angle between matched lines, 0-90.
    step
        Length of a cell in metres.

    Raises
    ------
    InputError
        If a layer can't be used, or both are empty.
    GeoreferenceError
        If a layer has no CRS.
    UsageError
        If a parameter is out of range.
    """
    comparison = compare_layers(predicted, truth, ignore=ignore, area=area)
    return score_lines(comparison, tolerances=tolerances, heading_deg=heading_deg, step=step)


def score_lines(
    comparison: Comparison,
    *,
    tolerances: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
    heading_deg: float = 10.0,
    step: float = 0.25,
) -> LineScores:
    """Do the work of `evaluate_lines` on layers already read."""
    wanted = tuple(sorted({float(t) for t in tolerances}))
    if not wanted or not all(0 < t <= 50 for t in wanted):
        raise UsageError("tolerances are metres between 0 and 50, at least one")
    if not 0 < heading_deg <= 90:
        raise UsageError(f"the heading gate is an angle from 0 to 90 degrees, not {heading_deg:g}")
    if not 0.01 <= step <= 10:
        raise UsageError(f"the step is 0.01 to 10 m, not {step:g}")
    predicted = sample_lines(comparison.predicted.lines.geometry.to_numpy(), step)
    truth = sample_lines(comparison.truth.lines.geometry.to_numpy(), step)
    radius = max(*wanted, _BESIDE)
    scorer = _Scorer(
        predicted=predicted,
        truth=truth,
        forward=find_candidates(predicted, truth, radius),
        backward=find_candidates(truth, predicted, wanted[-1]),
        graph=build_graph(truth.geometry),
        judged=comparison.judged(predicted.xy),
        judged_truth=comparison.judged(truth.xy),
        visible=~comparison.truth.lines["occluded"].to_numpy(dtype=bool)[truth.line],
        heading_deg=heading_deg,
    )
    scores, parts = [], {}
    for tolerance in wanted:
        score, status, found = scorer.score(tolerance)
        scores.append(score)
        parts[tolerance] = gpd.GeoDataFrame(
            _stretches(predicted, status, scorer.judged)
            + _stretches(truth, np.where(found, "", "missed"), scorer.judged_truth & ~found),
            columns=["status", "geometry"],
            geometry="geometry",
            crs=comparison.crs,
        )
    return LineScores(
        truth_m=_sum(truth.width, scorer.judged_truth),
        visible_truth_m=_sum(truth.width, scorer.judged_truth & scorer.visible),
        predicted_m=_sum(predicted.width, scorer.judged),
        tolerances=tuple(scores),
        parts=parts,
    )


@dataclass(frozen=True, slots=True)
class _Scorer:
    predicted: SampledLines
    truth: SampledLines
    forward: Candidates
    backward: Candidates
    graph: RailGraph
    judged: Bools
    judged_truth: Bools
    visible: Bools
    heading_deg: float

    def score(self, tolerance: float) -> tuple[ToleranceScore, NDArray[np.str_], Bools]:
        """Score at one tolerance; also the status of each prediction cell, and truth found."""
        match = match_lines(
            self.predicted, self.truth, self.forward, self.backward, tolerance, self.heading_deg
        )
        width, judged = self.predicted.width, self.judged
        correct = match.predicted >= 0
        wrong = on_wrong_track(self.predicted, self.graph, match)
        stray = ~correct & ~match.duplicate
        beside = np.zeros(len(width), bool)
        near = self.forward
        along = (near.turn <= self.heading_deg) & (near.distance <= _BESIDE)
        beside[near.cell[along]] = True
        found, there = match.truth >= 0, self.judged_truth
        length = self.truth.width
        truth_m, predicted_m = _sum(length, there), _sum(width, judged)
        correct_m, missed_m = _sum(width, judged & correct), _sum(length, there & ~found)
        gaps = count_gaps(self.truth, self.graph, found, there)
        score = ToleranceScore(
            tolerance_m=tolerance,
            completeness=_ratio(_sum(length, there & found), truth_m),
            completeness_visible=_ratio(
                _sum(length, there & found & self.visible), _sum(length, there & self.visible)
            ),
            correctness=_ratio(correct_m, predicted_m),
            quality=_ratio(correct_m, predicted_m + missed_m),
            **_deviation(match, width, judged & correct),
            matched_m=_sum(length, there & found),
            missed_m=missed_m,
            correct_m=correct_m,
            duplicate_m=_sum(width, judged & match.duplicate),
            false_m=_sum(width, judged & stray),
            beside_m=_sum(width, judged & stray & beside),
            wrong_track_m=_sum(width, judged & wrong),
            gaps=gaps,
            gaps_per_km=_ratio(1000.0 * gaps, truth_m),
        )
        status = np.select(
            [wrong, correct, match.duplicate], ["wrong_track", "matched", "duplicate"], "false"
        )
        return score, status, found


def _deviation(match: Match, width: Floats, chosen: Bools) -> dict[str, float | None]:
    """Cross-track statistics, each cell weighted with its length."""
    offset, weight = match.offset[chosen], width[chosen]
    if not len(offset):
        return dict.fromkeys(("rmse_m", "median_m", "p95_m", "bias_m"))
    size = np.sort(np.abs(offset))
    share = np.cumsum(weight[np.argsort(np.abs(offset), kind="stable")]) / weight.sum()
    last = len(size) - 1
    return {
        "rmse_m": float(np.sqrt(np.average(offset**2, weights=weight))),
        "median_m": float(size[min(int(np.searchsorted(share, 0.5)), last)]),
        "p95_m": float(size[min(int(np.searchsorted(share, 0.95)), last)]),
        "bias_m": float(np.average(offset, weights=weight)),
    }


def _stretches(
    lines: SampledLines, status: NDArray[np.str_], keep: Bools
) -> list[tuple[str, LineString]]:
    """Join neighbouring cells of the same status into lines."""
    cell = np.flatnonzero(keep)
    if not len(cell):
        return []
    same = (
        (np.diff(cell) == 1)
        & (lines.line[cell[1:]] == lines.line[cell[:-1]])
        & (status[cell[1:]] == status[cell[:-1]])
    )
    edge = np.concatenate([[True], ~same, [True]])
    first, last = cell[np.flatnonzero(edge[:-1])], cell[np.flatnonzero(edge[1:])]
    start = lines.s[first] - lines.width[first] / 2
    stop = lines.s[last] + lines.width[last] / 2
    whole = lines.geometry[lines.line[first]]
    return [
        (str(name), substring(line, low, high))
        for name, line, low, high in zip(status[first], whole, start, stop, strict=True)
    ]


def _sum(width: Floats, chosen: Bools) -> float:
    return float(width[chosen].sum())


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
