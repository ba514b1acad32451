"""Paint the permanent way: formation, ballast, sleepers, rails, bearers, weeds and stains."""

from __future__ import annotations

import numpy as np

from railmap.rendering.paint.ballast import BALLAST, paint_bed, paint_strip, paint_weeds
from railmap.rendering.paint.canvas import Canvas, jitter, uniform
from railmap.rendering.paint.rails import paint_check_rails, paint_rails
from railmap.rendering.paint.sleepers import paint_blocks, paint_sleepers
from railmap.rendering.paint.track_look import TrackLook, track_look
from railmap.rendering.paint.viaduct import paint_deck
from railmap.rendering.paint.wear import deck_look, paint_wear, worn_look
from railmap.rendering.plan.tracks import TrackPlan

__all__ = ["paint_way"]

_ELEVATED = 0.08  # share of the images that may show a viaduct


def paint_way(
    canvas: Canvas,
    rng: np.random.Generator,
    plan: TrackPlan,
    worn: np.random.Generator | None = None,
) -> None:
    """Paint the permanent way of all tracks of a plan, old if `worn` is given."""
    ballast = jitter(rng, BALLAST[int(rng.integers(len(BALLAST)))], 14)
    form = str(rng.choice(["ballast", "none", "slab", "grass"], p=[0.84, 0.06, 0.06, 0.04]))
    if worn is not None and worn.random() < _ELEVATED:
        form = "deck"
        paint_deck(canvas, worn, plan)
    if form == "ballast":
        paint_bed(canvas, rng, plan, ballast)
    elif form == "slab":
        ballast = jitter(rng, (166, 162, 156), 16)
        width = uniform(rng, 2.4, 3.4)
        for track in plan.tracks:
            canvas.ribbon(track.xy[::2], width, ballast)
    shared: TrackLook | None = None
    looks = []
    for _ in plan.tracks:
        shared = track_look(rng, ballast, shared)
        looks.append(shared)
    if form == "deck":
        looks = [deck_look(rng, look) for look in looks]
    elif worn is not None:
        older = worn_look(worn, looks[0])
        looks = [worn_look(worn, look) if worn.random() < 0.2 else older for look in looks]
    tinted = rng.random() < 0.55
    for track, look in zip(plan.tracks, looks, strict=True):
        if tinted and rng.random() < 0.8:
            paint_strip(canvas, rng, track, plan)
        if form == "deck" or (form in ("ballast", "none") and look.sleeper != "covered"):
            paint_sleepers(canvas, rng, track, plan, look, ballast)
        elif form == "slab" and rng.random() < 0.7:
            paint_blocks(canvas, rng, track, plan)
        if worn is not None and form in ("ballast", "none"):
            paint_wear(canvas, worn, track, plan, ballast)
        if rng.random() < 0.12:
            paint_strip(canvas, rng, track, plan)
    wild = rng.random() if form != "deck" else 1.0
    band = np.zeros(canvas.image.shape[:2], np.uint8)
    if wild < 0.25:
        for track in plan.tracks:
            if rng.random() < 0.6:
                canvas.ribbon(track.xy[::2], uniform(rng, 1.0, 4.0), 255, band)
        paint_weeds(canvas, rng, band, uniform(rng, 0.4, 1.0))
    for track, look in zip(plan.tracks, looks, strict=True):
        paint_rails(canvas, rng, track, plan, look, ballast)
    if looks:
        paint_check_rails(canvas, rng, plan, looks[0])
    if wild < 0.1:
        paint_weeds(canvas, rng, band, uniform(rng, 0.3, 0.8))
    _buffer_stops(canvas, rng, plan)


def _buffer_stops(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    for track in plan.tracks:
        if not track.stub:
            continue
        end, back = track.xy[-1], track.xy[-1] - track.xy[-4]
        d = back / (np.linalg.norm(back) + 1e-9)
        n = np.array([-d[1], d[0]])
        box = np.array(
            [end + d * a + n * b for a, b in ((-0.3, -1.5), (0.5, -1.5), (0.5, 1.5), (-0.3, 1.5))]
        )
        red = rng.random() < 0.5
        canvas.polygon(box, jitter(rng, (150, 60, 50) if red else (190, 188, 180), 20))
