"""Where a leg leaves its main track, and its curve from there on."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import (
    Array,
    arc_length,
    heading_change,
    point_at,
    project,
    resample,
    smooth,
    tangents,
)
from railmap.geometry.evidence.band import Scale, cross_sections
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import GraphNode
from railmap.geometry.junctions.turnout import Turnout, fit_turnout

__all__ = ["draw_beside", "draw_branch", "find_toe", "leg_side", "name_switch"]

_BLEND = 8.0  # metres over which a leg goes from the fitted turnout to what was measured
_MODEL_SEPARATION = 1.2  # metres from the main track up to which the fitted turnout is drawn
_MAX_RMSE = 0.15  # of a fit that is told and drawn
_UNSEEN = 0.2  # weight of separations where neither edge was to be seen
_HEADING = 15.0  # metres of track that tell its heading
_FUSED = 1.2  # metres of separation up to which the width of the band tells it ...
_DOUBT = 0.5  # ... unless it is off by more: another track is near
_TRUNK = 40  # points at the trunk's far end that tell the width of one track ...
_WIDER = 0.25  # ... unless other points are narrower by so many metres


def find_toe(
    probability: ProbabilityField,
    main: Array,
    leg: Array,
    weight: Array,
    scale: Scale,
    gauge: float,
) -> tuple[float, float, Turnout | None]:
    """Station of the toe on the main track, side of the leg, and the fit if there is a good one."""
    x, s, trust, side = _separations(main, leg, weight)
    if scale.tent:
        s = _fused_separations(probability, main, x, s, side, scale)
    fit = fit_turnout(x, s, trust, gauge, 0.5 * scale.wavelength) if len(x) > 10 else None
    total = float(arc_length(main)[-1])
    if fit is not None:  # its angle means nothing where it doesn't fit
        told = fit if fit.rmse <= _MAX_RMSE else None
        return float(np.clip(fit.toe, 0.5, total - 0.5)), side, told
    near = np.flatnonzero(s < 0.15)
    at = float(x[near[-1]]) if len(near) else 0.5
    return float(np.clip(at, 0.5, total - 0.5)), side, None


def leg_side(main: Array, leg: Array, side: float, fit: Turnout | None) -> float:
    """Side of the leg (+1 left), where the through track may be what was taken for it.

    Where the leg was not seen near the toe, either may have been followed as the main track; the
    through track is that which turns from the trunk by less than half of what the other does.
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
    own, its = (
        abs(heading_change(heading, float(np.arctan2(way[1], way[0]))))
        for way in (mine[-1] - mine[0], other)
    )
    return -side if 2 * own < its else side


def name_switch(node: GraphNode, side: float, fit: Turnout | None) -> None:
    """Make a node a switch whose leg leaves to a side (+1 left), with the fit's figures."""
    node.railway = "switch"
    node.turnout_side = "left" if side > 0 else "right"
    if fit is not None:
        node.angle_deg = round(float(np.degrees(fit.angle)), 3)
        node.angle_sigma_deg = round(float(np.degrees(fit.angle_sigma)), 3)
        node.crossing_number = round(float(1 / np.tan(fit.angle)), 2)
        node.sigma_m = round(fit.toe_sigma, 2)


def draw_branch(
    main: Array, leg: Array, toe: float, side: float, fit: Turnout | None, scale: Scale
) -> Array:
    """The leg from its toe on: tangent to the main track, then on what was measured."""
    start = point_at(main, toe)
    # the leg's own points are told from the main track's end by running past it
    past = np.flatnonzero(project(leg, main)[:, 0] <= toe)
    first = int(past[-1]) + 1 if len(past) else 1
    rest = leg[min(first, len(leg) - 1) :]  # its far end stays, even where it lies before the toe
    if fit is not None:
        rest = _on_model(main, rest, toe, side, fit)
    return _eased(np.concatenate([start[None], rest]), scale)


def draw_beside(main: Array, leg: Array, side: float, fit: Turnout, scale: Scale) -> Array:
    """The leg of a turnout whose toe lies before the main track begins: beside it from there on."""
    return _eased(_on_model(main, leg, fit.toe, side, fit), scale)


def _on_model(main: Array, leg: Array, toe: float, side: float, fit: Turnout) -> Array:
    """Move points of a leg to where the fitted turnout runs, near the main track."""
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


def _eased(xy: Array, scale: Scale) -> Array:
    """Points of a leg as a smooth curve between its ends."""
    curve = resample(xy, scale.step)
    weight = np.ones(len(curve))
    weight[0] = weight[-1] = 1e4
    eased = smooth(curve, weight, scale.step, 6.0)
    eased[0], eased[-1] = curve[0], curve[-1]
    return eased


def _separations(main: Array, leg: Array, weight: Array) -> tuple[Array, Array, Array, float]:
    """Stations on the main track, separations there, weights, and the leg's side (+1 left)."""
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
) -> Array:
    """Separations, where the ridges of both tracks are still one, from the band's width."""
    near = s < _FUSED
    if near.sum() < 10:
        return s
    at = point_at(main, x[near])
    tangent = tangents(main)
    along = arc_length(main)
    t = np.stack([np.interp(x[near], along, tangent[:, i]) for i in (0, 1)], 1)
    middle = at + 0.5 * side * s[near, None] * np.stack([-t[:, 1], t[:, 0]], 1)
    width = cross_sections(probability, middle, 2.0 * scale.width).width
    single = _single_width(np.where(s[near] < 0.05, width, np.nan))
    if single is None:
        return s
    first, trunk = single
    found = width - trunk
    good = np.isfinite(found) & (np.abs(found - s[near]) < _DOUBT)
    good[:first] = False
    out = s.copy()
    out[np.flatnonzero(near)[good]] = found[good]
    return out


def _single_width(width: Array) -> tuple[int, float] | None:
    """Where the band of the trunk begins to be that of one track, and its width there.

    Where the trunk comes out of other trackwork another band lies beside it and makes it clearly
    wider; then the narrowest stretch tells. A little narrower it also is under leaves.
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
