"""The curve of a track plan, and the shape of a diverging track."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import uniform

__all__ = ["Reference", "diverging_leg"]

_STEP = 0.25


class Reference:
    """The curve of a plan; stations in metres, offsets in metres to the right.

    Parameters
    ----------
    rng
        Random generator.
    extent
        Half the length in metres.
    """

    def __init__(self, rng: np.random.Generator, extent: float) -> None:
        self.station = np.arange(-extent, extent + _STEP, _STEP)
        kappa = _curvature(rng, self.station, extent)
        heading = uniform(rng, 0, 2 * np.pi) + np.cumsum(kappa) * _STEP
        heading -= heading[len(heading) // 2] - uniform(rng, 0, 2 * np.pi)
        direction = np.stack([np.cos(heading), np.sin(heading)], 1)
        xy = np.cumsum(direction * _STEP, 0)
        self.xy = xy - xy[len(xy) // 2]
        self.normal = np.stack([-direction[:, 1], direction[:, 0]], 1)

    def at(self, station: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the x/y of stations and offsets."""
        point = [
            np.interp(station, self.station, self.xy[:, i])
            + offset * np.interp(station, self.station, self.normal[:, i])
            for i in (0, 1)
        ]
        return np.stack(point, -1)

    def direction(self, station: float) -> NDArray[np.float64]:
        """Return the unit tangent at a station."""
        n = [np.interp(station, self.station, self.normal[:, i]) for i in (0, 1)]
        return np.array([n[1], -n[0]])


def _curvature(
    rng: np.random.Generator, station: NDArray[np.float64], extent: float
) -> NDArray[np.float64]:
    """Straights, arcs and the clothoids between them: curvature piecewise linear."""
    kind = rng.random()
    if kind < 0.4:
        return np.zeros_like(station)
    knots = [-extent]
    values = [0.0]
    here = -extent
    first = True
    while here < extent:
        straight = first and rng.random() < 0.5
        radius = float(np.exp(uniform(rng, np.log(160), np.log(3000)))) * rng.choice([-1, 1])
        kappa = 0.0 if straight else 1 / radius
        transition = (
            0.0 if first else min(120.0, 12000 / max(abs(radius), 1.0)) * uniform(rng, 0.5, 1)
        )
        length = uniform(rng, 60, 400) if kind < 0.8 else uniform(rng, 30, 120)
        knots += [here + max(transition, 0.01), here + max(transition, 0.01) + length]
        values += [kappa, kappa]
        here = knots[-1]
        first = False
    if first or len(knots) < 3:
        return np.zeros_like(station)
    values[0] = values[1]
    return np.interp(station, knots, values)


def diverging_leg(
    x: NDArray[np.float64], number: float, radius: float, rise: float | None
) -> NDArray[np.float64]:
    """Lateral position of a diverging leg `x` metres past its toe; parallel again after `rise`."""
    slope = 1 / number
    arc = radius * slope
    y = np.where(x < arc, x * x / (2 * radius), arc * slope / 2 + slope * (x - arc))
    if rise is not None:
        end = (rise - arc * slope) / slope + 2 * arc  # where it is parallel again
        back = end - x
        y = np.where(back < arc, rise - np.clip(back, 0, None) ** 2 / (2 * radius), y)
    return np.where(x < 0, 0.0, y)
