"""Paint rails, and the check rails and point machines of turnouts."""

from __future__ import annotations

import numpy as np

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, rgb
from railmap.rendering.paint.track_look import TrackLook
from railmap.rendering.plan.tracks import Track, TrackPlan, by_station

__all__ = ["paint_check_rails", "paint_rails"]

_HEAD = 0.072  # rail head width, m
_FOOT = 0.15


def paint_rails(
    canvas: Canvas,
    rng: np.random.Generator,
    track: Track,
    plan: TrackPlan,
    look: TrackLook,
    ballast: Colour,
) -> None:
    """Draw both rails with feet and shadows, and sometimes guard rails."""
    tangent = np.gradient(track.xy, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    half = plan.gauge_mm / 2000 + _HEAD / 2
    shade = rgb(np.array(ballast) * (1 - 0.65 * look.rail_shadow))
    drop = canvas.sun * 0.16
    drop *= min(1.0, 0.3 / (float(np.linalg.norm(drop)) + 1e-9))
    foot = rng.random() < 0.85
    guard = rng.random() < 0.04
    for side in (-1.0, 1.0):
        rail = track.xy + normal * side * half
        if look.rail_shadow > 0.35:
            canvas.ribbon(rail + drop / 2, _FOOT * 0.9, shade)
        if foot:
            canvas.ribbon(rail, _FOOT, look.foot)
        canvas.ribbon(rail, _HEAD, look.head)
        if guard:
            canvas.ribbon(track.xy + normal * side * (half - 0.22), 0.07, look.foot)


def paint_check_rails(
    canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, look: TrackLook
) -> None:
    """Draw check rails at the crossing and the point machine at the toe."""
    half = plan.gauge_mm / 2000 + _HEAD / 2
    for main, toe, direction, leg in plan.turnouts:
        track, other = plan.tracks[main], plan.tracks[leg]
        s, y = by_station(track)
        s2, y2 = by_station(other)
        probe = toe + direction * np.arange(0, 60, 0.25)
        apart = np.interp(probe, s2, y2) - np.interp(probe, s, y)
        frog = probe[int(np.argmax(np.abs(apart) >= 2 * half))]
        if abs(frog - toe) < 3:
            continue
        side = float(np.sign(apart[np.argmax(np.abs(apart) >= 2 * half)]))
        span = np.linspace(frog - 2.2, frog + 2.2, 12)
        for base, away in ((track, -side), (other, side)):
            t, o = by_station(base)
            line = plan.reference.at(span, np.interp(span, t, o) + away * (half - 0.11))
            canvas.ribbon(line, 0.07, look.foot)
        machine = plan.reference.at(
            np.array([toe + direction * 0.5]), np.array([np.interp(toe, s, y) - side * 1.9])
        )[0]
        if rng.random() < 0.7:
            d = plan.reference.direction(toe)
            n = np.array([-d[1], d[0]])
            box = np.array(
                [
                    machine + d * a * 0.5 + n * b * 0.35
                    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
            )
            canvas.polygon(box, jitter(rng, (130, 128, 120), 40))
