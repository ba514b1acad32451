"""Things that stand or lie about and look like tracks to a careless eye."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.synth.draw import Canvas, Colour, jitter, uniform

__all__ = ["bars", "car", "paint_clutter", "paint_raised", "paint_trees", "raised", "rectangle"]

_WHITE = (226.0, 226.0, 220.0)


def rectangle(
    centre: NDArray[np.float64], angle: float, length: float, width: float
) -> NDArray[np.float64]:
    """Corners ``(4, 2)`` of a turned rectangle."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([centre + u * a * length / 2 + v * b * width / 2 for a, b in signs])


def bars(
    centre: NDArray[np.float64],
    angle: float,
    length: float,
    width: float,
    pitch: float,
    share: float,
    skew: float = 0.0,
) -> NDArray[np.float64]:
    """``(n, 4, 2)`` bars across a strip, `pitch` apart along it."""
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]]) + u * skew
    along = (np.arange(int(length / pitch)) + 0.5) * pitch - length / 2
    middle = centre + along[:, None] * u
    a, b = u * pitch * share / 2, v * width / 2
    return np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], 1)


def raised(canvas: Canvas, corners: NDArray[np.float64], height: float) -> None:
    """Cast the shadow of a block."""
    hull = cv2.convexHull(
        np.concatenate([corners, corners + canvas.sun * height]).astype(np.float32)
    )[:, 0]
    canvas.polygon(hull.astype(np.float64), 255, canvas.shadow)


def road(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """A road with lane marks, kerbs, patches and cars."""
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
    """A car, van or lorry with its windows and shadow."""
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
    """Parking bays with cars in rows."""
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


def building(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """A gabled, ribbed, tiled or flat roof with ridge, vents, skylights and shadow."""
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
            canvas.polygon(rectangle(middle, angle, length, half), _rgb(shade))
            if ribs and crosswise:
                canvas.polygons(
                    bars(middle, angle, length, half, pitch, share), _rgb(shade + contrast)
                )
            elif ribs:
                canvas.polygons(
                    bars(middle, angle + np.pi / 2, half, length, pitch, share),
                    _rgb(shade + contrast),
                )
        if gable and rng.random() < 0.8:
            canvas.ribbon(
                np.array([at - u * length / 2, at + u * length / 2]),
                0.25,
                _rgb(colour + uniform(rng, -30, 45)),
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
    """Rows of solar panels on the ground."""
    v = np.array([-np.sin(angle), np.cos(angle)])
    pitch, panel = uniform(rng, 4, 9), uniform(rng, 1.7, 3.6)
    length = uniform(rng, 20, 80)
    for i in range(int(rng.integers(3, 9))):
        middle = at + v * i * pitch
        box = rectangle(middle, angle, length, panel)
        raised(canvas, box, uniform(rng, 0.8, 2))
        canvas.queue.append(partial(_solar, canvas, rng, middle, angle, length, panel))


def thin_lines(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Fences, walls, pipelines, kerbs, cable troughs: lines in parallel, not at track gauge."""
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
            canvas.queue.append(partial(canvas.polygons, boxes, _rgb(np.array(colour) - 30)))


def barred(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Zebra, hatched edges, stairs, pallets, planks: bars without rails."""
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


def containers(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """A row of containers or parked lorries."""
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
            canvas.polygon(box, _rgb(colour))
            canvas.polygons(bars(spot, angle, length, 2.4, 0.3, 0.4), _rgb(colour - 14))

        canvas.queue.append(draw)


def ditch(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """A path, ditch or stream that wanders."""
    steps = rng.normal(0, 0.12, 60).cumsum() + angle
    line = (
        np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0) * np.linalg.norm(canvas.half) / 14
    )
    line += at - line[30]
    colour = [(158, 146, 124), (70, 76, 60), (62, 78, 78), (190, 184, 172)][int(rng.integers(4))]
    canvas.ribbon(line, uniform(rng, 0.6, 4), jitter(rng, colour, 16))


def water(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """A river or canal with its banks."""
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
    """A truss or gantry from above: two chords with rungs and diagonals, no track gauge."""
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
    """Shadows of masts, fences and wires on open ground."""
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
    """Strew clutter over the canvas; raised things wait in the canvas's queue until `paint_raised`.

    Parameters
    ----------
    direction
        Angle of the railway (most things lie along or across it), radians.
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
    """Grow trees and shrubs with crowns and shadows; returns where crowns are.

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


def paint_raised(canvas: Canvas) -> None:
    """Draw what was queued, over the shadows on the ground."""
    for draw in canvas.queue:
        draw()
    canvas.queue.clear()


def _rgb(colour: NDArray[np.float64]) -> Colour:
    r, g, b = np.clip(colour, 2, 253)
    return float(r), float(g), float(b)
