"""A vertical alignment as a curve: height and gradient along constant gradients and parabolas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from railmap.geometry.curves import Array

__all__ = ["Profile", "VerticalElement"]


@dataclass(frozen=True, slots=True)
class VerticalElement:
    """A constant gradient, or a parabola, which changes the gradient evenly.

    Parameters
    ----------
    s_from, length
        Station of its start and horizontal length, metres.
    height
        At its start, metres.
    start_gradient, end_gradient
        Metres a metre, positive uphill in the direction of the stations.
    curvature_sigma
        Standard deviation of the curvature of a parabola, 1/m; None for a constant gradient.
    """

    s_from: float
    length: float
    height: float
    start_gradient: float
    end_gradient: float
    curvature_sigma: float | None = None

    @property
    def curvature(self) -> float:
        """Second derivative of the height, 1/m; positive in a sag."""
        return (self.end_gradient - self.start_gradient) / self.length


@dataclass(frozen=True, slots=True)
class Profile:
    """Constant gradients and parabolas that follow one another tangentially.

    Parameters
    ----------
    joints
        ``(m + 1,)`` stations where elements begin, and of the end, metres.
    curvatures
        ``(m,)`` second derivative of the height, 1/m; 0 for a constant gradient.
    height, gradient
        At the first joint: metres, and metres a metre.
    curvature_sigmas
        ``(m,)`` standard deviations of `curvatures`, 1/m.
    sigma
        Standard deviation of the heights that it was fitted to, metres.
    """

    joints: Array
    curvatures: Array
    height: float
    gradient: float
    curvature_sigmas: Array
    sigma: float

    def heights(self, s: Array) -> Array:
        """Height at ``(n,)`` stations, metres."""
        u = np.asarray(s, np.float64) - self.joints[0]
        bend = np.maximum(np.asarray(s, np.float64)[:, None] - self.joints, 0.0) ** 2 / 2
        return np.asarray(
            self.height + self.gradient * u + (bend[:, :-1] - bend[:, 1:]) @ self.curvatures
        )

    def gradients(self, s: Array) -> Array:
        """Gradient at ``(n,)`` stations, metres a metre."""
        bend = np.maximum(np.asarray(s, np.float64)[:, None] - self.joints, 0.0)
        return np.asarray(self.gradient + (bend[:, :-1] - bend[:, 1:]) @ self.curvatures)

    def part(self, first: float, last: float, least: float = 0.01) -> list[VerticalElement]:
        """Elements between two stations; a part shorter than `least` metres is left out."""
        out = []
        for i, curvature in enumerate(self.curvatures):
            low, high = max(self.joints[i], first), min(self.joints[i + 1], last)
            if high - low < least:
                continue
            (height,) = self.heights(np.array([low]))
            start, end = self.gradients(np.array([low, high]))
            sigma = float(self.curvature_sigmas[i]) if curvature != 0 else None
            if curvature == 0:
                end = start
            out.append(
                VerticalElement(
                    float(low), float(high - low), float(height), float(start), float(end), sigma
                )
            )
        return out
