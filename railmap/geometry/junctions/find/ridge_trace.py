"""Ridge solver: trace a ridge of probability as a train runs, without sharp turns."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.constants import TRACE_STEP
from railmap.geometry.curves import Array, left_normals
from railmap.geometry.evidence.field import ProbabilityField, value_at
from railmap.tracing.types import CERTAIN

__all__ = ["RidgeTrace", "TraceState", "fit_state", "on_ridge", "trace_ridge"]

_BACK, _AHEAD = 6.0, 10.0  # length of ridge behind and ahead that each step fits by one arc, metres
_STEP = TRACE_STEP
_MAX_CURVATURE = 1 / 60
_AVERAGE = 3.0  # length over which the mean probability decides whether the ridge ends, metres
_CHANGE_COST = 0.0005  # of mean probability, for each step of a change of state
_FOOT, _SHOULDER = 0.8, 0.3  # distances from the ridge at which it is compared, metres
_FALL, _TOLERANCE = 0.12, 0.02  # least fall to the foot; largest rise to the shoulder

TraceState = tuple[float, float, float, float]
"""x, y (metres), heading (radians), curvature (1/m, + left)."""


@dataclass(frozen=True, slots=True)
class RidgeTrace:
    """Points traced along a ridge, without the start.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres, every half metre.
    heading
        ``(n,)`` radians.
    value
        ``(n,)`` probability 0-1.
    ended
        Whether the ridge or the data ended.
    state
        State from which the trace can continue.
    """

    xy: Array
    heading: Array
    value: Array
    ended: bool
    state: TraceState


@numba.njit(cache=True, nogil=True)
def _mean(
    img: NDArray[np.uint8], row: float, col: float, heading: float, kappa: float, gsd: float
) -> float:
    """Weighted mean probability (0-1) on an arc through a pixel position; 0 without data."""
    total = 0.0
    mass = 0.0
    for k in range(-int(_BACK / _STEP), int(_AHEAD / _STEP) + 1):
        s = k * _STEP
        angle = heading + 0.5 * kappa * s
        v = value_at(img, row - s * np.sin(angle) / gsd, col + s * np.cos(angle) / gsd)
        if v >= 0:
            w = 1.0 - 0.05 * abs(s)
            total += w * v
            mass += w
    return total / (CERTAIN * mass) if mass > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _trace(
    img: NDArray[np.uint8],
    row: float,
    col: float,
    heading: float,
    kappa: float,
    gsd: float,
    floor: float,
    out: Array,
) -> tuple[int, float, float, float, float, bool]:
    """Fill rows of `out` with row, col, heading, value; returns their number, state, `ended`."""
    for n in range(len(out)):
        best = -1.0
        choice = (0, 0, 0)
        for a in range(-3, 4):
            curved = min(max(kappa + 0.0015 * a, -_MAX_CURVATURE), _MAX_CURVATURE)
            for b in range(-2, 3):
                turned = heading + 0.008 * b
                for c in range(-2, 3):
                    shift = 0.05 * c / gsd
                    score = _mean(
                        img,
                        row - shift * np.cos(turned),
                        col - shift * np.sin(turned),
                        turned,
                        curved,
                        gsd,
                    ) - _CHANGE_COST * (abs(a) + abs(b) + abs(c))
                    if score > best:
                        best = score
                        choice = (a, b, c)
        kappa = min(max(kappa + 0.0015 * choice[0], -_MAX_CURVATURE), _MAX_CURVATURE)
        heading += 0.008 * choice[1]
        shift = 0.05 * choice[2] / gsd
        row -= shift * np.cos(heading)
        col -= shift * np.sin(heading)
        angle = heading + 0.5 * kappa * _STEP
        row -= _STEP * np.sin(angle) / gsd
        col += _STEP * np.cos(angle) / gsd
        heading += kappa * _STEP
        v = value_at(img, row, col)
        if v < 0:
            return n, row, col, heading, kappa, True
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = row, col, heading, v / CERTAIN
        length = int(_AVERAGE / _STEP)
        if n + 1 >= length and out[n + 1 - length : n + 1, 3].mean() < floor:
            return n + 1 - length, row, col, heading, kappa, True
    return len(out), row, col, heading, kappa, False


def trace_ridge(
    field: ProbabilityField, state: TraceState, length: float, floor: float
) -> RidgeTrace:
    """Trace a ridge.

    Every half metre, the arc of highest mean probability from 6 m behind to 10 m ahead is chosen.
    The ridge behind keeps the trace on its track where others cross it, diverge or come near.

    Parameters
    ----------
    field
        Track probability (tent).
    state
        Where the trace starts.
    length
        Its length, metres.
    floor
        The ridge ends where the mean probability (0-1) over 3 m is below this.

    Returns
    -------
    RidgeTrace
        Up to the length, or to the end of the ridge or the data.
    """
    x, y, heading, kappa = state
    reach = length + _AHEAD + 2.0
    here = np.array([x, y])
    img, row0, col0 = field.window(here - reach, here + reach)
    rows, cols = field.pixels(here[None])
    out = np.empty((max(round(length / _STEP), 1), 4))
    n, row, col, heading, kappa, ended = _trace(
        img, rows[0] - row0, cols[0] - col0, heading, kappa, field.gsd, floor, out
    )
    out = out[:n]
    xy = np.stack([(out[:, 1] + col0 + 0.5) * field.gsd, -(out[:, 0] + row0 + 0.5) * field.gsd], 1)
    end = (col + col0 + 0.5) * field.gsd, -(row + row0 + 0.5) * field.gsd, heading, kappa
    return RidgeTrace(xy, out[:, 2].copy(), out[:, 3].copy(), ended, end)


@numba.njit(cache=True, nogil=True)
def _aim(
    img: NDArray[np.uint8], row: float, col: float, heading: float, gsd: float
) -> tuple[float, float, float, float]:
    best = -1.0
    found = (row, col, heading, 0.0)
    for b in range(-16, 17):
        turned = heading + 0.015 * b
        for c in range(-3, 4):
            shift = 0.1 * c / gsd
            at = row - shift * np.cos(turned), col - shift * np.sin(turned)
            for a in range(-2, 3):
                score = _mean(img, at[0], at[1], turned, 0.0025 * a, gsd)
                if score > best + 1e-9:
                    best = score
                    found = (at[0], at[1], turned, 0.0025 * a)
    return found


def fit_state(field: ProbabilityField, point: Array, heading: float) -> TraceState:
    """Find the arc of highest mean probability near a point, within 14 degrees of a heading.

    Parameters
    ----------
    field
        Track probability (tent).
    point
        ``(2,)`` metres.
    heading
        Radians.

    Returns
    -------
    TraceState
        State on that arc.
    """
    reach = _AHEAD + 2.0
    img, row0, col0 = field.window(point - reach, point + reach)
    rows, cols = field.pixels(point[None])
    row, col, turned, kappa = _aim(img, rows[0] - row0, cols[0] - col0, heading, field.gsd)
    return (col + col0 + 0.5) * field.gsd, -(row + row0 + 0.5) * field.gsd, turned, kappa


def on_ridge(field: ProbabilityField, xy: Array, step: float) -> NDArray[np.bool_]:
    """Whether the points of a curve are on a ridge that falls off to both sides.

    Parameters
    ----------
    field
        Track probability (tent).
    xy
        ``(n, 2)`` points of the curve, metres.
    step
        Their spacing, metres.

    Returns
    -------
    ndarray
        ``(n,)`` bool.
    """
    size = max(round(2.0 / step), 1)
    normal = left_normals(xy)
    offsets = (0, -_SHOULDER, _SHOULDER, -_FOOT, _FOOT)
    middle, *sides = [_moving_mean(field.values(xy + d * normal), size) for d in offsets]
    good = np.isfinite(middle)
    for line, change in zip(sides, (_TOLERANCE, _TOLERANCE, -_FALL, -_FALL), strict=True):
        good &= np.isnan(line) | (line <= middle + change)
    return np.asarray(good)


def _moving_mean(values: Array, size: int) -> Array:
    """Moving mean of the known values; NaN where less than half of them are known."""
    known = np.isfinite(values)
    kernel = np.ones(size)
    half = size // 2

    def total(v: Array) -> Array:
        return np.convolve(v, kernel)[half : half + len(v)]

    count = total(known.astype(np.float64))
    mean = total(np.where(known, values, 0.0)) / np.maximum(count, 1.0)
    return np.where(count >= 0.5 * size, mean, np.nan)
