"""Paint formation and ballast, stains and vegetation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, uniform
from railmap.rendering.paint.ground import cover
from railmap.rendering.plan.tracks import Track, TrackPlan

__all__ = ["BALLAST", "paint_bed", "paint_strip", "paint_weeds"]

BALLAST = (
    (118, 110, 102),
    (88, 80, 74),
    (146, 138, 130),
    (108, 86, 68),
    (64, 60, 58),
    (128, 110, 90),
    (168, 162, 154),
    (96, 72, 56),
)


def paint_bed(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, ballast: Colour) -> None:
    """Paint formation and ballast under all tracks, with ragged shoulders."""
    layer = np.zeros(canvas.image.shape[:2], np.uint8)
    width = uniform(rng, 2.9, 4.8)
    for track in plan.tracks:
        canvas.ribbon(track.xy[::2], width, 255, layer)
    if rng.random() < 0.65:  # one bed under neighbouring tracks
        divide = 4
        small = cv2.resize(layer, None, fx=1 / divide, fy=1 / divide)
        reach = max(3, int(2.6 * canvas.ppm / divide))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        padded = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
        small = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[reach:-reach, reach:-reach]
        layer = cv2.resize(small, (canvas.width, canvas.height))
    if rng.random() < 0.5:  # formation: a wider, smoother shoulder or service path
        shoulder = np.zeros_like(layer)
        for track in plan.tracks:
            canvas.ribbon(track.xy[::2], width + uniform(rng, 0.8, 4.0), 255, shoulder)
        cv2.copyTo(
            cover(canvas, rng, str(rng.choice(["soil", "gravel", "dry", "sand"]))),
            (shoulder > 127).astype(np.uint8),
            canvas.image,
        )
    ragged = canvas.texture(rng, (0, 0, 0), uniform(rng, 4, 50), ((0.4, 1), (1.6, 0.8)), 0, 2)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.7, uniform(rng, 0.05, 0.35) * canvas.ppm))
    mask = (cv2.add(soft, ragged[..., 0]) > 128).astype(np.uint8)
    mask &= (layer > 0) | (soft > 40)
    stones = canvas.texture(
        rng,
        ballast,
        uniform(rng, 5, 26),
        (
            (0.06, 1.0),
            (0.15, uniform(rng, 0, 1)),
            (1.5, uniform(rng, 0, 0.5)),
            (8, uniform(rng, 0, 0.6)),
        ),
        0.5,
    )
    cv2.copyTo(stones, mask, canvas.image)


def paint_strip(canvas: Canvas, rng: np.random.Generator, track: Track, plan: TrackPlan) -> None:
    """Tint the area between the rails: rust, oil, fines, weeds."""
    layer = np.zeros(canvas.image.shape[:2], np.uint8)
    canvas.ribbon(track.xy[::2], uniform(rng, 0.5, plan.sleeper_m * 1.15), 255, layer)
    layer = cv2.GaussianBlur(layer, (0, 0), uniform(rng, 0.05, 0.3) * canvas.ppm)
    tint = np.empty_like(canvas.image)
    tint[:] = np.round(
        jitter(
            rng,
            [(96, 68, 50), (62, 58, 54), (96, 104, 62), (156, 146, 134), (124, 78, 50)][
                int(rng.integers(5))
            ],
            14,
        )
    )
    canvas.blend(tint, cv2.multiply(layer, uniform(rng, 0.15, 0.7)))


def paint_weeds(
    canvas: Canvas, rng: np.random.Generator, layer: NDArray[np.uint8], strength: float
) -> None:
    """Paint grass and shrubs over the track; rails stay partly visible."""
    green = cover(canvas, rng, str(rng.choice(["grass", "meadow", "shrub", "dry"])))
    mask = canvas.patches(rng, float(rng.choice([0.5, 1.5, 4])), uniform(rng, -0.3, 1.2), 0.6)
    alpha = (mask & (layer > 60)).astype(np.uint8) * int(255 * strength)
    canvas.blend(green, cv2.GaussianBlur(alpha, (0, 0), max(0.5, 0.04 * canvas.ppm)))
