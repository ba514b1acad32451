"""Elements of an alignment as exact curves: start, direction, length and curvatures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from railmap.publishing.exchange.alignment.curvature import length_reaching, way_along
from railmap.publishing.exchange.alignment.elements import Element

__all__ = ["TrueCurve", "true_curves"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrueCurve:
    """A straight, an arc or a clothoid.

    Parameters
    ----------
    kind
        ``LINE``, ``CIRCULARARC`` or ``CLOTHOID``, as in IFC.
    x, y
        Start, metres in the CRS.
    heading
        Direction at the start, radians from x to y.
    length
        Metres along the curve.
    start_curvature, end_curvature
        1/m, + left; linear between start and end.
    """

    kind: str
    x: float
    y: float
    heading: float
    length: float
    start_curvature: float = 0.0
    end_curvature: float = 0.0

    def heading_at(self, s: float) -> float:
        """Return the direction in radians at `s` metres from the start."""
        change = (self.end_curvature - self.start_curvature) / self.length
        return self.heading + self.start_curvature * s + change * s * s / 2

    def points(self, s: ArrayLike) -> Floats:
        """Return ``(n, 2)`` CRS x/y at ``(n,)`` metres from the start.

        Examples
        --------
        >>> TrueCurve("LINE", 1.0, 2.0, 0.0, 5.0).points([0.0, 5.0]).tolist()
        [[1.0, 2.0], [6.0, 2.0]]
        """
        at = np.atleast_1d(np.asarray(s, dtype=np.float64))
        along = way_along(self.start_curvature, self.end_curvature, self.length, at)
        return np.array([self.x, self.y]) + along @ _turned(self.heading)

    def drawn(self, tolerance_m: float = 0.0005) -> Floats:
        """Return ``(n, 2)`` CRS x/y of a polyline that departs by at most `tolerance_m` metres."""
        most = max(abs(self.start_curvature), abs(self.end_curvature))
        step = math.sqrt(8 * tolerance_m / most) if most > 0 else self.length
        count = max(1, math.ceil(self.length / step))
        return self.points(np.linspace(0.0, self.length, count + 1))


def true_curves(element: Element) -> Iterator[TrueCurve]:
    """Yield the exact curves of an element.

    Its ends and radii are kept; length and direction follow from them, so that neighbours meet. A
    curve that cannot reach its end (a map changed by hand) is the chords of the drawn line.

    Parameters
    ----------
    element
        The element; its start and end differ.
    """
    start, end = element.xys[0, :2], element.xys[-1, :2]
    bearing = math.atan2(end[1] - start[1], end[0] - start[0])
    if element.kind == "Line":
        yield TrueCurve("LINE", float(start[0]), float(start[1]), bearing, element.chord)
        return
    k0, k1 = (1 / r if r else 0.0 for r in (element.start_radius, element.end_radius))
    if element.kind == "Curve":
        k0 = k1 = math.copysign(min(abs(k0), 2 / element.chord), k0)
    length = length_reaching(k0, k1, element.chord, element.length)
    if length is None:
        for a, b in zip(element.xys[:-1, :2], element.xys[1:, :2], strict=True):
            if chord := math.dist(a, b):
                yield TrueCurve("LINE", float(a[0]), float(a[1]), math.atan2(*(b - a)[::-1]), chord)
        return
    dx, dy = way_along(k0, k1, length, np.array([length]))[0]
    kind = "CIRCULARARC" if k0 == k1 else "CLOTHOID"
    yield TrueCurve(
        kind, float(start[0]), float(start[1]), bearing - math.atan2(dy, dx), length, k0, k1
    )


def _turned(angle: float) -> Floats:
    """Return the matrix that turns row vectors to the left by `angle` radians."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, s], [-s, c]])
