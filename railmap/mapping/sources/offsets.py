"""Convert between x, y and measure plus lateral offset of a polyline, without loss.

With plain perpendiculars, points near a vertex have no unique measure. Here the normal is
interpolated along each segment between the normals at its vertices, so every point near the line
has one measure and one offset.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["OffsetFrame"]

Floats = NDArray[np.float64]

# Tolerance for rounding at the ends of the line, metres.
_SLACK = 1e-9


class OffsetFrame:
    """Measure and offset along a polyline.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres; equal consecutive vertices count as one.
    """

    def __init__(self, xy: Floats) -> None:
        step = np.hypot(*np.diff(xy, axis=0).T)
        xy = xy[np.r_[True, step > 0]]
        step = step[step > 0]
        self._xy, self._step = xy, step
        self._s = np.r_[0.0, np.cumsum(step)]
        along = np.diff(xy, axis=0) / step[:, None]
        right = np.column_stack([along[:, 1], -along[:, 0]])
        normal = np.vstack([right[:1], right[:-1] + right[1:], right[-1:]])
        # A line that reverses has no normal at that vertex: use the first segment's.
        size = np.hypot(*normal.T)
        normal[size < 1e-6] = np.vstack([right, right[-1:]])[size < 1e-6]
        self._normal = normal / np.hypot(*normal.T)[:, None]

    def place(self, s: float, offset: float = 0.0) -> tuple[float, float]:
        """Return x, y at `s` metres along and `offset` metres to the right."""
        i = int(np.clip(np.searchsorted(self._s, s, side="right") - 1, 0, len(self._step) - 1))
        u = (s - self._s[i]) / self._step[i]
        here = self._xy[i] + u * (self._xy[i + 1] - self._xy[i])
        normal = self._normal[i] + u * (self._normal[i + 1] - self._normal[i])
        x, y = here + offset * normal / np.hypot(*normal)
        return float(x), float(y)

    def distance(self, x: float, y: float) -> float:
        """Return metres to the nearest point of the line."""
        return float(self._distances(x, y).min())

    def measure(self, x: float, y: float) -> tuple[float, float] | None:
        """Return measure and offset (+ right) of a point, metres; None beyond the line's ends."""
        near = self._distances(x, y)
        limit = 2 * float(near.min()) + 1.0
        point = np.array([x, y])
        found: list[tuple[float, float]] = []
        for i in np.flatnonzero(near <= limit).tolist():
            for u in self._feet(i, point):
                here = self._xy[i] + u * (self._xy[i + 1] - self._xy[i])
                normal = self._normal[i] + u * (self._normal[i + 1] - self._normal[i])
                offset = float((point - here) @ normal / np.hypot(*normal))
                found.append((float(self._s[i] + u * self._step[i]), offset))
        return min(found, key=lambda pair: (round(abs(pair[1]), 6), pair[0]), default=None)

    def _distances(self, x: float, y: float) -> Floats:
        a, d = self._xy[:-1], np.diff(self._xy, axis=0)
        p = np.array([x, y]) - a
        u = np.clip((p * d).sum(axis=1) / self._step**2, 0.0, 1.0)
        return np.asarray(np.hypot(*(p - u[:, None] * d).T))

    def _feet(self, i: int, point: Floats) -> list[float]:
        """Return the positions on segment i (0-1) whose normal passes through `point`."""
        p, d = point - self._xy[i], self._xy[i + 1] - self._xy[i]
        n, turn = self._normal[i], self._normal[i + 1] - self._normal[i]
        # cross(p - u d, n + u turn) = 0
        a = -_cross(d, turn)
        b = _cross(p, turn) - _cross(d, n)
        c = _cross(p, n)
        if abs(a) < 1e-14 * abs(b):
            roots = [-c / b]
        else:
            inside = b * b - 4 * a * c
            if inside < 0:
                return []
            # Numerically stable form without cancellation.
            q = -0.5 * (b + math.copysign(math.sqrt(inside), b))
            roots = [q / a] + ([c / q] if q else [])
        first, last = i == 0, i == len(self._step) - 1
        slack = _SLACK / self._step[i] + 1e-12
        low, high = (-slack if first else -1e-9), (1 + slack if last else 1 + 1e-9)
        return [min(max(u, 0.0), 1.0) for u in roots if low <= u <= high]


def _cross(a: Floats, b: Floats) -> float:
    return float(a[0] * b[1] - a[1] * b[0])
