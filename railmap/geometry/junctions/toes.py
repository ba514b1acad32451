"""Toes of turnouts: where a leg diverges, and its curve from there on (both solvers)."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import (
    Array,
    arc_length,
    heading_change,
    point_at,
    project,
    smooth_between,
    tangents,
)
from railmap.geometry.evidence.band import Scale, cross_sections
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import GraphNode
from railmap.geometry.junctions.turnout import NOT_WIDER, Turnout, fit_after_single, fit_turnout

__all__ = ["draw_beyond_toe", "draw_leg", "find_toe", "leg_side", "set_switch"]

_BLEND = 8.0  # length over which a leg changes from the fitted turnout to the measured points
_MODEL_SEPARATION = 1.2  # the fitted turnout is drawn up to this separation, metres
_MAX_RMSE = 0.15  # largest error of a fit that is reported and drawn, metres
_UNSEEN = 0.2  # weight of separations where neither edge of the band was found
_HEADING = 15.0  # length of track from which a heading is computed, metres
_FUSED = 1.2  # up to this separation it is computed from the width of the band, metres ...
_MAX_CORRECTION = 0.5  # ... unless that differs by more, as another track is near
_TRUNK = 40  # points of the trunk from which the width of a single track is measured ...
_WIDER = 0.25  # ... unless others are narrower by this, metres
_MEDIAN = 13  # points of a width that is compared with that of a single track
_WAVELENGTH = 6.0  # of the smoothing of a leg, metres


def find_toe(
    probability: ProbabilityField,
    main: Array,
    leg: Array,
    weight: Array,
    scale: Scale,
    gauge: float,
) -> tuple[float, float, Turnout | None]:
    """Find where a leg diverges from its main track.

    Parameters
    ----------
    probability
        Track probability.
    main
        ``(n, 2)`` main track, from the trunk, metres.
    leg
        ``(m, 2)`` the path of the leg, which follows the main track up to the toe, metres.
    weight
        ``(m,)`` weight of the measurement at each of its points.
    scale
        Lengths of the raster.
    gauge
        Track gauge, metres.

    Returns
    -------
    toe
        Station on the main track, metres.
    side
        1 if the leg is on the left of the main track, else -1.
    fit
        The fitted turnout; None without a good fit.
    """
    x, s, trust, side = _separations(main, leg, weight)
    single_to = -np.inf
    if scale.tent:
        s, single_to = _fused_separations(probability, main, x, s, side, scale)
    fit = fit_turnout(x, s, trust, gauge, 0.5 * scale.wavelength) if len(x) > 10 else None
    if fit is not None:
        fit = fit_after_single(fit, x, s, single_to)
    total = float(arc_length(main)[-1])
    if fit is not None:
        good = fit if fit.rmse <= _MAX_RMSE else None
        return float(np.clip(fit.toe, 0.5, total - 0.5)), side, good
    near = np.flatnonzero(s < 0.15)
    at = float(x[near[-1]]) if len(near) else 0.5
    return float(np.clip(at, 0.5, total - 0.5)), side, None


def leg_side(main: Array, leg: Array, side: float, fit: Turnout | None) -> float:
    """Side of the diverging leg, also if leg and through track were exchanged.

    Where the leg was not measured near the toe, either track may have been taken for the main
    track. The through track is the one that turns from the trunk by less than half as much.

    Parameters
    ----------
    main, leg
        ``(n, 2)`` and ``(m, 2)`` main track and leg, metres.
    side
        Side of the leg as found, 1 for left, else -1.
    fit
        The fitted turnout.

    Returns
    -------
    float
        1 for left, else -1.
    """
    if fit is None or not fit.measured_from:
        return side
    slope = np.tan(fit.angle)
    apart = fit.toe + fit.radius * slope / 2 + fit.measured_from / slope
    stations = project(leg, main)[:, 0]
    mine = leg[(stations >= apart) & (stations <= apart + _HEADING)]
    if len(mine) < 2 or apart > arc_length(main)[-1] - 1.0:
        return side
    ends = np.array([max(fit.toe - _HEADING, 0.0), max(fit.toe, 1.0), apart, apart + _HEADING])
    trunk, _, other = np.diff(point_at(main, ends), axis=0)
    heading = float(np.arctan2(trunk[1], trunk[0]))
    leg_turn, main_turn = (
        abs(heading_change(heading, float(np.arctan2(v[1], v[0]))))
        for v in (mine[-1] - mine[0], other)
    )
    return -side if 2 * leg_turn < main_turn else side


def set_switch(node: GraphNode, side: float, fit: Turnout | None) -> None:
    """Make a node a switch.

    Parameters
    ----------
    node
        The node; changed in place.
    side
        Side of the diverging leg, 1 for left, else -1.
    fit
        The fitted turnout, for angle, crossing number and accuracy.
    """
    node.railway = "switch"
    node.turnout_side = "left" if side > 0 else "right"
    if fit is not None:
        node.angle_deg = round(float(np.degrees(fit.angle)), 3)
        node.angle_sigma_deg = round(float(np.degrees(fit.angle_sigma)), 3)
        node.crossing_number = round(float(1 / np.tan(fit.angle)), 2)
        node.leg_radius_m = fit.radius
        node.sigma_m = round(fit.toe_sigma, 2)


def draw_leg(
    main: Array, leg: Array, toe: float, side: float, fit: Turnout | None, scale: Scale
) -> Array:
    """Curve of a leg from its toe: first the fitted turnout, then the measured points.

    Parameters
    ----------
    main, leg
        ``(n, 2)`` and ``(m, 2)`` main track and leg, metres.
    toe
        Station of the toe on the main track, metres.
    side
        Side of the leg, 1 for left, else -1.
    fit
        The fitted turnout; None uses the measured points only.
    scale
        Lengths of the raster.

    Returns
    -------
    ndarray
        ``(k, 2)`` from the toe, metres.
    """
    start = point_at(main, toe)
    past = np.flatnonzero(project(leg, main)[:, 0] <= toe)
    first = int(past[-1]) + 1 if len(past) else 1
    rest = leg[min(first, len(leg) - 1) :]  # its last point stays, even if it is before the toe
    if fit is not None:
        rest = _on_model(main, rest, toe, side, fit)
    return smooth_between(np.concatenate([start[None], rest]), scale.step, _WAVELENGTH)


def draw_beyond_toe(main: Array, leg: Array, side: float, fit: Turnout, scale: Scale) -> Array:
    """Curve of a leg whose toe is before the start of the main track.

    Parameters
    ----------
    main, leg, side, fit, scale
        As for `draw_leg`.

    Returns
    -------
    ndarray
        ``(k, 2)`` from the first point of the leg, metres.
    """
    return smooth_between(_on_model(main, leg, fit.toe, side, fit), scale.step, _WAVELENGTH)


def _on_model(main: Array, leg: Array, toe: float, side: float, fit: Turnout) -> Array:
    """Move the points of a leg near the main track onto the fitted turnout."""
    place = project(leg, main)
    x, s = place[:, 0], side * place[:, 1]
    along = arc_length(main)
    model = fit.separation(x - toe)
    reached = np.flatnonzero(model >= max(_MODEL_SEPARATION, fit.measured_from))
    x_end = float(x[reached[0]]) if len(reached) else float(x.max(initial=toe))
    share = np.clip((x - x_end) / _BLEND, 0.0, 1.0)
    mixed = (1 - share) * model + share * s
    inside = (x < along[-1] - 1e-6) & (share < 1.0)
    here = point_at(main, x)
    tangent = tangents(main)
    t = np.stack([np.interp(x, along, tangent[:, i]) for i in (0, 1)], 1)
    normal = side * np.stack([-t[:, 1], t[:, 0]], 1)
    moved = leg.copy()
    moved[inside] = (here + mixed[:, None] * normal)[inside]
    return moved


def _separations(main: Array, leg: Array, weight: Array) -> tuple[Array, Array, Array, float]:
    """Stations on the main track, separations there, weights, and the leg's side (1 left)."""
    place = project(leg, main)
    inside = (place[:, 0] > 0) & (place[:, 0] < arc_length(main)[-1] - 1e-6)
    far = inside & (np.abs(place[:, 1]) > 0.5)
    side = 1.0 if np.sum(place[far, 1]) >= 0 else -1.0
    x, s = place[inside, 0], side * place[inside, 1]
    trust = np.where(weight[inside] > 0, 1.0, _UNSEEN)
    order = np.argsort(x, kind="stable")
    return x[order], s[order], trust[order], side


def _fused_separations(
    probability: ProbabilityField, main: Array, x: Array, s: Array, side: float, scale: Scale
) -> tuple[Array, float]:
    """Replace separations where both tracks share one ridge by those from the band's width.

    Also returns the station up to which the band is that of a single track.
    """
    near = s < _FUSED
    if near.sum() < 10:
        return s, -np.inf
    at = point_at(main, x[near])
    tangent = tangents(main)
    along = arc_length(main)
    t = np.stack([np.interp(x[near], along, tangent[:, i]) for i in (0, 1)], 1)
    middle = at + 0.5 * side * s[near, None] * np.stack([-t[:, 1], t[:, 0]], 1)
    width = cross_sections(probability, middle, 2.0 * scale.width).width
    single = _single_width(np.where(s[near] < 0.05, width, np.nan))
    if single is None:
        return s, -np.inf
    first, trunk = single
    found = width - trunk
    good = np.isfinite(found) & (np.abs(found - s[near]) < _MAX_CORRECTION)
    good[:first] = False
    out = s.copy()
    out[np.flatnonzero(near)[good]] = found[good]
    return out, _single_to(x[near][first:], found[first:])


def _single_to(x: Array, wider: Array) -> float:
    """Station at which a band grows wider than that of a single track, for good."""
    known = np.isfinite(wider)
    x, wider = x[known], wider[known]
    if not len(x):
        return -np.inf
    count = min(_MEDIAN, len(wider))
    eased = [float(np.median(wider[k : k + count])) for k in range(len(wider) - count + 1)]
    narrow = np.flatnonzero(np.array(eased) < NOT_WIDER)
    return float(x[narrow[-1] + count // 2]) if len(narrow) else -np.inf


def _single_width(width: Array) -> tuple[int, float] | None:
    """First point of the trunk with the band of a single track, and the width of that band.

    Where the trunk leaves other trackwork, another band next to it makes it clearly wider; then
    the narrowest part counts. Vegetation makes a band a little narrower, which is ignored.
    """
    found = []
    for first in range(0, max(len(width) - _TRUNK // 2, 1), _TRUNK // 4):
        part = width[first : first + _TRUNK]
        part = part[np.isfinite(part)]
        if len(part) >= 10:
            found.append((first, float(np.median(part))))
    if not found:
        return None
    narrowest = min(found, key=lambda one: one[1])
    return narrowest if found[0][1] > narrowest[1] + _WIDER else found[0]
