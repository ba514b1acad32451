"""RidgeTrace along a ridge of probability as a train would: no sharp turn, straight over what crosses."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array, left_normals
from railmap.geometry.evidence.field import ProbabilityField, value_at

__all__ = ["RidgeTrace", "TraceState", "fit_state", "on_ridge", "trace_ridge"]

_BACK, _AHEAD = 6.0, 10.0  # metres of ridge that each step must fit on one arc
_STEP = 0.5
_MAX_CURVATURE = 1 / 60
_AVERAGE = 3.0  # metres over which the ridge must not be lost
_TIE = 0.0005  # of the mean probability: what a change of state must gain
_ASIDE, _NEAR = 0.8, 0.3  # of a ridge's foot and shoulder, metres
_FALL, _LEAN = 0.12, 0.02  # by which a foot lies lower, and a shoulder may lie higher

#: x, y (metres), heading (radians), curvature (1/m, + left).
TraceState = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RidgeTrace:
    """What was run along, without the start.

    Parameters
    ----------
    xy
        ``(n, 2)`` every half metre.
    heading
        ``(n,)`` radians.
    value
        ``(n,)`` probability 0-1.
    lost
        Whether the ridge or the data ended.
    state
        To go on with.
    """

    xy: Array
    heading: Array
    value: Array
    lost: bool
    state: TraceState


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _mean(
    img: NDArray[np.uint8], row: float, col: float, heading: float, kappa: float, gsd: float
) -> float:
    """Weighted mean of the probability (0-1) along one arc through a place; 0 without data."""
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
    return total / (254.0 * mass) if mass > 0 else 0.0


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _run(
    img: NDArray[np.uint8],
    row: float,
    col: float,
    heading: float,
    kappa: float,
    gsd: float,
    floor: float,
    out: Array,
) -> tuple[int, float, float, float, float, bool]:
    """Fill rows of `out` with row, col, heading, value; returns how many, the state, lost."""
    for n in range(len(out)):
        best = -1.0
        choice = (0, 0, 0)
        for a in range(-3, 4):
            bent = min(max(kappa + 0.0015 * a, -_MAX_CURVATURE), _MAX_CURVATURE)
            for b in range(-2, 3):
                turned = heading + 0.008 * b
                for c in range(-2, 3):
                    aside = 0.05 * c / gsd
                    score = _mean(
                        img,
                        row - aside * np.cos(turned),
                        col - aside * np.sin(turned),
                        turned,
                        bent,
                        gsd,
                    ) - _TIE * (abs(a) + abs(b) + abs(c))
                    if score > best:
                        best = score
                        choice = (a, b, c)
        kappa = min(max(kappa + 0.0015 * choice[0], -_MAX_CURVATURE), _MAX_CURVATURE)
        heading += 0.008 * choice[1]
        aside = 0.05 * choice[2] / gsd
        row -= aside * np.cos(heading)
        col -= aside * np.sin(heading)
        angle = heading + 0.5 * kappa * _STEP
        row -= _STEP * np.sin(angle) / gsd
        col += _STEP * np.cos(angle) / gsd
        heading += kappa * _STEP
        v = value_at(img, row, col)
        if v < 0:
            return n, row, col, heading, kappa, True
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = row, col, heading, v / 254.0
        length = int(_AVERAGE / _STEP)
        if n + 1 >= length and out[n + 1 - length : n + 1, 3].mean() < floor:
            return n + 1 - length, row, col, heading, kappa, True
    return len(out), row, col, heading, kappa, False


def trace_ridge(
    field: ProbabilityField, state: TraceState, length: float, floor: float
) -> RidgeTrace:
    """Follow a ridge.

    Every half metre the arc is chosen that has the highest mean probability from 6 m behind to
    10 m ahead. What lies behind holds the run on its own track where others cross it, leave it
    or come near.

    Parameters
    ----------
    field
        The probability.
    state
        Where to begin.
    length
        How far, metres.
    floor
        Probability (0-1) under which, over 3 m, the ridge is lost.
    """
    x, y, heading, kappa = state
    reach = length + _AHEAD + 2.0
    here = np.array([x, y])
    img, row0, col0 = field.window(here - reach, here + reach)
    rows, cols = field.pixels(here[None])
    out = np.empty((max(round(length / _STEP), 1), 4))
    n, row, col, heading, kappa, lost = _run(
        img, rows[0] - row0, cols[0] - col0, heading, kappa, field.gsd, floor, out
    )
    out = out[:n]
    xy = np.stack([(out[:, 1] + col0 + 0.5) * field.gsd, -(out[:, 0] + row0 + 0.5) * field.gsd], 1)
    end = (col + col0 + 0.5) * field.gsd, -(row + row0 + 0.5) * field.gsd, heading, kappa
    return RidgeTrace(xy, out[:, 2].copy(), out[:, 3].copy(), lost, end)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _aim(
    img: NDArray[np.uint8], row: float, col: float, heading: float, gsd: float
) -> tuple[float, float, float, float]:
    best = -1.0
    found = (row, col, heading, 0.0)
    for b in range(-16, 17):
        turned = heading + 0.015 * b
        for c in range(-3, 4):
            aside = 0.1 * c / gsd
            at = row - aside * np.cos(turned), col - aside * np.sin(turned)
            for a in range(-2, 3):
                score = _mean(img, at[0], at[1], turned, 0.0025 * a, gsd)
                if score > best + 1e-9:
                    best = score
                    found = (at[0], at[1], turned, 0.0025 * a)
    return found


def fit_state(field: ProbabilityField, point: Array, heading: float) -> TraceState:
    """Give the arc near a point and within 14 degrees of a heading with the most probability."""
    reach = _AHEAD + 2.0
    img, row0, col0 = field.window(point - reach, point + reach)
    rows, cols = field.pixels(point[None])
    row, col, turned, kappa = _aim(img, rows[0] - row0, cols[0] - col0, heading, field.gsd)
    return (col + col0 + 0.5) * field.gsd, -(row + row0 + 0.5) * field.gsd, turned, kappa


def on_ridge(field: ProbabilityField, xy: Array, step: float) -> NDArray[np.bool_]:
    """Where a curve of points every `step` metres lies on a ridge that falls off to both sides."""
    size = max(round(2.0 / step), 1)
    normal = left_normals(xy)
    middle, *aside = [
        _average(field.values(xy + d * normal), size) for d in (0, -_NEAR, _NEAR, -_ASIDE, _ASIDE)
    ]
    good = np.isfinite(middle)
    for line, change in zip(aside, (_LEAN, _LEAN, -_FALL, -_FALL), strict=True):
        good &= np.isnan(line) | (line <= middle + change)
    return np.asarray(good)


def _average(values: Array, size: int) -> Array:
    """Running mean of what is known, NaN where less than half is."""
    known = np.isfinite(values)
    kernel = np.ones(size)
    half = size // 2

    def total(v: Array) -> Array:
        return np.convolve(v, kernel)[half : half + len(v)]

    count = total(known.astype(np.float64))
    mean = total(np.where(known, values, 0.0)) / np.maximum(count, 1.0)
    return np.where(count >= 0.5 * size, mean, np.nan)
