"""Evaluate switches and crossings: detection, type and position along the track."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from railmap.errors import UsageError
from railmap.evaluation.comparison import AreaSource, Comparison, compare_layers
from railmap.evaluation.layers import LayerSource

__all__ = [
    "NODE_DISTANCES",
    "NODE_KINDS",
    "Confusion",
    "NodeScore",
    "NodeScores",
    "evaluate_nodes",
    "score_nodes",
]

# Rows of the truth and of the prediction that match, and their distances along the track.
_Matches = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

#: Kinds of node that are compared, values of the column ``railway``.
NODE_KINDS = ("switch", "railway_crossing")

#: Largest distances along the track, metres, at which nodes are compared.
NODE_DISTANCES = (1.0, 2.0, 3.0, 5.0)

#: A node with a larger lateral distance (m) is on another track (track spacing is 3.5 m or more).
_LATERAL = 1.75
#: Lines within this distance (m) pass through a node; their direction is that of 2 `_CHORD` (m).
_THROUGH = 0.5
_CHORD = 5.0


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Nodes of one kind within one distance along the track; ratios are None where undefined.

    Parameters
    ----------
    kind
        Value of the column ``railway``.
    distance_m
        Largest distance along the track of a match.
    truth, predicted, matched
        Numbers of nodes.
    recall, precision
        Matched / truth, matched / predicted.
    wrong_kind
        Unmatched true nodes that have a predicted node of another compared kind nearby.
    along_rmse_m
        RMSE along the track of matched nodes, metres.
    within_2_sigma
        Share of matched nodes with a stated angle and sigma whose true angle is within
        2 sigma of it.
    side_right
        Share of matched nodes with equal ``turnout_side``, of those that have it in both.
    sides_right, sides_wrong
        Their numbers.
    numbers
        Number of matched nodes with a crossing number (or an angle) in both.
    number_error, number_bias
        Median of the absolute and of the signed error of their crossing number N, predicted minus
        true.
    """

    kind: str
    distance_m: float
    truth: int
    predicted: int
    matched: int
    recall: float | None
    precision: float | None
    wrong_kind: int
    along_rmse_m: float | None
    within_2_sigma: float | None
    side_right: float | None
    sides_right: int = 0
    sides_wrong: int = 0
    numbers: int = 0
    number_error: float | None = None
    number_bias: float | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Number of nodes of a true and a predicted kind within one distance along the track.

    Nodes of the same kind are matched first; of what remains, a true node is matched with a
    predicted one of another kind.

    Parameters
    ----------
    distance_m
        Largest distance along the track of a match.
    truth, predicted
        Kinds; None for a node that only the other layer has.
    count
        Number of nodes.
    """

    distance_m: float
    truth: str | None
    predicted: str | None
    count: int


@dataclass(frozen=True, slots=True)
class NodeScores:
    """One score per kind and distance; empty if the truth has no layer of nodes.

    Parameters
    ----------
    scores
        By distance, then kind.
    confusion
        All pairs of kinds, by distance.
    """

    scores: tuple[NodeScore, ...]
    confusion: tuple[Confusion, ...] = ()

    def at(self, kind: str, distance_m: float) -> NodeScore:
        """Return one score; raise `UsageError` if it was not evaluated."""
        for score in self.scores:
            if (score.kind, score.distance_m) == (kind, distance_m):
                return score
        raise UsageError(f"no score of {kind} nodes at {distance_m:g} m")


def evaluate_nodes(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
    distances: Sequence[float] = NODE_DISTANCES,
) -> NodeScores:
    """Compare the switches and crossings of two maps.

    A predicted node matches a true one of the same kind within a distance along the true track
    and 1.75 m across it. The assignment is one to one, with the most matches and then the least
    total distance.

    Parameters
    ----------
    predicted, truth, ignore, area
        As for `railmap.evaluation.lines.evaluate_lines`.
    distances
        Largest distances along the track, metres.

    Returns
    -------
    NodeScores
        One score for each kind and distance.

    Raises
    ------
    InputError, GeoreferenceError
        As for `railmap.evaluation.lines.evaluate_lines`.
    """
    comparison = compare_layers(predicted, truth, ignore=ignore, area=area)
    return score_nodes(comparison, distances=distances)


def score_nodes(
    comparison: Comparison, *, distances: Sequence[float] = NODE_DISTANCES
) -> NodeScores:
    """Compute `evaluate_nodes` for layers that were already read."""
    truth, predicted = _kinds(comparison.truth.nodes), _kinds(comparison.predicted.nodes)
    if "railway" not in comparison.truth.nodes.columns:
        return NodeScores(())
    axes = _axes(truth, comparison.truth.lines.geometry.to_numpy())
    scores: list[NodeScore] = []
    confusion: list[Confusion] = []
    for distance in map(float, distances):
        matches = {kind: _matches(kind, distance, truth, predicted, axes) for kind in NODE_KINDS}
        scores += [
            _score(kind, distance, truth, predicted, axes, comparison, matches[kind])
            for kind in NODE_KINDS
        ]
        confusion += _confusion(distance, truth, predicted, axes, comparison, matches)
    return NodeScores(tuple(scores), tuple(confusion))


def _kinds(nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "railway" not in nodes.columns:
        return nodes.iloc[:0]
    point = (nodes.geom_type == "Point") & ~nodes.geometry.is_empty
    return nodes[point & nodes["railway"].isin(NODE_KINDS)].reset_index(drop=True)


def _xy(nodes: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return shapely.get_coordinates(nodes.geometry.to_numpy()).reshape(-1, 2)


def _of_kind(nodes: gpd.GeoDataFrame, kind: str) -> NDArray[np.bool_]:
    return (nodes["railway"] == kind).to_numpy(dtype=bool) if len(nodes) else np.empty(0, bool)


def _matches(
    kind: str,
    distance: float,
    truth: gpd.GeoDataFrame,
    predicted: gpd.GeoDataFrame,
    axes: NDArray[np.float64],
) -> _Matches:
    """Match the nodes of one kind; return rows of both layers and distances along the track."""
    true_kind, predicted_kind = _of_kind(truth, kind), _of_kind(predicted, kind)
    a, b, along = _pair(
        _xy(truth)[true_kind], axes[true_kind], _xy(predicted)[predicted_kind], distance
    )
    return np.flatnonzero(true_kind)[a], np.flatnonzero(predicted_kind)[b], along


def _confusion(
    distance: float,
    truth: gpd.GeoDataFrame,
    predicted: gpd.GeoDataFrame,
    axes: NDArray[np.float64],
    comparison: Comparison,
    matches: Mapping[str, _Matches],
) -> list[Confusion]:
    xy, predicted_xy = _xy(truth), _xy(predicted)
    judged, judged_predicted = comparison.judged(xy), comparison.judged(predicted_xy)
    kind_of: list[str | None] = [None] * len(truth)
    free = np.ones(len(predicted), bool)
    for kind, (row, column, _) in matches.items():
        free[column] = False
        for index in row.tolist():
            kind_of[index] = kind
    missed = np.flatnonzero([kind is None for kind in kind_of])
    others = np.flatnonzero(free)
    a, b, _ = _pair(xy[missed], axes[missed], predicted_xy[others], distance)
    for index, column in zip(missed[a].tolist(), others[b].tolist(), strict=True):
        kind_of[index] = predicted["railway"].iloc[column]
        free[column] = False
    pairs = Counter(
        (truth["railway"].iloc[index], kind_of[index]) for index in np.flatnonzero(judged).tolist()
    )
    alone = np.flatnonzero(free & judged_predicted).tolist()
    pairs.update((None, predicted["railway"].iloc[index]) for index in alone)
    kinds = (*NODE_KINDS, None)
    return [
        Confusion(distance, one, other, pairs[one, other])
        for one in kinds
        for other in kinds
        if one is not None or other is not None
    ]


def _score(
    kind: str,
    distance: float,
    truth: gpd.GeoDataFrame,
    predicted: gpd.GeoDataFrame,
    axes: NDArray[np.float64],
    comparison: Comparison,
    matches: _Matches,
) -> NodeScore:
    true_kind, predicted_kind = _of_kind(truth, kind), _of_kind(predicted, kind)
    xy, predicted_xy = _xy(truth), _xy(predicted)
    row, column, along = matches
    # A match across the edge of the evaluated area counts for the node that is inside.
    judged, judged_predicted = comparison.judged(xy), comparison.judged(predicted_xy)
    n_truth = int((true_kind & judged).sum())
    n_predicted = int((predicted_kind & judged_predicted).sum())
    hits = int(judged[row].sum())
    right = int(judged_predicted[column].sum())

    missed = np.setdiff1d(np.flatnonzero(true_kind & judged), row)
    other, _, _ = _pair(xy[missed], axes[missed], predicted_xy[~predicted_kind], distance)
    keep = judged[row]
    pair = truth.iloc[row], predicted.iloc[column]
    right_side, wrong_side = _sides(*pair)
    error = _crossing_number(pair[1]) - _crossing_number(pair[0])
    error = error[np.isfinite(error)]
    return NodeScore(
        kind=kind,
        distance_m=distance,
        truth=n_truth,
        predicted=n_predicted,
        matched=hits,
        recall=hits / n_truth if n_truth else None,
        precision=right / n_predicted if n_predicted else None,
        wrong_kind=len(other),
        along_rmse_m=float(np.sqrt(np.mean(along[keep] ** 2))) if keep.any() else None,
        within_2_sigma=_within_2_sigma(*pair),
        side_right=right_side / (right_side + wrong_side) if right_side + wrong_side else None,
        sides_right=right_side,
        sides_wrong=wrong_side,
        numbers=len(error),
        number_error=float(np.median(np.abs(error))) if len(error) else None,
        number_bias=float(np.median(error)) if len(error) else None,
    )


def _pair(
    xy: NDArray[np.float64], axis: NDArray[np.float64], others: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Match one to one; return indices into both and the distances along the track."""
    nothing = np.empty(0, np.int64)
    if not len(xy) or not len(others):
        return nothing, nothing, np.empty(0)
    radius = float(np.hypot(limit, _LATERAL))
    near = cKDTree(xy).sparse_distance_matrix(cKDTree(others), radius, output_type="ndarray")
    i, j = near["i"].astype(np.int64), near["j"].astype(np.int64)
    delta = others[j] - xy[i]
    known = np.hypot(axis[i, 0], axis[i, 1]) > 0
    far = np.hypot(delta[:, 0], delta[:, 1])
    along = np.where(known, (delta * axis[i]).sum(axis=1), far)
    across = np.where(known, delta[:, 0] * axis[i, 1] - delta[:, 1] * axis[i, 0], 0.0)
    fits = (np.abs(along) <= limit + 1e-9) & (np.abs(across) <= _LATERAL)
    i, j, along = i[fits], j[fits], along[fits]
    if not len(i):
        return nothing, nothing, np.empty(0)
    rows, row = np.unique(i, return_inverse=True)
    columns, column = np.unique(j, return_inverse=True)
    # An additional match outweighs any distance.
    cost = np.full((len(rows), len(columns)), 1e6)
    cost[row, column] = np.abs(along)
    distance = np.zeros(cost.shape)
    distance[row, column] = along
    a, b = linear_sum_assignment(cost)
    real = cost[a, b] < 1e6
    a, b = a[real], b[real]
    return rows[a], columns[b], distance[a, b]


def _axes(nodes: gpd.GeoDataFrame, lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the track direction at each node (unit vector), zero where there is no track."""
    axis = np.zeros((len(nodes), 2))
    if not len(nodes) or not len(lines):
        return axis
    points = nodes.geometry.to_numpy()
    node, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_THROUGH)
    through = lines[line]
    at = shapely.line_locate_point(through, points[node])
    low = shapely.line_interpolate_point(through, np.maximum(at - _CHORD, 0.0))
    high = shapely.line_interpolate_point(through, np.minimum(at + _CHORD, shapely.length(through)))
    chord = shapely.get_coordinates(high) - shapely.get_coordinates(low)
    # Directions have no sign, so doubled angles are averaged.
    twice = 2.0 * np.arctan2(chord[:, 1], chord[:, 0])
    cosine = np.bincount(node, np.cos(twice), len(nodes))
    sine = np.bincount(node, np.sin(twice), len(nodes))
    angle = 0.5 * np.arctan2(sine, cosine)
    has = np.bincount(node, minlength=len(nodes)) > 0
    axis[has] = np.column_stack([np.cos(angle), np.sin(angle)])[has]
    return axis


def _number(nodes: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in nodes.columns:
        return np.full(len(nodes), np.nan)
    return pd.to_numeric(nodes[column], errors="coerce").to_numpy(dtype=np.float64)


def _angle(nodes: pd.DataFrame) -> NDArray[np.float64]:
    """Return the turnout angle in degrees: stated, or from crossing number N = cot(angle)."""
    stated = _number(nodes, "angle_deg")
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = np.degrees(np.arctan(1.0 / _number(nodes, "crossing_number")))
    return np.where(np.isnan(stated), derived, stated)


def _within_2_sigma(truth: pd.DataFrame, predicted: pd.DataFrame) -> float | None:
    true_angle, angle = _angle(truth), _angle(predicted)
    sigma = _number(predicted, "angle_sigma_deg")
    known = np.isfinite(true_angle) & np.isfinite(angle) & np.isfinite(sigma)
    if not known.any():
        return None
    return float(np.mean((np.abs(angle - true_angle) <= 2.0 * sigma)[known]))


def _crossing_number(nodes: pd.DataFrame) -> NDArray[np.float64]:
    """Return the crossing number: stated, or N = cot(angle)."""
    stated = _number(nodes, "crossing_number")
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = 1.0 / np.tan(np.radians(_number(nodes, "angle_deg")))
    return np.where(np.isnan(stated), derived, stated)


def _sides(truth: pd.DataFrame, predicted: pd.DataFrame) -> tuple[int, int]:
    """Return the numbers of nodes with the right and with the wrong side."""
    if "turnout_side" not in truth.columns or "turnout_side" not in predicted.columns:
        return 0, 0
    a, b = truth["turnout_side"].to_numpy(), predicted["turnout_side"].to_numpy()
    known = ~(pd.isna(a) | pd.isna(b))
    right = int((a[known] == b[known]).sum())
    return right, int(known.sum()) - right
