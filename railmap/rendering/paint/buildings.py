"""Paint roofs and solar panels."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, jitter, rgb, uniform
from railmap.rendering.paint.shapes import bars, raised, rectangle

__all__ = ["building", "solar_field"]


def building(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint a gabled, ribbed, tiled or flat roof with ridge, vents, skylights and shadow."""
    length, width = uniform(rng, 5, 40), uniform(rng, 4, 18)
    height = uniform(rng, 3, 12)
    box = rectangle(at, angle, length, width)
    raised(canvas, box, height)
    base = [
        (158, 84, 62),
        (126, 60, 46),
        (92, 78, 72),
        (122, 122, 124),
        (200, 200, 198),
        (76, 92, 128),
        (90, 104, 90),
        (172, 130, 100),
    ][int(rng.integers(8))]
    colour = np.array(jitter(rng, base, 16))
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    gable = rng.random() < 0.65
    lit = float(np.sign(-(v @ canvas.sun)))
    pitch = float(np.exp(uniform(rng, np.log(0.18), np.log(1.5))))
    ribs = pitch * canvas.ppm > 1.6 and rng.random() < 0.8
    crosswise = rng.random() < 0.6
    contrast = uniform(rng, -40, 40)
    share = uniform(rng, 0.15, 0.6)

    def draw() -> None:
        for side in (-1, 1) if gable else (0,):
            shade = colour + (22 * lit * side if gable else 0)
            middle = at + v * side * width / 4
            half = width / 2 if gable else width
            canvas.polygon(rectangle(middle, angle, length, half), rgb(shade))
            if ribs and crosswise:
                canvas.polygons(
                    bars(middle, angle, length, half, pitch, share), rgb(shade + contrast)
                )
            elif ribs:
                canvas.polygons(
                    bars(middle, angle + np.pi / 2, half, length, pitch, share),
                    rgb(shade + contrast),
                )
        if gable and rng.random() < 0.8:
            canvas.ribbon(
                np.array([at - u * length / 2, at + u * length / 2]),
                0.25,
                rgb(colour + uniform(rng, -30, 45)),
            )
        for _ in range(int(rng.integers(0, 7))):
            spot = at + u * uniform(rng, -0.45, 0.45) * length + v * uniform(rng, -0.4, 0.4) * width
            canvas.polygon(
                rectangle(spot, angle, uniform(rng, 0.5, 2.2), uniform(rng, 0.5, 1.4)),
                jitter(rng, (90, 100, 112), 40),
            )
        if rng.random() < 0.15:
            _solar(canvas, rng, at + v * width / 4, angle, length * 0.7, width * 0.3)

    canvas.queue.append(draw)


def _solar(
    canvas: Canvas,
    rng: np.random.Generator,
    at: NDArray[np.float64],
    angle: float,
    length: float,
    width: float,
) -> None:
    canvas.polygon(rectangle(at, angle, length, width), jitter(rng, (38, 46, 76), 10))
    canvas.polygons(bars(at, angle, length, width, 1.0, 0.06), jitter(rng, (150, 155, 165), 16))
    canvas.polygons(
        bars(at, angle + np.pi / 2, width, length, 1.65, 0.04), jitter(rng, (150, 155, 165), 16)
    )


def solar_field(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint rows of solar panels on the ground."""
    v = np.array([-np.sin(angle), np.cos(angle)])
    pitch, panel = uniform(rng, 4, 9), uniform(rng, 1.7, 3.6)
    length = uniform(rng, 20, 80)
    for i in range(int(rng.integers(3, 9))):
        middle = at + v * i * pitch
        box = rectangle(middle, angle, length, panel)
        raised(canvas, box, uniform(rng, 0.8, 2))
        canvas.queue.append(partial(_solar, canvas, rng, middle, angle, length, panel))
