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

#: Unmatched prediction parallel to a track within this distance (m) is `beside`.
_BESIDE = 3.0


@dataclass(frozen=True, slots=True)
class ToleranceScore:
    """Scores at one tolerance; metres of track, ratios 0-1, None where undefined.

    Parameters
    ----------
    tolerance_m
        Largest cross-track distance of a match.
    completeness
        Matched truth / truth (Heipke et al. 1997).
    completeness_visible
        As `completeness`, without truth marked ``occluded``.
    correctness
        Matched prediction / prediction.
    quality
        Matched prediction / (prediction + missed truth).
    rmse_m, median_m, p95_m
        Of the cross-track distance of matched prediction, metres.
    bias_m
        Mean signed cross-track distance in metres, positive to the right of the truth line.
    matched_m, missed_m
        Matched and unmatched truth.
    correct_m, duplicate_m, false_m
        Prediction that is matched; that is near a track matched by a better prediction; neither.
    beside_m
        Part of `false_m` that is parallel to a track within 3 m.
    wrong_track_m
        Part of `correct_m` on a track that its link cannot have reached.
    gaps, gaps_per_km
        Holes of at least 1 m between matched track, and their number per km of truth.
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
    """Result of `evaluate_lines`.

    Parameters
    ----------
    truth_m, visible_truth_m, predicted_m
        Evaluated length of truth, of truth not marked ``occluded``, and of prediction, metres.
    tolerances
        One score for each tolerance, ascending.
    parts
        By tolerance the lines cut into sections: columns ``status`` (matched, missed, false,
        duplicate, wrong_track; matched ones are prediction) and geometry.
    """

    truth_m: float
    visible_truth_m: float
    predicted_m: float
    tolerances: tuple[ToleranceScore, ...]
    parts: dict[float, gpd.GeoDataFrame] = field(repr=False, compare=False)

    def at(self, tolerance_m: float) -> ToleranceScore:
        """Return the score at `tolerance_m`; raise `UsageError` if it was not evaluated."""
        for score in self.tolerances:
            if score.tolerance_m == tolerance_m:
                return score
        evaluated = ", ".join(f"{t.tolerance_m:g}" for t in self.tolerances)
        raise UsageError(f"no score at {tolerance_m:g} m; evaluated are {evaluated}")


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

    Both are divided into cells of at most `step` metres, which are matched one to one (see
    `railmap.evaluation.matching`). Distances are measured in the truth's CRS if its unit is a
    metre on the ground, else in its UTM zone.

    Parameters
    ----------
    predicted, truth
        Files or frames with lines in any CRS (see `read_tracks`).
    ignore
        Area that is not evaluated, added to the truth's own ``ignore`` polygons. A bare
        geometry is in the truth's CRS.
    area
        Only area that is evaluated. Lines outside can still be matched.
    tolerances
        Largest cross-track distances in metres.
    heading_deg
        Largest angle between matched lines, 0-90.
    step
        Largest length of a cell in metres.

    Returns
    -------
    LineScores
        One score for each tolerance.

    Raises
    ------
    InputError
        If a layer cannot be used, or both are empty.
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
    """Compute `evaluate_lines` for layers that were already read."""
    wanted = tuple(sorted({float(t) for t in tolerances}))
    if not wanted or not all(0 < t <= 50 for t in wanted):
        raise UsageError("give at least one tolerance between 0 and 50 m")
    if not 0 < heading_deg <= 90:
        raise UsageError(f"the heading gate must be between 0 and 90 degrees, not {heading_deg:g}")
    if not 0.01 <= step <= 10:
        raise UsageError(f"the step must be 0.01 to 10 m, not {step:g}")
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
            _sections(predicted, status, scorer.judged)
            + _sections(truth, np.where(found, "", "missed"), scorer.judged_truth & ~found),
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
        """Return the score, the status of each prediction cell, and the truth cells found."""
        match = match_lines(
            self.predicted, self.truth, self.forward, self.backward, tolerance, self.heading_deg
        )
        width, judged = self.predicted.width, self.judged
        correct = match.predicted >= 0
        wrong = on_wrong_track(self.predicted, self.graph, match)
        unmatched = ~correct & ~match.duplicate
        beside = np.zeros(len(width), bool)
        near = self.forward
        along = (near.turn <= self.heading_deg) & (near.distance <= _BESIDE)
        beside[near.cell[along]] = True
        found, judged_truth = match.truth >= 0, self.judged_truth
        length = self.truth.width
        truth_m, predicted_m = _sum(length, judged_truth), _sum(width, judged)
        correct_m, missed_m = _sum(width, judged & correct), _sum(length, judged_truth & ~found)
        gaps = count_gaps(self.truth, self.graph, found, judged_truth)
        score = ToleranceScore(
            tolerance_m=tolerance,
            completeness=_ratio(_sum(length, judged_truth & found), truth_m),
            completeness_visible=_ratio(
                _sum(length, judged_truth & found & self.visible),
                _sum(length, judged_truth & self.visible),
            ),
            correctness=_ratio(correct_m, predicted_m),
            quality=_ratio(correct_m, predicted_m + missed_m),
            **_deviation(match, width, judged & correct),
            matched_m=_sum(length, judged_truth & found),
            missed_m=missed_m,
            correct_m=correct_m,
            duplicate_m=_sum(width, judged & match.duplicate),
            false_m=_sum(width, judged & unmatched),
            beside_m=_sum(width, judged & unmatched & beside),
            wrong_track_m=_sum(width, judged & wrong),
            gaps=gaps,
            gaps_per_km=_ratio(1000.0 * gaps, truth_m),
        )
        status = np.select(
            [wrong, correct, match.duplicate], ["wrong_track", "matched", "duplicate"], "false"
        )
        return score, status, found


def _deviation(match: Match, width: Floats, chosen: Bools) -> dict[str, float | None]:
    """Return cross-track statistics in metres, weighted by the length of the cells."""
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


def _sections(
    lines: SampledLines, status: NDArray[np.str_], keep: Bools
) -> list[tuple[str, LineString]]:
    """Merge adjacent cells of the same status into lines."""
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
