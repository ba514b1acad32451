"""Refine centrelines on the two rails: brightness ridges one gauge apart in the image."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from affine import Affine
from numpy.typing import NDArray

from railmap.geometry.constants import RAIL_HEAD
from railmap.geometry.curves import Array, arc_length, left_normals, length_of, smooth
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.rail_ridges import (
    REACH,
    RidgeStrip,
    common_gauge,
    find_ridges,
    pair_strength,
)
from railmap.geometry.evidence.strip import Image
from railmap.geometry.graph import WorkGraph
from railmap.progress import Reporter

__all__ = ["RAIL_GSD", "RailFit", "best_path", "drawn_on_rails", "fit_rails"]

RAIL_GSD = 0.12
"""Coarsest GSD at which an image shows single rails, metres."""

_MIN_SCORE = 2.5  # strength of the weaker ridge, in units of the noise
_MIN_LENGTH = 10.0  # shortest edge that is fitted, metres
_DOMINANCE = 1.5  # score of the best offset over that of any other
_ELSEWHERE = 0.09  # offsets further apart than this are different ones, metres
_DRAWN_SIGMA = 0.15  # of an edge that was drawn on the rails of a turnout, metres
_TRANSITION = 15.0  # metres of edge over which the shift of its node fades out


@dataclass(frozen=True, slots=True)
class RailFit:
    """Measurement of the rails of one graph edge.

    Parameters
    ----------
    offset
        ``(n,)`` metres to the left, at the points of the edge.
    sigma
        Standard deviation of the offset, metres.
    gauge_mm, gauge_sigma_mm
        Distance of the inner faces of the rail heads and its standard deviation, millimetres.
    """

    offset: Array
    sigma: float
    gauge_mm: float | None
    gauge_sigma_mm: float | None


def fit_rails(
    graph: WorkGraph, image: Image, transform: Affine, scale: Scale, reporter: Reporter
) -> dict[int, RailFit]:
    """Move every edge onto the middle of its rails, where the image shows them.

    Only bright rail heads count: most dark strips are shadows next to the rails.

    Parameters
    ----------
    graph
        The network; changed in place.
    image
        Image at a GSD of `RAIL_GSD` or finer.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid.
    scale
        Lengths of the probability raster.
    reporter
        Receives the progress in kilometres.

    Returns
    -------
    dict of int to RailFit
        Measurements by edge number; edges without visible rails are missing.

    Raises
    ------
    Cancelled
        If the reporter was cancelled.
    """
    gsd = image.grid.gsd
    du = float(np.clip(0.5 * gsd, 0.01, 0.04))
    half = int(np.ceil((REACH + 0.95) / du))
    u: Array = np.arange(-half, half + 1, dtype=np.float64) * du
    reporter.stage("rails", sum(length_of(s.xy) for s in graph.edges.values()) / 1000, "km")
    strips = []
    for number in sorted(graph.edges):
        xy = graph.edges[number].xy
        size = length_of(xy)
        if size >= _MIN_LENGTH:
            strip = find_ridges(number, xy, image, transform, u, gsd, scale.step)
            if strip is not None:
                strips.append(strip)
        reporter.advance(size / 1000)
    found = common_gauge(strips, du)
    if found is None:
        return {}
    gauge, bright = found
    fits = {}
    for strip in bright:
        fit = _fit(strip, graph.edges[strip.number].xy, gauge, du, gsd)
        if fit is not None:
            fits[strip.number] = fit
    _move(graph, fits)
    return fits


def drawn_on_rails(xy: Array) -> RailFit:
    """Measurement of an edge that was drawn on the rails of a turnout, ``(n, 2)`` metres."""
    return RailFit(np.zeros(len(xy)), _DRAWN_SIGMA, None, None)


@numba.njit(cache=True, nogil=True)
def best_path(score: Array, stiffness: float) -> NDArray[np.int64]:
    """Find the path of highest total score through the rows (Viterbi).

    Parameters
    ----------
    score
        ``(n, m)``.
    stiffness
        Penalty on the squared step between rows, in columns.

    Returns
    -------
    ndarray
        ``(n,)`` columns.
    """
    n, m = score.shape
    total = score[0].copy()
    back = np.zeros((n, m), np.int64)
    for i in range(1, n):
        new = np.empty(m)
        for k in range(m):
            best, at = -np.inf, k
            for j in range(max(k - 6, 0), min(k + 7, m)):
                v = total[j] - stiffness * (k - j) ** 2
                if v > best:
                    best, at = v, j
            new[k] = best + score[i, k]
            back[i, k] = at
        total = new
    path = np.empty(n, np.int64)
    path[n - 1] = np.argmax(total)
    for i in range(n - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return path


def _peak(values: Array, at: NDArray[np.int64]) -> Array:
    """Position of the maximum near column `at` in each row, interpolated between columns."""
    rows = np.arange(len(values))
    k = np.clip(at, 1, values.shape[1] - 2)
    left, middle, right = values[rows, k - 1], values[rows, k], values[rows, k + 1]
    curve = left - 2 * middle + right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(curve < 0, 0.5 * (left - right) / curve, 0.0)
    return np.asarray(k + np.clip(np.nan_to_num(shift), -1.0, 1.0))


def _fit(strip: RidgeStrip, xy: Array, gauge: float, du: float, gsd: float) -> RailFit | None:
    pair = np.clip(pair_strength(strip.ridge, gauge, du), 0.0, 6.0)
    path = best_path(pair, 0.3 * (du / 0.03) ** 2)
    rows = np.arange(len(pair))
    score = pair[rows, path]
    good = score > 1.0
    if np.median(score) < _MIN_SCORE or good.mean() < 0.6:
        return None
    # the same path shifted to either side must score clearly less
    far = max(round(max(_ELSEWHERE, 1.5 * gsd) / du), 1)
    full = pair_strength(strip.ridge, gauge, du)
    full = np.clip(full, 0.0, 3.0 * float(np.median(full[rows, path])))
    best, width = float(full[rows, path].mean()), pair.shape[1]
    for shift in [*range(-width, -far + 1), *range(far, width)]:
        at = path + shift
        inside = (at >= 0) & (at < width)
        if inside.mean() > 0.8 and full[rows[inside], at[inside]].mean() * _DOMINANCE > best:
            return None
    left, right = _rail_places(strip.ridge, path, gauge, du)
    reach = round(REACH / du)
    place = (0.5 * (left + right) - strip.ridge.shape[1] // 2) * du
    place = np.where(good & np.isfinite(place), place, (path - reach) * du)
    weight = np.where(good, np.minimum(score, 4.0) / 4.0, 0.0)
    step = float(np.median(np.diff(strip.station)))
    curve = place
    for _ in range(3):
        curve = smooth(place[:, None], weight, step, 24.0)[:, 0]
        r = np.abs(place - curve)
        spread = max(1.4826 * float(np.median(r[good])), 0.1 * du)
        weight = np.where(good, np.clip(1 - (r / (4 * spread)) ** 2, 0, 1) ** 2, 0.0)
    if spread > 0.06 or np.abs(curve).max() > REACH:
        return None
    offset = np.interp(arc_length(xy), strip.station, curve)
    used = good & (weight > 0.2)
    wide = (right - left)[used] * du - RAIL_HEAD
    gauge_m, gauge_sigma = (
        float(np.median(wide)),
        float(1.4826 * np.median(np.abs(wide - np.median(wide))) / np.sqrt(len(wide))),
    )
    return RailFit(
        offset,
        float(np.hypot(spread * np.sqrt(step / 12.0), np.hypot(0.007, 0.12 * gsd))),
        round(gauge_m * 1000, 1),
        round(float(np.hypot(gauge_sigma, np.hypot(0.003, 0.05 * gsd))) * 1000, 1),
    )


def _rail_places(
    ridge: Array, path: NDArray[np.int64], gauge: float, du: float
) -> tuple[Array, Array]:
    """Columns of the right (low) and left (high) rail in each block, interpolated."""
    shift = round(0.5 * (gauge + RAIL_HEAD) / du)
    middle = ridge.shape[1] // 2 + path - round(REACH / du)
    slack = max(round(0.05 / du), 1)
    found = []
    for sign in (-1, 1):
        cells = (middle + sign * shift)[:, None] + np.arange(-slack, slack + 1)
        cells = np.clip(cells, 0, ridge.shape[1] - 1)
        values = np.nan_to_num(np.take_along_axis(ridge, cells, axis=1), nan=-9.0)
        at = np.take_along_axis(cells, values.argmax(axis=1)[:, None], axis=1)[:, 0]
        found.append(_peak(np.nan_to_num(ridge), at))
    return found[0], found[1]


def _move(graph: WorkGraph, fits: dict[int, RailFit]) -> None:
    """Shift the edges; a node moves to the mean of its edges' ends, and these ends follow it."""
    moved: dict[int, list[Array]] = {}
    lines: dict[int, Array] = {}
    for number, fit in fits.items():
        edge = graph.edges[number]
        lines[number] = edge.xy + fit.offset[:, None] * left_normals(edge.xy)
        moved.setdefault(edge.start, []).append(lines[number][0])
        moved.setdefault(edge.end, []).append(lines[number][-1])
    for node, places in moved.items():
        graph.nodes[node].xy = np.mean(places, axis=0)
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start not in moved and edge.end not in moved:
            continue
        xy = lines.get(number, edge.xy).copy()
        s = arc_length(xy)
        reach = min(_TRANSITION, 0.5 * float(s[-1]))
        for node, at, far in ((edge.start, 0, s), (edge.end, -1, s[-1] - s)):
            t = np.clip(1 - far / max(reach, 1e-9), 0.0, 1.0)
            share = t * t * (3 - 2 * t)
            xy = xy + share[:, None] * (graph.nodes[node].xy - xy[at])
        graph.set_points(number, xy)
