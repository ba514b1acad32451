"""Compare links and nodes of two surveys."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from railmap.mapping.compare.overlap import Samples, Stretch, mutual, overlay, stretches

__all__ = ["Change", "CompareLimits", "compare_links", "compare_nodes"]

_LINK_ATTRIBUTES = (
    "railway", "usage", "service", "name", "ref", "track_ref", "gauge", "electrified",
    "maxspeed", "bridge", "tunnel", "layer",
)  # fmt: skip
_NODE_ATTRIBUTES = ("railway", "turnout_side")
# Links match if at least this share of one of them is on the other.
_SAME_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class CompareLimits:
    """Thresholds for matching and for changes.

    Parameters
    ----------
    reach_m
        Maximum displacement of a track, metres; less than half the track spacing.
    node_reach_m
        Maximum displacement of switches, crossings and ends, metres.
    defect_reach_m
        Maximum displacement of defects, metres.
    shortest_m
        Minimum length of a reported change of track, metres.
    sigmas
        A displacement above this multiple of the combined accuracy is a move.
    accuracy_m
        Standard deviation for objects without accuracy, metres.
    growth
        A defect whose area or length increased by this share has grown.
    """

    reach_m: float = 1.75
    node_reach_m: float = 5.0
    defect_reach_m: float = 0.5
    shortest_m: float = 5.0
    sigmas: float = 3.0
    accuracy_m: float = 0.1
    growth: float = 0.1


@dataclass(slots=True)
class Change:
    """A row of a change layer with its geometry."""

    values: dict[str, Any]
    geometry: BaseGeometry
    order: tuple[Any, ...] = field(default_factory=tuple)


def compare_links(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    seen_old: BaseGeometry,
    seen_new: BaseGeometry,
    limits: CompareLimits,
) -> tuple[list[Change], dict[str, str]]:
    """Compare the links of two surveys.

    Parameters
    ----------
    old, new
        ``railway_link`` of both surveys, in one CRS.
    seen_old, seen_new
        Areas covered by the surveys' images; empty means everything. Track outside the other
        survey's area is neither new nor removed.
    limits
        Thresholds.

    Returns
    -------
    list of Change, dict
        Rows of ``link_change``, and the old id by new id.
    """
    old, new = (frame[frame.geometry.geom_type == "LineString"] for frame in (old, new))
    lines_old, lines_new = (shapely.force_2d(f.geometry.to_numpy()) for f in (old, new))
    forth = mutual(overlay(lines_new, lines_old, reach_m=limits.reach_m), lines_new, lines_old)
    back = mutual(overlay(lines_old, lines_new, reach_m=limits.reach_m), lines_old, lines_new)
    pairs = _same(forth, back, len(new), len(old))
    changes = _lost(new, lines_new, forth, seen_old, "new", limits)
    changes += _lost(old, lines_old, back, seen_new, "removed", limits)
    changes += _moved(old, new, lines_new, forth, limits)
    ids: dict[str, str] = {}
    ids_old, ids_new = (frame["link_id"].to_numpy() for frame in (old, new))
    values_old, values_new = (_values(frame, _LINK_ATTRIBUTES) for frame in (old, new))
    for to, of in sorted(pairs.items()):
        ids[ids_new[to]] = ids_old[of]
        if differences := _differences(values_old, of, values_new, to):
            values = _ids(old, of, new, to) | {
                "change": "attributes",
                "m_from": 0.0,
                "m_to": float(shapely.length(lines_new[to])),
                "attributes": differences,
            }
            changes.append(Change(values, lines_new[to]))
    return changes, ids


def compare_nodes(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    seen_old: BaseGeometry,
    seen_new: BaseGeometry,
    limits: CompareLimits,
) -> tuple[list[Change], dict[str, str]]:
    """Compare nodes with a kind; also return the old id by new id of all nodes.

    Parameters are those of `compare_links`.
    """
    old, new = (frame[frame.geometry.geom_type == "Point"] for frame in (old, new))
    xy_old, xy_new = (shapely.get_coordinates(f.geometry.to_numpy()) for f in (old, new))
    kinds_old, kinds_new = (f["railway"].fillna("").to_numpy() for f in (old, new))
    pairs = nearest_pairs(xy_old, xy_new, kinds_old, kinds_new, limits.node_reach_m)
    changes: list[Change] = []
    ids: dict[str, str] = {}
    ids_old, ids_new = (frame["node_id"].to_numpy() for frame in (old, new))
    values_old, values_new = (_values(frame, _NODE_ATTRIBUTES) for frame in (old, new))
    for to, (of, distance) in sorted(pairs.items()):
        ids[ids_new[to]] = ids_old[of]
        if not kinds_new[to]:
            continue
        sigma = _sigma(old, [of], new, to, limits)
        differences = _differences(values_old, of, values_new, to)
        common = {
            "railway": kinds_new[to],
            "old_node_id": ids_old[of],
            "new_node_id": ids_new[to],
            "moved_m": distance,
            "sigma_m": sigma,
        }
        if distance > limits.sigmas * sigma:
            changes.append(Change(common | {"change": "moved"}, new.geometry.iloc[to]))
        if differences:
            values = common | {"change": "attributes", "attributes": differences}
            changes.append(Change(values, new.geometry.iloc[to]))
    partners = {of for of, _ in pairs.values()}
    for frame, there, seen, change, column in (
        (new, set(pairs), seen_old, "new", "new_node_id"),
        (old, partners, seen_new, "removed", "old_node_id"),
    ):
        for row, (kind, place) in enumerate(zip(frame["railway"], frame.geometry, strict=True)):
            if row in there or pd.isna(kind) or not covers(seen, place):
                continue
            values = {"change": change, "railway": kind, column: frame["node_id"].iloc[row]}
            changes.append(Change(values, place))
    return changes, ids


def covers(seen: BaseGeometry, place: BaseGeometry) -> bool:
    """Return whether a survey covers a position; a survey without images covers everything."""
    return seen.is_empty or bool(shapely.intersects(seen, place))


def nearest_pairs(
    old: NDArray[np.float64],
    new: NDArray[np.float64],
    kinds_old: NDArray[np.object_],
    kinds_new: NDArray[np.object_],
    reach_m: float,
) -> dict[int, tuple[int, float]]:
    """Pair points of the same kind, nearest first; return old index and distance by new index."""
    if not len(old) or not len(new):
        return {}
    near = cKDTree(new).sparse_distance_matrix(cKDTree(old), reach_m, output_type="ndarray")
    order = np.lexsort((near["j"], near["i"], near["v"]))
    pairs: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for index in order:
        to, of = int(near["i"][index]), int(near["j"][index])
        if to in pairs or of in taken or kinds_new[to] != kinds_old[of]:
            continue
        pairs[to] = (of, float(near["v"][index]))
        taken.add(of)
    return pairs


def _same(forth: Samples, back: Samples, count_new: int, count_old: int) -> dict[int, int]:
    """Return old by new link index, pairing links with the largest common share first."""
    there = forth.shares(count_new, count_old)
    again = back.shares(count_old, count_new)
    ranked = sorted(
        (
            (-min(share, again.get((of, to), 0.0)), -max(share, again.get((of, to), 0.0)), to, of)
            for (to, of), share in there.items()
            if max(share, again.get((of, to), 0.0)) >= _SAME_SHARE
        ),
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, to, of in ranked:
        if to not in pairs and of not in taken:
            pairs[to] = of
            taken.add(of)
    return pairs


def _lost(
    frame: gpd.GeoDataFrame,
    lines: NDArray[np.object_],
    samples: Samples,
    seen: BaseGeometry,
    change: str,
    limits: CompareLimits,
) -> list[Change]:
    chosen = samples.other < 0
    if not seen.is_empty and len(chosen):
        shapely.prepare(seen)
        chosen &= shapely.intersects_xy(seen, samples.xy[:, 0], samples.xy[:, 1])
    column = "new_link_id" if change == "new" else "old_link_id"
    return [
        Change(
            {
                "change": change,
                column: frame["link_id"].iloc[run.line],
                "m_from": float(samples.m[run.first]),
                "m_to": float(samples.m[run.last]),
            },
            _piece(lines, samples, run),
        )
        for run in stretches(samples, chosen, limits.shortest_m)
    ]


def _moved(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    lines: NDArray[np.object_],
    samples: Samples,
    limits: CompareLimits,
) -> list[Change]:
    if not len(old) or not len(samples.m):
        return []
    sigma_new = _accuracies(new, limits)[samples.line]
    sigma_old = _accuracies(old, limits)[samples.other]
    sigma = np.hypot(sigma_new, sigma_old)
    chosen = (samples.other >= 0) & (samples.distance > limits.sigmas * sigma)
    changes = []
    for run in stretches(samples, chosen, limits.shortest_m):
        part = slice(run.first, run.last + 1)
        of, times = np.unique(samples.other[part], return_counts=True)
        values = _ids(old, int(of[times.argmax()]), new, run.line) | {
            "change": "moved",
            "m_from": float(samples.m[run.first]),
            "m_to": float(samples.m[run.last]),
            "moved_mean_m": float(samples.distance[part].mean()),
            "moved_max_m": float(samples.distance[part].max()),
            "sigma_m": float(sigma[part].mean()),
        }
        changes.append(Change(values, _piece(lines, samples, run)))
    return changes


def _piece(lines: NDArray[np.object_], samples: Samples, run: Stretch) -> BaseGeometry:
    return substring(lines[run.line], samples.m[run.first], samples.m[run.last])


def _accuracies(frame: gpd.GeoDataFrame, limits: CompareLimits) -> NDArray[np.float64]:
    return np.asarray(frame["h_accuracy_m"].fillna(limits.accuracy_m), dtype=np.float64)


def _sigma(
    old: gpd.GeoDataFrame, of: Sequence[int], new: gpd.GeoDataFrame, to: int, limits: CompareLimits
) -> float:
    a, b = _accuracies(old.iloc[list(of)], limits)[0], _accuracies(new.iloc[[to]], limits)[0]
    return math.hypot(a, b)


def _ids(old: gpd.GeoDataFrame, of: int, new: gpd.GeoDataFrame, to: int) -> dict[str, Any]:
    return {"old_link_id": old["link_id"].iloc[of], "new_link_id": new["link_id"].iloc[to]}


def _values(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return columns as lists of plain Python values, None for NULL."""
    out = {}
    for column in columns:
        values = frame[column].astype(object)
        plain = values.where(values.notna(), None).tolist()
        out[column] = [value.item() if hasattr(value, "item") else value for value in plain]
    return out


def _differences(
    old: dict[str, list[Any]], of: int, new: dict[str, list[Any]], to: int
) -> str | None:
    found = {
        column: [old[column][of], new[column][to]]
        for column in new
        if old[column][of] != new[column][to]
    }
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None
