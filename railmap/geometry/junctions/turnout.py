"""The turnout's figures from how far its leg has gone aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from railmap.geometry.curves import Array

__all__ = ["Turnout", "fit_approach", "fit_turnout"]

_SEEN = 3.2  # separation up to which the leg is taken to be turnout, metres
# radius of the leg over the square of the crossing number, metres: 2.3 to 3.9 in the catalogues
_USUAL, _USUAL_SIGMA = np.log(3.3), 0.25
_SMEARED = 0.05  # of the angle: arcs that meet, in a crossover, are smoothed into one another
_NOISE = 0.03  # error of a separation, metres
_MISFIT = 0.12  # no turnout fits worse than this, metres
_STRAIGHT, _STRAIGHT_NOISE = 12.0, 0.06  # length of a straight leg that tells, and its error
_NEAREST, _FARTHEST = 1.7, 9.0  # separations between which it is looked for: past the arc
_ANGLES = (0.03, 0.25)  # 1:33 to 1:4
_APPROACH = 20.0  # length of straight that tells where a leg that ends loose leads, metres ...
_DRAWS_NEAR = 0.045  # ... if it draws near by so much a metre
_STEEPER = 1.4  # times the straight's slope that the jump to the main track has at least


@dataclass(frozen=True, slots=True)
class Turnout:
    """A turnout: straight or curved main track, leg of one arc and then straight.

    Parameters
    ----------
    toe
        Station on the main track where the arc begins (mathematical switch point), metres.
    radius
        Radius of the leg relative to the main track, metres.
    angle
        Angle between the tracks where the arc ends, radians; where the centrelines are one
        gauge apart if the arc ends only past the fused part.
    angle_sigma, toe_sigma
        One sigma of both.
    rmse
        Of the separation, metres.
    shape
        Radius, angle and length of the straight of the fitted leg.
    measured_from
        Separation from which on the leg was seen, metres; nearer to the main track it is the
        turnout's usual shape.
    """

    toe: float
    radius: float
    angle: float
    angle_sigma: float
    toe_sigma: float
    rmse: float
    shape: tuple[float, float, float]
    measured_from: float = 0.0

    def separation(self, x: Array) -> Array:
        """Distance between the centrelines `x` metres past the toe."""
        return _separation(x, *self.shape)


def _separation(x: Array, radius: float, angle: float, straight: float) -> Array:
    slope = np.tan(angle)
    end = radius * slope
    u = np.clip(x, 0.0, end)
    s = u * u / (2 * radius) + slope * np.clip(x - end, 0.0, None)
    # the leg may bend back to run beside the main track
    back = np.clip(x - end - straight, 0.0, end)
    s -= back * back / (2 * radius) + slope * np.clip(x - 2 * end - straight, 0.0, None)
    return np.asarray(s)


def fit_turnout(
    x: Array, s: Array, weight: Array, gauge: float, correlated: float
) -> Turnout | None:
    """Fit toe, radius and angle to separations `s` at stations `x` of the main track.

    Where no turnout fits, since the leg was lost before it met the main track and the ridge that
    was followed jumped across, its straight part tells (`_fit_straight`).

    Parameters
    ----------
    x, s
        ``(n,)`` metres, `x` ascending, `s` positive where the leg has left.
    weight
        ``(n,)`` 0-1.
    gauge
        Track gauge, metres.
    correlated
        Length over which the errors of `s` hang together, metres.
    """
    fit = _fit_whole(x, s, weight, gauge, correlated)
    if fit is None or fit.rmse <= _MISFIT:
        return fit
    return _fit_straight(x, s, correlated) or fit


def _fit_whole(
    x: Array, s: Array, weight: Array, gauge: float, correlated: float
) -> Turnout | None:
    """Fit all separations up to `_SEEN`."""
    beyond = np.flatnonzero(s > _SEEN)
    stop = int(beyond[0]) if len(beyond) else len(s)
    x, s, weight = x[:stop], s[:stop], weight[:stop]
    left = np.flatnonzero(s < 0.35)
    if len(x) < 10 or not len(left) or s.max() < 0.8:
        return None
    last = int(left[-1])
    slope0 = float(np.clip((s[-1] - s[last]) / max(x[-1] - x[last], 1.0), 0.015, 0.3))
    keep = x > x[last] - 40.0
    x, s, weight = x[keep], s[keep], weight[keep]

    step = float(np.median(np.diff(x))) if len(x) > 1 else 1.0
    prior = _NOISE * np.sqrt(max(correlated / step, 1.0))

    def residual(p: Array) -> Array:
        model = _separation(x - p[0], np.exp(p[1]), np.exp(p[2]), np.exp(p[3]))
        # turnouts are built so that the arc ends about where the rails cross
        usual = (p[1] + 2 * p[2] - _USUAL) / _USUAL_SIGMA * prior
        return np.append(weight * (model - s), usual)

    best = None
    # from a long straight no gradient leads to the short one of a crossover, nor back
    for radius, straight in ((200.0, 30.0), (800.0, 30.0), (300.0, 3.0)):
        toe = x[-1] - s[-1] / slope0 - radius * slope0 / 2
        start = np.array([toe, np.log(radius), np.log(slope0), np.log(straight)])
        low = [x[0] - 10.0, np.log(60.0), np.log(0.01), np.log(0.05)]
        high = [x[-1], np.log(5000.0), np.log(0.35), np.log(300.0)]
        fit = least_squares(
            residual,
            np.clip(start, np.array(low) + 1e-6, np.array(high) - 1e-6),
            bounds=(low, high),
            loss="soft_l1",
            f_scale=0.05,
            x_scale=[1.0, 0.1, 0.05, 0.5],
            ftol=1e-6,
            xtol=1e-6,
            max_nfev=40,
        )
        if best is None or fit.cost < best.cost - 1e-9:
            best = fit
    assert best is not None
    toe = float(best.x[0])
    radius, angle, straight = (float(v) for v in np.exp(best.x[1:]))
    rmse = float(np.sqrt((residual(best.x)[:-1] ** 2).sum() / (weight**2).sum()))
    shape = (radius, angle, straight)
    variance = 1.25 * max(rmse, 0.01) ** 2 * max(correlated / step, 1.0)
    j = best.jac
    cov = np.linalg.pinv(j.T @ j + np.diag([1e-9, 1e-2, 1e-2, 1e-1])) * variance
    if radius * np.tan(angle) ** 2 / 2 > s.max():
        # the arc goes on past what is seen: the angle where the rails cross
        angle = float(np.arctan(np.sqrt(2 * gauge / radius)))
        sigma = angle * 0.5 * float(np.sqrt(cov[1, 1]))
    else:
        sigma = angle * float(np.sqrt(cov[2, 2]))
    sigma = float(np.hypot(sigma, _SMEARED * angle))
    return Turnout(
        float(toe),
        float(radius),
        float(angle),
        float(sigma),
        float(np.sqrt(cov[0, 0])),
        rmse,
        shape,
    )


def fit_approach(x: Array, s: Array, correlated: float) -> Turnout | None:
    """The turnout that a leg leads to which ends loose beside its main track.

    Where the two draw together a network bends the leg, so its straight part tells.

    Parameters
    ----------
    x, s
        ``(n,)`` stations on the main track and separations from the leg's end on, metres, `x`
        ascending.
    correlated
        Length over which the errors of `s` hang together, metres.
    """
    window = _straight_window(x, s, 0, _APPROACH)
    if window is None or window[2] < _DRAWS_NEAR or window[2] > _ANGLES[1]:
        return None
    return _usual_turnout(x, s, window, _APPROACH, correlated)


def _fit_straight(x: Array, s: Array, correlated: float) -> Turnout | None:
    """Extend the leg's straight to the main track, and begin the arc that is usual for its angle.

    None where there is no straight beyond a jump that is clearly steeper.
    """
    left = np.flatnonzero(s < 0.35)
    if not len(left):
        return None
    last = int(left[-1])
    window = _straight_window(x, s, last + 1, _STRAIGHT)
    if window is None:
        return None
    first, slope = window[1:3]
    jump = (s[first] - s[last]) / (x[first] - x[last])
    if not _ANGLES[0] < slope < _ANGLES[1] or jump < _STEEPER * slope:
        return None
    return _usual_turnout(x, s, window, _STRAIGHT, correlated)


def _straight_window(
    x: Array, s: Array, start: int, length: float
) -> tuple[float, int, float, float] | None:
    """The first straight stretch past the arc: its error, first point, slope, and place there."""
    if len(x) < 10:
        return None
    count = int(np.ceil(length / float(np.median(np.diff(x)))))
    best: tuple[float, int, float, float] | None = None
    for first in range(start, len(x) - count):
        part = slice(first, first + count)
        if (best and x[first] > x[best[1]] + _STRAIGHT / 2) or s[part].max() > _FARTHEST:
            break
        if s[first] < _NEAREST:
            continue
        slope, at = np.polyfit(x[part] - x[first], s[part], 1)
        error = float(np.std(s[part] - np.polyval((slope, at), x[part] - x[first])))
        if error < (best[0] if best else _STRAIGHT_NOISE):
            best = error, first, float(slope), float(at)
    return best


def _usual_turnout(
    x: Array, s: Array, window: tuple[float, int, float, float], length: float, correlated: float
) -> Turnout:
    """The turnout with that straight, and the radius that is usual for its angle."""
    error, first, slope, at = window
    angle = float(np.arctan(slope))
    radius = float(np.exp(_USUAL)) / angle**2
    tangent = radius * slope / 2
    own = max(error, 0.01) * np.sqrt(max(correlated / length, 1.0))
    slope_sigma = own * np.sqrt(12) / length
    meet_sigma = float(np.hypot(own, s[first] * slope_sigma / slope) / slope)
    return Turnout(
        float(x[first] - at / slope) - tangent,
        radius,
        angle,
        float(np.hypot(slope_sigma, _SMEARED * angle)),
        float(np.hypot(meet_sigma, _USUAL_SIGMA * tangent)),
        error,
        (radius, angle, 1e3),
        measured_from=float(s[first]),
    )
