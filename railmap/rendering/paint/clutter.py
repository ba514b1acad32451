"""Paint objects that can be mistaken for tracks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.buildings import building, solar_field
from railmap.rendering.paint.canvas import Canvas, jitter, rgb, uniform
from railmap.rendering.paint.shapes import bars, raised, rectangle
from railmap.rendering.paint.traffic import containers, parking, road

__all__ = ["paint_clutter", "paint_trees"]


def thin_lines(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint fences, walls, pipelines, kerbs, cable troughs: parallel lines, not at track gauge."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    reach = np.linalg.norm(canvas.half) * float(rng.choice([0.3, 1.0, 2.2]))
    gap = float(rng.choice([0.35, 0.6, 0.9, 2.3, 3.0, 4.0]))
    colour = jitter(rng, (150, 148, 144), 55)
    width = float(np.exp(uniform(rng, np.log(0.05), np.log(0.6))))
    height = float(rng.choice([0.0, 0.4, 1.2, 2.0]))
    bend = rng.normal(0, 0.004)
    s = np.linspace(-1, 1, 30) * reach
    for k in range(int(rng.integers(1, 4))):
        line = at + v * k * gap + s[:, None] * u + (bend * s**2 / 2)[:, None] * v
        if height:
            canvas.ribbon(line + canvas.sun * height / 2, width + 0.3 * height, 255, canvas.shadow)
        canvas.queue.append(partial(canvas.ribbon, line, width, colour))
        if height > 1 and rng.random() < 0.5:
            posts = line[::2]
            boxes = np.array([rectangle(p, angle, 0.15, 0.25) for p in posts])
            canvas.queue.append(partial(canvas.polygons, boxes, rgb(np.array(colour) - 30)))


def barred(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint zebra crossings, hatched edges, stairs, pallets, planks: bars without rails."""
    length, width = uniform(rng, 3, 40), uniform(rng, 0.5, 4.5)
    colour = jitter(rng, (118, 116, 112), 32)
    canvas.polygon(rectangle(at, angle, length, width), colour)
    canvas.polygons(
        bars(
            at,
            angle,
            length,
            width,
            uniform(rng, 0.35, 1.6),
            uniform(rng, 0.3, 0.6),
            float(rng.choice([0, 0, 0.7])),
        ),
        jitter(rng, (200, 198, 190) if rng.random() < 0.6 else colour, 34),
    )


def ditch(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a winding path, ditch or stream."""
    steps = rng.normal(0, 0.12, 60).cumsum() + angle
    line = (
        np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0) * np.linalg.norm(canvas.half) / 14
    )
    line += at - line[30]
    colour = [(158, 146, 124), (70, 76, 60), (62, 78, 78), (190, 184, 172)][int(rng.integers(4))]
    canvas.ribbon(line, uniform(rng, 0.6, 4), jitter(rng, colour, 16))


def water(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a river or canal with its banks."""
    steps = rng.normal(0, 0.05, 60).cumsum() + angle
    line = (
        np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0) * np.linalg.norm(canvas.half) / 12
    )
    line += at - line[30]
    width = uniform(rng, 5, 30)
    canvas.ribbon(line, width + uniform(rng, 0.5, 4), jitter(rng, (140, 132, 112), 20))
    canvas.ribbon(
        line,
        width,
        jitter(rng, [(66, 80, 78), (92, 96, 76), (40, 56, 66)][int(rng.integers(3))], 12),
    )


def truss(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a truss or gantry from above: two chords with rungs and diagonals, no track gauge."""
    length = uniform(rng, 15, 90)
    width = float(rng.choice([0.9, 2.4, 5.0, 9.0])) * uniform(rng, 0.9, 1.1)
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    colour = jitter(rng, (170, 170, 168), 40)
    if rng.random() < 0.5:
        canvas.polygon(rectangle(at, angle, length, width), jitter(rng, (120, 118, 114), 26))

    def draw() -> None:
        for side in (-0.5, 0.5):
            middle = at + v * side * width
            canvas.ribbon(np.array([middle - u * length / 2, middle + u * length / 2]), 0.3, colour)
        bay = width * uniform(rng, 0.6, 1.2)
        canvas.polygons(bars(at, angle, length, width, bay, 0.12), colour)
        if rng.random() < 0.7:
            for skew in (-bay / width, bay / width):
                canvas.polygons(bars(at, angle, length, width, 2 * bay, 0.06, skew), colour)

    raised(canvas, rectangle(at, angle, length, 0.4), 6)
    canvas.queue.append(draw)


def shadow_bars(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint shadows of masts, fences and wires on open ground."""
    length = uniform(rng, 8, 60)
    canvas.polygons(
        bars(
            at,
            angle,
            length,
            uniform(rng, 2, 14),
            uniform(rng, 1.5, 9),
            0.06,
            uniform(rng, -0.8, 0.8),
        ),
        255,
        canvas.shadow,
    )


_KINDS: tuple[tuple[Callable[..., None], float], ...] = (
    (road, 2.0),
    (building, 3.0),
    (parking, 0.7),
    (solar_field, 0.35),
    (thin_lines, 1.6),
    (barred, 1.2),
    (containers, 0.6),
    (ditch, 0.8),
    (water, 0.3),
    (truss, 0.4),
    (shadow_bars, 0.3),
)


def paint_clutter(
    canvas: Canvas, rng: np.random.Generator, direction: float, amount: float
) -> None:
    """Paint clutter over the canvas; `paint_raised` draws the raised objects from the queue.

    Parameters
    ----------
    direction
        Angle of the railway (most objects are along or across it), radians.
    amount
        Mean number of things for a canvas of 25 m by 25 m.
    """
    weights = np.array([w for _, w in _KINDS])
    area = float(np.prod(canvas.half * 2)) / 625
    crossing = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.4)
    for _ in range(int(rng.poisson(amount * area**0.8))):
        draw = _KINDS[int(rng.choice(len(_KINDS), p=weights / weights.sum()))][0]
        angle = direction + rng.choice([0, np.pi / 2, crossing]) + rng.normal(0, 0.06)
        draw(canvas, rng, rng.uniform(-1.15, 1.15, 2) * canvas.half, float(angle))


def paint_trees(
    canvas: Canvas,
    rng: np.random.Generator,
    cover: NDArray[np.uint8],
    dense: float,
    clear: NDArray[np.uint8] | None = None,
) -> NDArray[np.bool_]:
    """Paint trees and shrubs with crowns and shadows; return the mask of the crowns.

    Parameters
    ----------
    cover
        Crown texture, as large as the canvas.
    dense
        Level of the patch mask; higher means fewer trees.
    clear
        uint8 layer where no tree grows.
    """
    crown = canvas.patches(rng, float(rng.choice([2.5, 5, 10, 16])), dense, 0.55)
    if clear is not None:
        crown &= clear == 0
    layer = crown.astype(np.uint8) * 255
    height = uniform(rng, 2, 12)
    dx, dy = np.round(canvas.sun * height * canvas.ppm).astype(int)
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    moved = cv2.warpAffine(layer, matrix, (canvas.width, canvas.height), flags=cv2.INTER_NEAREST)
    np.maximum(canvas.shadow, moved, out=canvas.shadow)
    canvas.cast()
    cv2.copyTo(cover, layer, canvas.image)
    return crown
