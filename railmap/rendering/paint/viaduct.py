"""Paint elevated track with an open deck: sleepers on girders, the street visible below."""

from __future__ import annotations

import numpy as np

from railmap.rendering.paint.canvas import Canvas, jitter, rgb, uniform
from railmap.rendering.plan.tracks import TrackPlan

__all__ = ["paint_deck"]


def paint_deck(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint shadow, girders and walkways of a viaduct under all tracks of a plan."""
    height = uniform(rng, 4, 8)
    colour = np.array(jitter(rng, [(70, 62, 56), (96, 96, 98), (58, 74, 70)][int(rng.integers(3))]))
    half = plan.sleeper_m / 2
    for track in plan.tracks:  # the street below is in the shadow of the deck
        canvas.ribbon(track.xy[::2] + canvas.sun * height, plan.sleeper_m + 1.0, 200, canvas.shadow)
    canvas.cast()
    walk = uniform(rng, 0.5, 1.1) if rng.random() < 0.7 else 0.0
    planks = jitter(rng, (150, 138, 122), 24)
    dim = rgb(colour * uniform(rng, 0.5, 0.9))
    for track in plan.tracks:
        tangent = np.gradient(track.xy, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
        if rng.random() < 0.5:  # bracing covers most of the street
            canvas.ribbon(track.xy, 2 * half - 0.4, dim)
        for side in (-1.0, 1.0):
            canvas.ribbon(track.xy + normal * side * uniform(rng, 0.75, 1.1), 0.35, rgb(colour))
            if walk:
                canvas.ribbon(track.xy + normal * side * (half + walk / 2 + 0.1), walk, planks)
                rail = track.xy + normal * side * (half + walk + 0.15)
                canvas.ribbon(rail, 0.12, rgb(colour + 50))
