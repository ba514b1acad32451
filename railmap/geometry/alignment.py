"""Horizontal alignment of a link: straights, circular arcs and clothoids."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from scipy.optimize import least_squares

from railmap.geometry.curves import Array, arc_length, resample, smooth, tangents
from railmap.geometry.types import AlignmentSegment

__all__ = ["Alignment", "fit_alignment"]

_KNOT = 4.0  # spacing of the stations where a segment may begin, metres
_LONGEST = 600  # knots that a segment may span
_MOVABLE = 12  # largest number of segments whose joints are optimised
_SPLINE = (40.0, 20.0, 12.0)  # clothoid lengths of the fallback, metres
_RADIUS_LENGTH = 10.0  # shortest segment whose radius counts for the link, metres
_STRAIGHT_SAGITTA = 0.002  # smaller sagitta over a segment: straight, metres


@dataclass(slots=True)
class Alignment:
    """Fitted alignment of one curve.

    Parameters
    ----------
    segments
        From the start of the curve.
    xy
        ``(n, 2)`` points of the alignment, metres.
    deviation
        Largest distance from the input, metres.
    """

    segments: list[AlignmentSegment]
    xy: Array
    deviation: float

    @property
    def min_radius(self) -> float | None:
        """Smallest radius of the segments of 10 m and more, metres; None for a straight link."""
        radii = [
            abs(r)
            for s in self.segments
            if s.length_m >= _RADIUS_LENGTH
            for r in (s.start_radius_m, s.end_radius_m)
            if r is not None
        ]
        return min(radii) if radii else None


@numba.njit(cache=True, nogil=True)
def _segment(sums: Array, penalty: Array, longest: int) -> tuple[Array, Array]:
    """Best segmentation of a curvature series into zero, constant and linear pieces.

    Dynamic programming; `sums` are cumulative sums of 1, x, x², k, xk, k² up to each knot.
    """
    n = sums.shape[0] - 1
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    start = np.zeros(n + 1, np.int64)
    kind = np.zeros(n + 1, np.int64)
    for j in range(1, n + 1):
        for i in range(max(j - longest, 0), j):
            c = sums[j] - sums[i]
            m = c[0]
            zero = c[5]
            constant = c[5] - c[3] * c[3] / m
            cost = best[i] + zero + penalty[0]
            which = 0
            if best[i] + constant + penalty[1] < cost:
                cost = best[i] + constant + penalty[1]
                which = 1
            if j - i >= 3:
                sxx = c[2] - c[1] * c[1] / m
                sxk = c[4] - c[1] * c[3] / m
                linear = constant - (sxk * sxk / sxx if sxx > 0 else 0.0)
                if best[i] + linear + penalty[2] < cost:
                    cost = best[i] + linear + penalty[2]
                    which = 2
            if cost < best[j]:
                best[j] = cost
                start[j] = i
                kind[j] = which
    return start, kind


def fit_alignment(xy: Array, tolerance: float) -> Alignment:
    """Fit straights, arcs and clothoids to a smooth curve.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    tolerance
        Largest distance wanted between curve and alignment, metres. Segments are added until it
        is met or every knot starts one; compare ``deviation`` of the result.

    Returns
    -------
    Alignment
        Its ``xy`` starts and ends exactly where the input does.
    """
    total = float(arc_length(xy)[-1])
    curve = resample(xy, 1.0 if total > 20 else max(total / 20, 1e-3))
    if len(curve) < 8:
        return _single(xy)
    step = total / (len(curve) - 1)
    curvature = _curvature(curve, step)
    best: Alignment | None = None
    before: tuple[list[int], list[int]] | None = None
    for halving in range(16):
        knots, kinds = _cut(curvature, step, 800.0 * 0.5**halving * tolerance**2)
        if (knots, kinds) == before:
            continue
        before = knots, kinds
        found, _ = _solve(curve, curvature, knots, kinds, step)
        if found.deviation > tolerance and 1 < len(kinds) <= _MOVABLE:
            moved, _ = _move_joints(curve, curvature, knots, kinds, step)
            found = min(found, moved, key=lambda one: one.deviation)
        if best is None or found.deviation < best.deviation:
            best = found
        if found.deviation <= tolerance:
            return found
    for spacing in _SPLINE:
        # fallback: a chain of clothoids of equal length
        count = max(round(total / spacing), 1)
        knots = [round(k * (len(curve) - 1) / count) for k in range(count + 1)]
        found, _ = _solve(curve, curvature, knots, [2] * count, step)
        if best is None or found.deviation < best.deviation:
            best = found
        if found.deviation <= tolerance:
            break
    assert best is not None
    return best


def _move_joints(
    curve: Array, curvature: Array, knots: Sequence[float], kinds: list[int], step: float
) -> tuple[Alignment, Array]:
    """Optimise the stations where segments meet."""
    last = knots[-1]

    def placed(inner: Array) -> list[float]:
        joints = [0.0]
        for i, at in enumerate(inner):
            # at least two points per segment
            joints.append(float(np.clip(at, joints[-1] + 2, last - 2 * (len(inner) - i))))
        return [*joints, last]

    def misfit(inner: Array) -> Array:
        return _solve(curve, curvature, placed(inner), kinds, step)[1]

    inner = np.array(knots[1:-1], np.float64)
    best = least_squares(misfit, inner, diff_step=0.3 / np.maximum(inner, 1.0), max_nfev=8)
    return _solve(curve, curvature, placed(best.x), kinds, step)


def _curvature(curve: Array, step: float) -> Array:
    """Curvature at every point of the curve, smoothed at a wavelength of 12 m."""
    t = tangents(smooth(curve, np.ones(len(curve)), step, 12.0))
    heading = np.unwrap(np.arctan2(t[:, 1], t[:, 0]))
    k = np.gradient(heading, step)
    if len(k) > 6:  # one-sided differences at the ends are inaccurate
        k[:2], k[-2:] = k[2], k[-3]
    return np.asarray(k)


def _cut(k: Array, step: float, penalty: float) -> tuple[list[int], list[int]]:
    """Point indices where segments begin and end, and their kinds (0 line, 1 arc, 2 clothoid)."""
    stride = max(round(_KNOT / step), 1)
    n = len(k) - 1
    x = np.arange(n + 1) * step
    rows = np.stack([np.ones(n + 1), x, x * x, k, x * k, k * k], 1)
    knots = list(range(0, n, stride))
    if n - knots[-1] < stride // 2 + 1 and len(knots) > 1:
        knots.pop()
    knots.append(n)
    sums = np.concatenate([np.zeros((1, 6)), np.cumsum(rows, axis=0)])[knots]
    sums = sums - sums[0]
    # curvature e over a length l has a sagitta of e l²/8: scale so that the cost is in m²
    scale = (20.0**2 / 8) ** 2 * step / 20.0
    sums[:, 5] *= scale
    sums[:, 3] *= np.sqrt(scale)
    sums[:, 4] *= np.sqrt(scale)
    start, kind = _segment(sums, penalty * np.array([1.0, 1.2, 1.5]), _LONGEST)
    at, kinds, j = [len(knots) - 1], [], len(knots) - 1
    while j > 0:
        kinds.append(int(kind[j]))
        j = int(start[j])
        at.append(j)
    return [knots[i] for i in at[::-1]], kinds[::-1]


def _basis(n: int, knots: Sequence[float], kinds: list[int]) -> tuple[Array, list[tuple[int, int]]]:
    """Curvature as a linear function of few unknowns.

    Joints may be between points; a point then has a share of both segments. A clothoid goes from
    the curvature before it to the curvature after it; if it has no neighbour there, or another
    clothoid, its end has an unknown of its own.

    Returns the ``(n, unknowns)`` matrix and, for each segment, the columns of its two ends (-1 for
    a straight).
    """
    columns: list[Array] = []
    use: list[tuple[int, int]] = []
    at = np.arange(n, dtype=np.float64)

    def unknown() -> int:
        columns.append(np.zeros(n))
        return len(columns) - 1

    flat = [unknown() if kind == 1 else -1 for kind in kinds]
    joint: dict[int, int] = {}
    for i, kind in enumerate(kinds):
        low, high = knots[i], knots[i + 1]
        first, last = (low if i else -0.5), (high if i < len(kinds) - 1 else n - 0.5)
        share = np.clip(np.minimum(at + 0.5, last) - np.maximum(at - 0.5, first), 0.0, 1.0)
        if kind < 2:
            use.append((flat[i], flat[i]))
            if kind == 1:
                columns[flat[i]] += share
            continue
        ends = []
        for place, neighbour in ((i, i - 1), (i + 1, i + 1)):
            if 0 <= neighbour < len(kinds) and kinds[neighbour] < 2:
                ends.append(flat[neighbour])
            else:
                ends.append(joint[place] if place in joint else unknown())
                joint[place] = ends[-1]
        use.append((ends[0], ends[1]))
        t = np.clip((at - low) / (high - low), 0.0, 1.0)
        for column, part in zip(ends, (1 - t, t), strict=True):
            if column >= 0:
                columns[column] += part * share
    return np.stack(columns, 1) if columns else np.zeros((n, 0)), use


def _draw(start: Array, heading: float, k: Array, step: float) -> tuple[Array, Array]:
    """Integrate curvature at even steps to points ``(n, 2)`` and headings ``(n,)``."""
    turn = np.concatenate([[0.0], np.cumsum(0.5 * (k[1:] + k[:-1])) * step])
    angle = heading + turn
    middle = 0.5 * (angle[1:] + angle[:-1])
    move = step * np.stack([np.cos(middle), np.sin(middle)], 1)
    return np.concatenate([start[None], start + np.cumsum(move, axis=0)]), angle


def _solve(
    curve: Array, curvature: Array, knots: Sequence[float], kinds: list[int], step: float
) -> tuple[Alignment, Array]:
    """Fit curvatures, start and heading (Gauss-Newton); also the misfit at every point, metres."""
    n = len(curve)
    basis, use = _basis(n, knots, kinds)
    t = tangents(curve)
    heading = float(np.arctan2(t[0, 1], t[0, 0]))
    value, *_ = np.linalg.lstsq(basis, curvature, rcond=1e-9)
    start = curve[0].copy()
    weight = np.ones(n)
    weight[0] = weight[-1] = 100.0
    drawn, angle = _draw(start, heading, basis @ value, step)
    for _ in range(10):
        columns = [np.broadcast_to([1.0, 0.0], (n, 2)), np.broadcast_to([0.0, 1.0], (n, 2))]
        normal = np.stack([-np.sin(angle), np.cos(angle)], 1)
        turns = np.concatenate([np.ones((n, 1)), _integral(basis, step)], 1)
        columns += [_integral(turns[:, j : j + 1] * normal, step) for j in range(turns.shape[1])]
        across = np.stack([-t[:, 1], t[:, 0]], 1)
        a = np.stack([(c * across).sum(1) for c in columns], 1)
        miss = ((curve - drawn) * across).sum(1)
        # the start is also fixed along the track
        extra = np.stack([[c[0], c[-1]] for c in columns], -1)  # (2, 2, m)
        along = (extra * t[[0, -1]][:, :, None]).sum(1)
        gap = ((curve - drawn)[[0, -1]] * t[[0, -1]]).sum(1)
        w = np.concatenate([weight, [100.0, 0.0]])
        lhs = np.concatenate([a, along]) * w[:, None]
        rhs = np.concatenate([miss, gap]) * w
        change, *_ = np.linalg.lstsq(lhs, rhs, rcond=1e-12)
        start = start + change[:2]
        heading += float(change[2])
        value = value + change[3:]
        drawn, angle = _draw(start, heading, basis @ value, step)
        if np.abs(change).max() < 1e-9:
            break
    # distribute the remaining misfit of the ends along the link
    s = np.linspace(0.0, 1.0, n)[:, None]
    drawn = drawn + (curve[0] - drawn[0]) * (1 - s) + (curve[-1] - drawn[-1]) * s
    drawn[0], drawn[-1] = curve[0], curve[-1]
    off = ((curve - drawn) * np.stack([-t[:, 1], t[:, 0]], 1)).sum(1)
    segments = []
    for (low, high), (one, two), kind in zip(itertools.pairwise(knots), use, kinds, strict=True):
        k = [float(value[c]) if c >= 0 else 0.0 for c in (one, two)]
        size = (high - low) * step
        curved = [abs(v) * size**2 / 8 > _STRAIGHT_SAGITTA for v in k]
        radii = [round(1 / v, 2) if yes else None for v, yes in zip(k, curved, strict=True)]
        name = ("LINE", "CIRCULARARC", "CLOTHOID")[kind]
        if kind == 1 and radii[0] is None:
            name = "LINE"
        part = off[int(np.ceil(low)) : int(high) + 1]
        segments.append(
            AlignmentSegment(
                name,
                round(low * step, 3),
                round(size, 3),
                radii[0],
                radii[1],
                round(float(np.sqrt((part**2).mean())), 4),
            )
        )
    return Alignment(_merge_lines(segments), drawn, float(np.abs(off).max())), off


def _integral(values: Array, step: float) -> Array:
    """Cumulative integral over the first axis (trapezoidal rule)."""
    out = np.zeros_like(values)
    out[1:] = np.cumsum(0.5 * (values[1:] + values[:-1]), axis=0) * step
    return out


def _merge_lines(segments: list[AlignmentSegment]) -> list[AlignmentSegment]:
    """Merge consecutive straights."""
    out: list[AlignmentSegment] = []
    for s in segments:
        if out and out[-1].type == "LINE" == s.type:
            a = out[-1]
            length = a.length_m + s.length_m
            rmse = np.sqrt((a.rmse_m**2 * a.length_m + s.rmse_m**2 * s.length_m) / length)
            out[-1] = AlignmentSegment(
                "LINE", a.m_from, round(length, 3), None, None, round(float(rmse), 4)
            )
        else:
            out.append(s)
    return out


def _single(xy: Array) -> Alignment:
    """Alignment of one straight, for short curves."""
    total = float(arc_length(xy)[-1])
    straight = resample(xy[[0, -1]], max(total / max(len(xy) - 1, 1), 1e-6))
    t = (xy[-1] - xy[0]) / max(float(np.hypot(*(xy[-1] - xy[0]))), 1e-12)
    off = np.abs((xy - xy[0]) @ np.array([-t[1], t[0]]))
    rmse = round(float(np.sqrt((off**2).mean())), 4)
    return Alignment(
        [AlignmentSegment("LINE", 0.0, round(total, 3), None, None, rmse)],
        straight,
        float(off.max()),
    )
