"""Fit a turnout to the separation of its leg from the main track (both solvers)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from railmap.geometry.curves import Array

__all__ = ["NOT_WIDER", "Turnout", "fit_after_single", "fit_approach", "fit_turnout"]

NOT_WIDER = 0.3
"""A band that is wider by less is that of a single track, metres."""

_MAX_SEPARATION = 3.2  # the leg counts as turnout up to this separation, metres
_NOT_DIVERGED = 0.35  # smaller separations may be those of the main track itself, metres
# radius of the leg over the square of the crossing number: 2.3 to 3.9 m in turnout catalogues
_USUAL, _USUAL_SIGMA = np.log(3.3), 0.25
_SMOOTHING = 0.05  # error of an angle by smoothing, as a share: arcs meet in crossovers
_NOISE = 0.03  # standard deviation of a separation, metres
_MAX_MISFIT = 0.12  # largest root mean square error of a whole fit, metres
_STRAIGHT, _STRAIGHT_NOISE = 12.0, 0.06  # straight of a leg: length and largest error, metres
_NEAREST, _FARTHEST = 1.7, 9.0  # separations of that straight: past the arc, metres
_SLOPES = (0.03, 0.25)  # of a turnout's leg: 1:33 to 1:4
_APPROACH = 20.0  # length of straight of an unconnected leg, metres
_MIN_APPROACH = 0.045  # its least slope
_APART = 0.9  # largest separation of two tracks in the band of one, metres
_TOE_SLACK = 3.0  # error of a toe that the end of the single band does not contradict, metres
_ARC_SIGMA = 0.2  # relative error of angle and length of an arc through two points
_JUMP = 1.4  # least slope of a jump to the main track, as a multiple of the straight's


@dataclass(frozen=True, slots=True)
class Turnout:
    """A turnout: straight or curved main track, and a leg of one arc followed by a straight.

    Parameters
    ----------
    toe
        Station on the main track where the arc begins (mathematical switch point), metres.
    radius
        Radius of the leg relative to the main track, metres.
    angle
        Angle between the tracks at the end of the arc, radians; if the arc is longer than the
        measured part, the angle where the centrelines are one gauge apart.
    angle_sigma, toe_sigma
        Standard deviations, radians and metres.
    rmse
        Root mean square error of the separation, metres.
    shape
        Radius (m), angle (radians) and length of straight (m) of the fitted leg.
    measured_from
        Separation from which the leg was measured, metres. Nearer to the main track it has the
        usual shape for its angle.
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
        """Distance between the centrelines, metres.

        Parameters
        ----------
        x
            ``(n,)`` metres past the toe.

        Returns
        -------
        ndarray
            ``(n,)`` metres.
        """
        return _separation(x, *self.shape)


def _separation(x: Array, radius: float, angle: float, straight: float) -> Array:
    """Separation of a leg: arc, straight, and an arc back to run parallel to the main track."""
    slope = np.tan(angle)
    end = radius * slope
    u = np.clip(x, 0.0, end)
    s = u * u / (2 * radius) + slope * np.clip(x - end, 0.0, None)
    back = np.clip(x - end - straight, 0.0, end)
    s -= back * back / (2 * radius) + slope * np.clip(x - 2 * end - straight, 0.0, None)
    return np.asarray(s)


def fit_turnout(
    x: Array, s: Array, weight: Array, gauge: float, correlated: float
) -> Turnout | None:
    """Fit toe, radius and angle to the separations of a leg from its main track.

    If the leg ended before it met the main track, and the trace jumped across, no turnout fits
    all separations. Then the straight of the leg decides.

    Parameters
    ----------
    x
        ``(n,)`` stations on the main track, metres, ascending.
    s
        ``(n,)`` separations there, metres, positive on the side of the leg.
    weight
        ``(n,)`` 0-1.
    gauge
        Track gauge, metres.
    correlated
        Length over which the errors of `s` are correlated, metres.

    Returns
    -------
    Turnout or None
        None if the separations do not show a leg that diverges.
    """
    fit = _fit_whole(x, s, weight, gauge, correlated)
    if fit is None or fit.rmse <= _MAX_MISFIT:
        return fit
    return _fit_straight(x, s, correlated) or fit


def _fit_whole(
    x: Array, s: Array, weight: Array, gauge: float, correlated: float
) -> Turnout | None:
    """Fit all separations up to `_MAX_SEPARATION`."""
    beyond = np.flatnonzero(s > _MAX_SEPARATION)
    stop = int(beyond[0]) if len(beyond) else len(s)
    x, s, weight = x[:stop], s[:stop], weight[:stop]
    left = np.flatnonzero(s < _NOT_DIVERGED)
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
        # prior: the arc of a turnout ends about where the rails cross
        usual = (p[1] + 2 * p[2] - _USUAL) / _USUAL_SIGMA * prior
        return np.append(weight * (model - s), usual)

    best = None
    # several starts: the minima of a long straight and of a crossover's short one are separate
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
        # the arc is longer than the measured part: take the angle where the rails cross
        angle = float(np.arctan(np.sqrt(2 * gauge / radius)))
        sigma = angle * 0.5 * float(np.sqrt(cov[1, 1]))
    else:
        sigma = angle * float(np.sqrt(cov[2, 2]))
    sigma = float(np.hypot(sigma, _SMOOTHING * angle))
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
    """Fit the turnout of a leg that ends unconnected next to its main track.

    Near its end the leg is bent where the bands merge, so its straight decides.

    Parameters
    ----------
    x, s
        ``(n,)`` stations on the main track, ascending, and separations there, from the end of the
        leg outwards, metres.
    correlated
        Length over which the errors of `s` are correlated, metres.

    Returns
    -------
    Turnout or None
        None if the leg has no straight, or its slope is not that of a turnout.
    """
    window = _straight_window(x, s, 0, _APPROACH)
    if window is None or window[2] < _MIN_APPROACH or window[2] > _SLOPES[1]:
        return None
    return _usual_turnout(x, s, window, _APPROACH, correlated)


def fit_after_single(fit: Turnout, x: Array, s: Array, single_to: float) -> Turnout:
    """Move a toe before the start of the main track to where its single band allows it.

    There the tracks are at most 0.9 m apart (networks merge them for so long), which an arc
    reaches a known length past its toe. A fit of the leg's far part only (`Turnout.measured_from`),
    which may curve back already, puts the toe much too far away.

    Parameters
    ----------
    fit
        The fitted turnout.
    x, s
        ``(n,)`` stations on the main track, ascending, and separations there, metres.
    single_to
        Station at which the band grows wider than that of a single track; -inf if unknown.

    Returns
    -------
    Turnout
        The same, or the arc from the nearest possible toe to where the tracks have parted.
    """
    toe = single_to - float(np.sqrt(2 * _APART * fit.radius))
    parted = np.flatnonzero((s >= _NEAREST) & (x > single_to))
    if not fit.measured_from or fit.toe > min(0.0, toe - _TOE_SLACK) or not len(parted):
        return fit
    first = int(parted[0])
    reach, apart = float(x[first]) - toe, float(s[first])
    radius, slope = reach**2 / (2 * apart), 2 * apart / reach
    angle = float(np.arctan(slope))
    return Turnout(
        toe,
        radius,
        angle,
        float(_ARC_SIGMA * angle),
        float(_ARC_SIGMA * reach),
        fit.rmse,
        (radius, angle, 1e3),
        measured_from=apart,
    )


def _fit_straight(x: Array, s: Array, correlated: float) -> Turnout | None:
    """Extend the leg's straight to the main track, with an arc of the usual radius.

    None if there is no straight beyond a jump that is clearly steeper.
    """
    left = np.flatnonzero(s < _NOT_DIVERGED)
    if not len(left):
        return None
    last = int(left[-1])
    window = _straight_window(x, s, last + 1, _STRAIGHT)
    if window is None:
        return None
    first, slope = window[1:3]
    jump = (s[first] - s[last]) / (x[first] - x[last])
    if not _SLOPES[0] < slope < _SLOPES[1] or jump < _JUMP * slope:
        return None
    return _usual_turnout(x, s, window, _STRAIGHT, correlated)


def _straight_window(
    x: Array, s: Array, start: int, length: float
) -> tuple[float, int, float, float] | None:
    """Find the first straight past the arc: its error, first point, slope and separation there."""
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
    """Turnout with a given straight and the usual radius for its angle."""
    error, first, slope, at = window
    angle = float(np.arctan(slope))
    radius = float(np.exp(_USUAL)) / angle**2
    tangent = radius * slope / 2
    sigma = max(error, 0.01) * np.sqrt(max(correlated / length, 1.0))
    slope_sigma = sigma * np.sqrt(12) / length
    meet_sigma = float(np.hypot(sigma, s[first] * slope_sigma / slope) / slope)
    return Turnout(
        float(x[first] - at / slope) - tangent,
        radius,
        angle,
        float(np.hypot(slope_sigma, _SMOOTHING * angle)),
        float(np.hypot(meet_sigma, _USUAL_SIGMA * tangent)),
        error,
        (radius, angle, 1e3),
        measured_from=float(s[first]),
    )
