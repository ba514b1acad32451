"""Evaluate switches and crossings: detection, type and position along the track."""

from __future__ import annotations

from collections.abc import Sequence
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

__all__ = ["NODE_KINDS", "NodeScore", "NodeScores", "evaluate_nodes", "score_nodes"]

#: Kinds of node that are compared, values of the column ``railway``.
NODE_KINDS = ("switch", "railway_crossing")

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


@dataclass(frozen=True, slots=True)
class NodeScores:
    """One score per kind and distance; empty if the truth has no layer of nodes."""

    scores: tuple[NodeScore, ...]

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
    distances: Sequence[float] = (2.0, 5.0),
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


def score_nodes(comparison: Comparison, *, distances: Sequence[float] = (2.0, 5.0)) -> NodeScores:
    """Compute `evaluate_nodes` for layers that were already read."""
    truth, predicted = _kinds(comparison.truth.nodes), _kinds(comparison.predicted.nodes)
    if "railway" not in comparison.truth.nodes.columns:
        return NodeScores(())
    axes = _axes(truth, comparison.truth.lines.geometry.to_numpy())
    scores = [
        _score(kind, float(distance), truth, predicted, axes, comparison)
        for distance in distances
        for kind in NODE_KINDS
    ]
    return NodeScores(tuple(scores))


def _kinds(nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "railway" not in nodes.columns:
        return nodes.iloc[:0]
    point = (nodes.geom_type == "Point") & ~nodes.geometry.is_empty
    return nodes[point & nodes["railway"].isin(NODE_KINDS)].reset_index(drop=True)


def _xy(nodes: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return shapely.get_coordinates(nodes.geometry.to_numpy()).reshape(-1, 2)


def _score(
    kind: str,
    distance: float,
    truth: gpd.GeoDataFrame,
    predicted: gpd.GeoDataFrame,
    axes: NDArray[np.float64],
    comparison: Comparison,
) -> NodeScore:
    true_kind = (truth["railway"] == kind).to_numpy() if len(truth) else np.empty(0, bool)
    predicted_kind = (
        (predicted["railway"] == kind).to_numpy() if len(predicted) else np.empty(0, bool)
    )
    xy, predicted_xy = _xy(truth), _xy(predicted)
    true_index, index, along = _pair(
        xy[true_kind], axes[true_kind], predicted_xy[predicted_kind], distance
    )
    row, column = np.flatnonzero(true_kind)[true_index], np.flatnonzero(predicted_kind)[index]
    # A match across the edge of the evaluated area counts for the node that is inside.
    judged, judged_predicted = comparison.judged(xy), comparison.judged(predicted_xy)
    n_truth = int((true_kind & judged).sum())
    n_predicted = int((predicted_kind & judged_predicted).sum())
    hits = int(judged[row].sum())
    right = int(judged_predicted[column].sum())

    missed = np.setdiff1d(np.flatnonzero(true_kind & judged), row)
    other, _, _ = _pair(xy[missed], axes[missed], predicted_xy[~predicted_kind], distance)
    keep = judged[row]
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
        within_2_sigma=_within_2_sigma(truth.iloc[row], predicted.iloc[column]),
        side_right=_side_right(truth.iloc[row], predicted.iloc[column]),
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


def _side_right(truth: pd.DataFrame, predicted: pd.DataFrame) -> float | None:
    if "turnout_side" not in truth.columns or "turnout_side" not in predicted.columns:
        return None
    a, b = truth["turnout_side"].to_numpy(), predicted["turnout_side"].to_numpy()
    known = ~(pd.isna(a) | pd.isna(b))
    return float(np.mean(a[known] == b[known])) if known.any() else None
