"""Measure the evidence for every piece of track between two nodes."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.geometry.curves import Array, left_normals, length_of, resample, smooth
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph

__all__ = ["FEATURES", "piece_features"]

FEATURES = (
    "mean",
    "low",
    "spread",
    "contrast",
    "low_contrast",
    "log_length",
    "gap",
    "bend",
    "wiggle",
    "log_gsd",
    "parallel",
    "joined",
    "free",
    "clipped",
)
"""Names of the columns of `piece_features`."""

_STEP = 0.5  # between sample points, metres
_ASIDE = 1.9  # where the probability of a track has fallen off, metres
_LOW = 20.0  # percentile that describes the weak parts of a piece
_WAVELENGTH = 6.0  # shorter bends count as wiggle, metres
_PARALLEL = (3.2, 7.0)  # distance of the next track of a line or yard, metres
_PARALLEL_HEADING = np.cos(np.radians(8.0))


def piece_features(graph: WorkGraph, field: ProbabilityField, source_gsd: float) -> Array:
    """Measure the evidence for every edge.

    Parameters
    ----------
    graph
        Network in metres; not changed.
    field
        Track probability on the same metres.
    source_gsd
        GSD of the image that the probability was computed from, metres.

    Returns
    -------
    Array
        ``(n, len(FEATURES))``, a row for each of ``sorted(graph.edges)``: mean, 20th
        percentile and standard deviation of the probability on the line where it was seen, not
        bridged (0-1); mean and 20th percentile of how far it exceeds that 1.9 m to either
        side; logarithm of the length; share bridged without evidence; mean curvature (1/km) and
        RMS distance (m) from the line smoothed over 6 m; logarithm of `source_gsd`; share with a
        parallel track 3.2 to 7 m away; probability of the best continuation, mean of both ends;
        number of free ends inside the data, and at an edge of the data.
    """
    numbers = sorted(graph.edges)
    out = np.zeros((len(numbers), len(FEATURES)))
    if not numbers:
        return out
    for row, number in zip(out, numbers, strict=True):
        row[:10] = _measure(graph, number, field, source_gsd)
    out[:, 10] = _parallel(graph, numbers)
    index = {number: i for i, number in enumerate(numbers)}
    strength = out[:, 0] * np.minimum(1.0, np.exp(out[:, 5]) / 20.0)
    for row, number in zip(out, numbers, strict=True):
        row[11:] = _ends(graph, number, index, strength)
    return out


def _measure(graph: WorkGraph, number: int, field: ProbabilityField, source_gsd: float) -> Array:
    edge = graph.edges[number]
    length = length_of(edge.xy)
    xy = resample(edge.xy, _STEP)
    middle = field.values(xy)
    aside = left_normals(xy) * _ASIDE
    sides = np.stack([field.values(xy + aside), field.values(xy - aside)])
    known = np.isfinite(middle)
    if not known.any():
        middle, known = np.zeros(len(xy)), np.ones(len(xy), bool)
    gap = min(edge.gap_m / max(length, 1e-9), 1.0)
    seen = _seen(middle, known, gap)
    p = middle[seen]
    contrast = p - np.nan_to_num(sides[:, seen]).max(axis=0)
    eased = smooth(xy, np.ones(len(xy)), _STEP, _WAVELENGTH)
    wiggle = float(np.sqrt(np.mean(np.sum((eased - xy) ** 2, axis=1))))
    return np.array([
        p.mean(), np.percentile(p, _LOW), p.std(),
        contrast.mean(), np.percentile(contrast, _LOW),
        np.log(max(length, _STEP)), gap,
        _bend(eased), wiggle, np.log(source_gsd),
    ])  # fmt: skip


def _seen(middle: Array, known: NDArray[np.bool_], gap: float) -> NDArray[np.intp]:
    """Points that were not bridged: those of the highest probability, as bridged ones have none."""
    order = np.flatnonzero(known)
    order = order[np.argsort(-middle[order], kind="stable")]
    return np.sort(order[: max(round(len(order) * (1 - gap)), 1)])


def _bend(xy: Array) -> float:
    """Mean change of heading, radians per kilometre."""
    steps = np.diff(xy, axis=0)
    length = float(np.hypot(*steps.T).sum())
    if len(steps) < 2 or length <= 0:
        return 0.0
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    return float(np.abs(np.diff(heading)).sum() / length * 1000)


def _parallel(graph: WorkGraph, numbers: list[int]) -> Array:
    """Return the share of each edge that has a parallel neighbour at track distance."""
    lines = [shapely.linestrings(graph.edges[number].xy) for number in numbers]
    tree = shapely.STRtree(lines)
    share = np.zeros(len(numbers))
    for i, line in enumerate(lines):
        xy = resample(graph.edges[numbers[i]].xy, 2 * _STEP)
        heading = np.gradient(xy, axis=0) if len(xy) > 1 else np.zeros_like(xy)
        heading /= np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
        points = shapely.points(xy)
        found = np.zeros(len(xy), bool)
        for other in sorted(tree.query(line, "dwithin", _PARALLEL[1])):
            if other != i:
                found |= _alongside(points, heading, lines[other])
        share[i] = found.mean()
    return share


def _alongside(
    points: NDArray[np.object_], heading: Array, line: shapely.LineString
) -> NDArray[np.bool_]:
    distance = shapely.distance(points, line)
    near = (distance >= _PARALLEL[0]) & (distance <= _PARALLEL[1])
    if near.any():
        at = shapely.line_locate_point(line, points[near])
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, at + 1.0))
        behind = shapely.get_coordinates(
            shapely.line_interpolate_point(line, np.maximum(at - 1.0, 0.0))
        )
        along = ahead - behind
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        near[near] = np.abs(np.sum(along * heading[near], axis=1)) >= _PARALLEL_HEADING
    return np.asarray(near)


def _ends(graph: WorkGraph, number: int, index: dict[int, int], strength: Array) -> Array:
    """Strength of the continuation, free ends, ends at an edge of the data."""
    edge = graph.edges[number]
    joined, free, clipped = 0.0, 0.0, 0.0
    for node in (edge.start, edge.end):
        others = [n for n, _ in graph.incident(node) if n != number]
        if others:
            joined += 0.5 * max(float(strength[index[n]]) for n in others)
        elif graph.nodes[node].at_dataset_edge:
            clipped += 1
        else:
            free += 1
    return np.array([joined, free, clipped])
