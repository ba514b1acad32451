"""Plane curves as arrays of points: length, normals, resampling, smoothing, projection.

A curve is ``(n, 2)`` float64, x and y in metres. A station is a distance along it from its start.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.constants import FIXED_WEIGHT

Array = NDArray[np.float64]

__all__ = [
    "arc_length",
    "connect",
    "cut",
    "distance_from",
    "extend",
    "fit_end",
    "heading_change",
    "left_normals",
    "length_of",
    "max_curvature",
    "point_at",
    "project",
    "resample",
    "robust_smooth",
    "smooth",
    "smooth_between",
    "tangents",
]


def arc_length(xy: Array) -> Array:
    """Stations of the points of a curve.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    ndarray
        ``(n,)`` metres, from 0.
    """
    step = np.hypot(*np.diff(xy, axis=0).T) if len(xy) > 1 else np.zeros(0)
    return np.concatenate([[0.0], np.cumsum(step)])


def length_of(xy: Array) -> float:
    """Length of a curve.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    float
        Metres.
    """
    return float(arc_length(xy)[-1])


def tangents(xy: Array) -> Array:
    """Unit tangents of a curve, by central differences.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    ndarray
        ``(n, 2)``.
    """
    t = np.gradient(xy, axis=0) if len(xy) > 1 else np.zeros_like(xy)
    norm = np.hypot(t[:, 0], t[:, 1])
    return t / np.where(norm > 0, norm, 1.0)[:, None]


def left_normals(xy: Array) -> Array:
    """Unit normals to the left of a curve.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    ndarray
        ``(n, 2)``.
    """
    t = tangents(xy)
    return np.stack([-t[:, 1], t[:, 0]], 1)


def point_at(xy: Array, station: float | Array) -> Array:
    """Points of a curve at stations, linear between its points.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    station
        Metres, a number or ``(m,)``; clipped to the length of the curve.

    Returns
    -------
    ndarray
        ``(2,)`` or ``(m, 2)``.
    """
    s = arc_length(xy)
    return np.stack([np.interp(station, s, xy[:, 0]), np.interp(station, s, xy[:, 1])], -1)


def resample(xy: Array, step: float) -> Array:
    """Resample a curve at even steps; both ends stay bit for bit.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    step
        Largest distance between neighbours, metres.

    Returns
    -------
    ndarray
        ``(m, 2)``; at least two points, equal if the curve has no length.
    """
    s = arc_length(xy)
    if s[-1] == 0.0:
        return np.stack([xy[0], xy[-1]])
    keep = np.concatenate([[True], np.diff(s) > 0])
    xy, s = xy[keep], s[keep]
    count = max(int(np.ceil(s[-1] / step - 1e-9)), 1)
    at = np.linspace(0.0, s[-1], count + 1)
    out = np.stack([np.interp(at, s, xy[:, 0]), np.interp(at, s, xy[:, 1])], 1)
    out[0], out[-1] = xy[0], xy[-1]
    return out


def cut(xy: Array, low: float, high: float) -> Array:
    """Part of a curve between two stations.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    low, high
        Stations, metres; clipped to the length of the curve.

    Returns
    -------
    ndarray
        ``(m, 2)``.
    """
    s = arc_length(xy)
    low, high = max(low, 0.0), min(high, float(s[-1]))
    inner = xy[(s > low + 1e-9) & (s < high - 1e-9)]
    return np.concatenate([point_at(xy, low)[None], inner, point_at(xy, high)[None]])


@numba.njit(cache=True, nogil=True)
def _least_squares(values: Array, weight: Array, penalty: float) -> Array:
    """Minimise the squares of `weight` times misfit and `penalty` times third difference.

    Givens rotations on the band matrix: normal equations would square the condition number, and
    with long wavelengths and small weights they are singular in floating point.
    """
    n, k = values.shape
    r = np.zeros((n + 4, 4))
    rhs = np.zeros((n + 4, k))
    row = np.empty(4)
    right = np.empty(k)
    for i in range(n):
        for part in range(2):
            row[:] = 0.0
            right[:] = 0.0
            if part == 0:
                row[0] = np.sqrt(weight[i])
                for m in range(k):
                    right[m] = row[0] * values[i, m]
            elif i < n - 3:
                row[0], row[1] = -np.sqrt(penalty), 3.0 * np.sqrt(penalty)
                row[2], row[3] = -row[1], -row[0]
            else:
                continue
            for j in range(i, min(i + 4, n)):
                size = np.hypot(r[j, 0], row[0])
                if size > 0.0:
                    c, s = r[j, 0] / size, row[0] / size
                    for m in range(4):
                        r[j, m], row[m] = c * r[j, m] + s * row[m], c * row[m] - s * r[j, m]
                    for m in range(k):
                        rhs[j, m], right[m] = (
                            c * rhs[j, m] + s * right[m],
                            c * right[m] - s * rhs[j, m],
                        )
                row[0], row[1], row[2], row[3] = row[1], row[2], row[3], 0.0
    for i in range(n - 1, -1, -1):
        for m in range(k):
            total = rhs[i, m]
            for j in range(1, min(4, n - i)):
                total -= r[i, j] * rhs[i + j, m]
            rhs[i, m] = total / r[i, 0]
    return rhs[:n]


def smooth(xy: Array, weight: Array, step: float, wavelength: float) -> Array:
    """Smooth by penalised least squares on the third difference.

    Quadratics keep their shape, and so do arcs to a good approximation (Whittaker smoother).

    Parameters
    ----------
    xy
        ``(n, k)`` values at even steps.
    weight
        ``(n,)`` weight of each value; 0 where it is to be interpolated.
    step
        Distance between neighbours.
    wavelength
        Wavelength whose amplitude is halved, in the unit of `step`; shorter waves are removed.

    Returns
    -------
    ndarray
        ``(n, k)``.
    """
    n = len(xy)
    if n < 5:
        return xy.copy()
    penalty = (2.0 * np.sin(min(np.pi * step / wavelength, np.pi / 2))) ** -6
    # a minimal weight keeps the system definite where values are missing
    w = np.maximum(weight, 1e-6)
    origin = xy.mean(axis=0)
    return np.asarray(origin + _least_squares(xy - origin, w, penalty))


def robust_smooth(
    xy: Array, weight: Array, step: float, wavelength: float, noise: float
) -> tuple[Array, Array]:
    """Smooth with lower weights for outliers (Tukey's biweight, three iterations).

    Parameters
    ----------
    xy, weight, step, wavelength
        As for `smooth`.
    noise
        Smallest standard deviation assumed, in the unit of `xy`: points nearer to the curve than
        5 times this are not outliers.

    Returns
    -------
    curve
        ``(n, k)``.
    weight
        ``(n,)`` weights of the last iteration.
    """
    curve = smooth(xy, weight, step, wavelength)
    w = weight
    for _ in range(3):
        used = weight > 1e-3
        if used.sum() < 5:
            break
        r = np.hypot(*(xy - curve).T)
        scale = max(float(np.median(r[used])) * 1.4826, noise)
        w = weight * np.clip(1 - (r / (5.0 * scale)) ** 2, 0.0, 1.0) ** 2
        curve = smooth(xy, w, step, wavelength)
    return curve, w


def smooth_between(xy: Array, step: float, wavelength: float) -> Array:
    """Resample and smooth a curve whose ends stay bit for bit.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    step
        Spacing of the result, metres.
    wavelength
        As for `smooth`, metres.

    Returns
    -------
    ndarray
        ``(m, 2)``.
    """
    curve = resample(xy, step)
    weight = np.ones(len(curve))
    weight[0] = weight[-1] = FIXED_WEIGHT
    smoothed = smooth(curve, weight, step, wavelength)
    smoothed[0], smoothed[-1] = curve[0], curve[-1]
    return smoothed


def fit_end(xy: Array, reach: float, curved: bool = True) -> tuple[Array, float, float]:
    """Fit position, heading and curvature at the start of a curve.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres, from the end of interest.
    reach
        Length that is fitted, metres.
    curved
        Fit a parabola; otherwise a straight line.

    Returns
    -------
    point
        ``(2,)`` fitted start.
    heading
        Radians, pointing out of the curve, away from its points.
    curvature
        1/m, positive to the left when leaving the curve.
    """
    s = arc_length(xy)
    part = xy[s <= max(reach, s[min(4, len(s) - 1)])]
    centre = part.mean(axis=0)
    _, _, axes = np.linalg.svd(part - centre, full_matrices=False)
    axis = axes[0] if np.dot(axes[0], part[0] - part[-1]) > 0 else -axes[0]
    normal = np.array([-axis[1], axis[0]])
    u, v = (part - centre) @ axis, (part - centre) @ normal
    degree = 2 if curved and len(part) >= 8 else 1
    c = np.polynomial.polynomial.polyfit(u, v, degree)
    slope = c[1] + (2 * c[2] * u[0] if degree == 2 else 0.0)
    value = float(np.polynomial.polynomial.polyval(u[0], c))
    heading = float(np.arctan2(axis[1], axis[0]) + np.arctan(slope))
    curvature = float(2 * c[2] / (1 + slope**2) ** 1.5) if degree == 2 else 0.0
    return centre + axis * u[0] + normal * value, heading, curvature


def extend(point: Array, heading: float, curvature: float, length: float, step: float) -> Array:
    """Points on the arc that leaves a point, without the point itself.

    Parameters
    ----------
    point
        ``(2,)`` start, metres.
    heading
        Radians.
    curvature
        1/m, positive to the left.
    length, step
        Length of the arc and spacing of the points, metres.

    Returns
    -------
    ndarray
        ``(m, 2)``, at least one point.
    """
    s = np.arange(1, max(round(length / step), 1) + 1) * step
    angle = heading + curvature * s / 2
    chord = s * np.sinc(curvature * s / (2 * np.pi))
    return np.asarray(point + np.stack([chord * np.cos(angle), chord * np.sin(angle)], 1))


def connect(start: Array, heading: float, end: Array, end_heading: float, step: float) -> Array:
    """Cubic Hermite curve between two points, tangent to a heading at each.

    Parameters
    ----------
    start, end
        ``(2,)`` metres; both are points of the result.
    heading, end_heading
        Headings at the start and at the end, in the direction of travel, radians.
    step
        Spacing of the points, metres.

    Returns
    -------
    ndarray
        ``(m, 2)``.
    """
    size = float(np.hypot(*(end - start)))
    t = np.linspace(0.0, 1.0, max(int(np.ceil(size / step)), 2) + 1)[:, None]
    m0 = size * np.array([np.cos(heading), np.sin(heading)])
    m1 = size * np.array([np.cos(end_heading), np.sin(end_heading)])
    return np.asarray(
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * m0
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * m1
    )


def heading_change(a: float, b: float) -> float:
    """Signed angle from heading `a` to heading `b` in (-pi, pi], all in radians."""
    return float(np.arctan2(np.sin(b - a), np.cos(b - a)))


def max_curvature(xy: Array) -> float:
    """Largest curvature of a curve, without its first and last points.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    float
        1/m.
    """
    t = tangents(xy)
    turn = np.arctan2(t[:-1, 0] * t[1:, 1] - t[:-1, 1] * t[1:, 0], (t[:-1] * t[1:]).sum(1))
    step = np.maximum(np.hypot(*np.diff(xy, axis=0).T), 1e-9)
    return float(np.max(np.abs(turn[1:-1] / step[1:-1]))) if len(turn) > 2 else 0.0


@numba.njit(cache=True, nogil=True)
def _project(points: Array, line: Array, station: Array) -> Array:
    out = np.zeros((len(points), 2))
    for i in range(len(points)):
        best = np.inf
        for j in range(len(line) - 1):
            ax, ay = line[j, 0], line[j, 1]
            dx, dy = line[j + 1, 0] - ax, line[j + 1, 1] - ay
            size = dx * dx + dy * dy
            if size == 0.0:
                continue
            px, py = points[i, 0] - ax, points[i, 1] - ay
            t = min(max((px * dx + py * dy) / size, 0.0), 1.0)
            d = (px - t * dx) ** 2 + (py - t * dy) ** 2
            if d < best:
                best = d
                cross = dx * py - dy * px
                out[i, 0] = station[j] + t * np.sqrt(size)
                out[i, 1] = np.sqrt(d) if cross >= 0 else -np.sqrt(d)
    return out


def project(points: Array, line: Array) -> Array:
    """Project points onto a curve.

    Parameters
    ----------
    points
        ``(n, 2)`` metres.
    line
        ``(m, 2)`` points of the curve, metres.

    Returns
    -------
    ndarray
        ``(n, 2)``: station of the nearest point of the curve, and distance from it, positive to
        the left.
    """
    return np.asarray(
        _project(np.ascontiguousarray(points), np.ascontiguousarray(line), arc_length(line))
    )


def distance_from(xy: Array, line: Array) -> Array:
    """Distance of points from a curve, infinite where they project past its ends.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres.
    line
        ``(m, 2)`` points of the curve, metres.

    Returns
    -------
    ndarray
        ``(n,)`` metres.
    """
    place = project(xy, line)
    inside = (place[:, 0] > 1e-9) & (place[:, 0] < length_of(line) - 1e-9)
    return np.where(inside, np.abs(place[:, 1]), np.inf)
