"""Paint old track: stones over sleeper ends, rust, dull rail heads, bright specks."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, uniform
from railmap.rendering.paint.track_look import TrackLook
from railmap.rendering.plan.tracks import Track, TrackPlan

__all__ = ["deck_look", "paint_wear", "worn_look"]

_RUST = ((70, 50, 38), (92, 66, 48), (52, 46, 42), (112, 84, 62), (40, 34, 30))


def worn_look(rng: np.random.Generator, look: TrackLook) -> TrackLook:
    """Make a look older: dull rail heads, uneven sleepers."""
    head = (
        jitter(rng, _RUST[int(rng.integers(len(_RUST)))], 14) if rng.random() < 0.6 else look.head
    )
    colour = look.colour
    if look.sleeper in ("concrete", "faint") and rng.random() < 0.6:
        colour = jitter(rng, (158, 148, 134), 24)
    elif look.sleeper == "wood" and rng.random() < 0.5:  # timber becomes grey and splits
        colour = jitter(rng, (132, 127, 120), 18)
    return replace(
        look, head=head, colour=colour, variation=uniform(rng, 6, 30),
        rail_shadow=uniform(rng, 0.4, 1.0),
    )  # fmt: skip


def deck_look(rng: np.random.Generator, look: TrackLook) -> TrackLook:
    """Return the appearance of the timber sleepers of an open deck, closely spaced."""
    colour = [(84, 74, 64), (128, 122, 114), (104, 92, 78)][int(rng.integers(3))]
    return replace(
        look, sleeper="wood", colour=jitter(rng, colour, 18), spacing=uniform(rng, 0.38, 0.56),
        width=uniform(rng, 0.2, 0.27),
    )  # fmt: skip


def paint_wear(
    canvas: Canvas, rng: np.random.Generator, track: Track, plan: TrackPlan, ballast: Colour
) -> None:
    """Paint over a track's sleepers, before its rails."""
    tangent = np.gradient(track.xy, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    rail, end = plan.gauge_mm / 2000, plan.sleeper_m / 2
    if rng.random() < 0.6:  # only the area between the rails, or slightly more, is clear
        from_m = uniform(rng, rail - 0.1, end)
        width = end + 0.15 - from_m
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        for side in (-1.0, 1.0):
            canvas.ribbon(track.xy + normal * side * (from_m + width / 2), width, 255, layer)
        _lay(canvas, rng, ballast, layer, uniform(rng, 0.4, 1.0))
    if rng.random() < 0.35:  # stones across the centre
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        canvas.ribbon(track.xy, uniform(rng, 0.2, 0.9), 255, layer)
        _lay(canvas, rng, ballast, layer, uniform(rng, 0.3, 0.9))
    if rng.random() < 0.5:  # single stones everywhere
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        canvas.ribbon(track.xy, 2 * end + 0.4, 255, layer)
        loose = canvas.patches(rng, uniform(rng, 0.08, 0.25), uniform(rng, 0.3, 1.3))
        _lay(canvas, rng, ballast, np.where(loose, layer, 0).astype(np.uint8), uniform(rng, 0.4, 1))
    if rng.random() < 0.7:  # rust, grease and the shadows of fastenings
        colour = jitter(rng, _RUST[int(rng.integers(len(_RUST)))], 12)
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        width = uniform(rng, 0.2, 0.55)
        for side in (-1.0, 1.0):
            canvas.ribbon(track.xy + normal * side * (rail + 0.036), width, 255, layer)
        flat = np.empty_like(canvas.image)
        flat[:] = np.round(colour)
        canvas.blend(flat, cv2.multiply(layer, uniform(rng, 0.25, 0.85)))


def _lay(
    canvas: Canvas,
    rng: np.random.Generator,
    ballast: Colour,
    layer: NDArray[np.uint8],
    strength: float,
) -> None:
    """Paint stones in the ballast's colour on the canvas within `layer`, with a soft edge."""
    grain = ((0.06, 1.0), (0.2, uniform(rng, 0, 1)))
    stones = canvas.texture(rng, ballast, uniform(rng, 8, 30), grain, 0.5)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.6, uniform(rng, 0.03, 0.12) * canvas.ppm))
    canvas.blend(stones, cv2.multiply(soft, strength))
