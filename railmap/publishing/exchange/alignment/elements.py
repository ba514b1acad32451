"""Straights, arcs and clothoids of an alignment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.curvature import length_reaching

__all__ = ["Element"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an alignment, between two places of the drawn line.

    Parameters
    ----------
    kind
        ``Line``, ``Curve`` or ``Spiral``.
    xys
        ``(n, 3)`` CRS x/y and metres along the drawn line; start and end differ.
    start_radius, end_radius
        Metres, + left; None where it is straight.
    """

    kind: str
    xys: Floats
    start_radius: float | None = None
    end_radius: float | None = None

    @property
    def chord(self) -> float:
        """Metres from start to end."""
        return math.dist(self.xys[0, :2], self.xys[-1, :2])

    @property
    def length(self) -> float:
        """Length of the element in metres, from which a reader computes stations."""
        if self.kind == "Line":
            return self.chord
        if self.kind == "Spiral":
            drawn = float(self.xys[-1, 2] - self.xys[0, 2])
            return length_reaching(*self.curvatures, self.chord, drawn) or drawn
        radius = self.arc_radius
        return 2 * radius * math.asin(min(1.0, self.chord / (2 * radius)))

    def moved(self, metres: float) -> Element:
        """Return the element, `metres` further along the drawn line."""
        further = self.xys + np.array([0.0, 0.0, metres])
        return Element(self.kind, further, self.start_radius, self.end_radius)

    def reversed(self, total: float) -> Element:
        """Return the element of a drawn line of `total` metres that runs the other way."""
        back = self.xys[::-1] * np.array([1.0, 1.0, -1.0]) + np.array([0.0, 0.0, total])
        radii = [None if r is None else -r for r in (self.end_radius, self.start_radius)]
        return Element(self.kind, back, *radii)

    @property
    def curvatures(self) -> tuple[float, float]:
        """Curvature at its start and its end, 1/m, + left."""
        start, end = self.start_radius, self.end_radius
        return 1 / start if start else 0.0, 1 / end if end else 0.0

    @property
    def arc_radius(self) -> float:
        """Radius of an arc in metres, without sign; at least half its chord."""
        return max(abs(self.start_radius or 0.0), self.chord / 2)

    def centre(self) -> Floats:
        """Return the centre of an arc, CRS x/y."""
        start, end = self.xys[0, :2], self.xys[-1, :2]
        across = end - start
        left = np.array([-across[1], across[0]]) / self.chord
        height = math.sqrt(max(self.arc_radius**2 - (self.chord / 2) ** 2, 0.0))
        return (start + end) / 2 + left * math.copysign(height, self.start_radius or 0.0)
