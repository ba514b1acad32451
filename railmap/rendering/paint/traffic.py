"""Paint roads, cars, parking bays and containers."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, jitter, rgb, uniform
from railmap.rendering.paint.shapes import bars, raised, rectangle

__all__ = ["car", "containers", "parking", "road"]

_WHITE = (226.0, 226.0, 220.0)


def road(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a road with lane marks, kerbs, patches and cars."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    width = float(rng.choice([3.0, 5.5, 7.0, 7.5, 11.0, 15.0])) * uniform(rng, 0.9, 1.1)
    bend = uniform(rng, -1, 1) / float(np.exp(uniform(rng, np.log(40), np.log(2000))))
    s = np.linspace(-1, 1, 60) * np.linalg.norm(canvas.half) * 2.2
    line = at + s[:, None] * u + (0.5 * bend * s**2)[:, None] * v
    normal = v - (bend * s)[:, None] * u
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    colour = jitter(
        rng,
        [(100, 99, 99), (66, 66, 69), (150, 146, 140), (160, 146, 120)][
            int(rng.choice(4, p=[0.45, 0.3, 0.15, 0.1]))
        ],
        12,
    )
    if rng.random() < 0.5:
        canvas.ribbon(line, width + uniform(rng, 0.3, 4), jitter(rng, (160, 155, 148), 20))
    canvas.ribbon(line, width, colour)
    for _ in range(int(rng.integers(0, 3))):  # worn wheel paths and repaired strips
        shift = uniform(rng, -0.4, 0.4) * width
        canvas.ribbon(line + normal * shift, uniform(rng, 0.2, 1.2), jitter(rng, colour, 6))
    mark = jitter(rng, _WHITE if rng.random() < 0.85 else (214, 180, 70), 14)
    if width > 5 and rng.random() < 0.75:
        for side in (-0.45, 0.45):
            canvas.ribbon(line + normal * side * width, 0.14, mark)
    if width > 5 and rng.random() < 0.75:
        step, gap = uniform(rng, 2, 6), uniform(rng, 2, 9)
        fine = np.arange(s[0], s[-1], step + gap)
        lanes = (0.0,) if width < 9 else (-0.17, 0.17)
        for lane in lanes:
            for a in fine:
                t = np.linspace(a, a + step, 4)
                piece = at + t[:, None] * u + (0.5 * bend * t**2 + lane * width)[:, None] * v
                if canvas.sees(piece, 5).any():
                    canvas.ribbon(piece, 0.14, mark)
    for _ in range(int(rng.integers(0, 5))):
        i = int(rng.integers(5, 55))
        lane = float(rng.choice([-0.25, 0.25])) * width
        tangent = np.arctan2(-normal[i, 0], normal[i, 1])
        car(canvas, rng, line[i] + normal[i] * lane, tangent)


def car(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a car, van or lorry with its windows and shadow."""
    truck = rng.random() < 0.12
    length, width = (uniform(rng, 7, 16), 2.5) if truck else (uniform(rng, 3.8, 5), 1.8)
    if not canvas.sees(at, length):
        return
    box = rectangle(at, angle, length, width)
    raised(canvas, box, 3.2 if truck else 1.4)
    paint = [
        (235, 235, 235),
        (40, 40, 44),
        (130, 132, 136),
        (150, 40, 36),
        (40, 60, 120),
        (190, 186, 176),
    ][int(rng.integers(6))]
    colour = jitter(rng, paint, 14)
    canvas.queue.append(partial(canvas.polygon, box, colour))
    if not truck:
        glass = jitter(rng, (44, 50, 56), 8)
        u = np.array([np.cos(angle), np.sin(angle)])
        for shift, size in ((0.12, 0.16), (-0.28, 0.12)):
            pane = rectangle(at + u * shift * length, angle, size * length, width * 0.8)
            canvas.queue.append(partial(canvas.polygon, pane, glass))


def parking(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint parking bays with cars in rows."""
    rows = int(rng.integers(1, 4))
    length = uniform(rng, 15, 60)
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    canvas.polygon(rectangle(at, angle, length + 4, rows * 11.0), jitter(rng, (104, 103, 104), 18))
    mark = jitter(rng, _WHITE, 16)
    for row in range(rows):
        middle = at + v * (row - (rows - 1) / 2) * 11.0
        canvas.polygons(bars(middle, angle, length, 5.0, 2.5, 0.05), mark)
        for i in range(int(length / 2.5)):
            if rng.random() < 0.55:
                car(canvas, rng, middle + u * ((i + 0.5) * 2.5 - length / 2), angle + np.pi / 2)


def containers(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint a row of containers or parked lorries."""
    v = np.array([-np.sin(angle), np.cos(angle)])
    for i in range(int(rng.integers(1, 8))):
        spot = at + v * i * uniform(rng, 2.6, 3.2)
        length = float(rng.choice([6.06, 12.19]))
        box = rectangle(spot, angle, length, 2.44)
        raised(canvas, box, 2.6)
        paint = [(140, 60, 44), (60, 84, 120), (70, 110, 84), (170, 168, 164), (196, 120, 50)][
            int(rng.integers(5))
        ]
        colour = np.array(jitter(rng, paint, 14))

        def draw(
            spot: NDArray[np.float64] = spot,
            box: NDArray[np.float64] = box,
            length: float = length,
            colour: NDArray[np.float64] = colour,
        ) -> None:
            canvas.polygon(box, rgb(colour))
            canvas.polygons(bars(spot, angle, length, 2.4, 0.3, 0.4), rgb(colour - 14))

        canvas.queue.append(draw)
