"""Paint rows, lanes, decks and farm tracks that resemble track and caused false detections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, rgb, uniform
from railmap.rendering.paint.shapes import bars, raised, rectangle

__all__ = ["paint_lookalikes"]


def plant_rows(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint a vineyard, orchard or market garden: rows of crowns or foil on bare ground."""
    pitch = float(np.exp(uniform(rng, np.log(1.1), np.log(6.0))))
    plant = pitch * uniform(rng, 0.25, 0.7)
    length, count = uniform(rng, 15, 80), int(rng.integers(4, 24))
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    ground = [(124, 100, 76), (104, 116, 70), (150, 136, 98)][int(rng.integers(3))]
    if rng.random() < 0.8:
        canvas.polygon(rectangle(at, angle, length, count * pitch), jitter(rng, ground, 16))
    leaves = [(62, 84, 44), (88, 104, 60), (52, 66, 40), (190, 192, 190)][int(rng.integers(4))]
    colour = jitter(rng, leaves, 18)
    step = plant * uniform(rng, 0.7, 2.2) if rng.random() < 0.6 else 0.0
    bare = uniform(rng, 0, 0.25)
    for k in range(count):
        middle = at + v * (k - (count - 1) / 2) * pitch
        ends = np.array([middle - u * length / 2, middle + u * length / 2])
        if not step:
            canvas.ribbon(ends + canvas.sun * 0.6, plant, 255, canvas.shadow)
            canvas.queue.append(partial(canvas.ribbon, ends, plant, colour))
            continue
        along = np.arange(-length / 2, length / 2, step)
        along = along[rng.random(len(along)) > bare]
        spots = middle + along[:, None] * u + rng.normal(0, 0.08 * plant, (len(along), 2))
        turn = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        ring = np.stack([np.cos(turn), np.sin(turn)], 1) * plant / 2
        crowns = spots[:, None] + ring * rng.uniform(0.75, 1.15, (len(along), 1, 1))
        canvas.polygons(crowns + canvas.sun * plant * 0.6, 255, canvas.shadow)
        canvas.queue.append(partial(canvas.polygons, crowns, colour))


def greenhouse(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint greenhouses and sheds with ridges or ribs at the pitch of a gauge or a track."""
    length, count = uniform(rng, 15, 70), int(rng.integers(2, 12))
    pitch = float(rng.choice([1.5, 2.6, 3.2, 4.0, 6.4, 9.0])) * uniform(rng, 0.9, 1.1)
    width = count * pitch
    box = rectangle(at, angle, length, width)
    raised(canvas, box, uniform(rng, 2, 7))
    base = [(206, 212, 212), (176, 188, 190), (150, 152, 152), (120, 128, 122)]
    colour = np.array(jitter(rng, base[int(rng.integers(4))], 16))
    lines = rgb(colour + uniform(rng, -60, 40))
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    frames = uniform(rng, 0.4, 2.5) if rng.random() < 0.7 else 0.0

    def draw() -> None:
        canvas.polygon(box, rgb(colour))
        for k in range(count):
            middle = at + v * (k + 0.5 - count / 2) * pitch
            canvas.polygon(rectangle(middle, angle, length, pitch * 0.45), rgb(colour * 0.93))
            for edge in (-0.5, 0.5):
                line = middle + v * edge * pitch
                ends = np.array([line - u * length / 2, line + u * length / 2])
                canvas.ribbon(ends, uniform(rng, 0.08, 0.25), lines)
        if frames:
            canvas.polygons(bars(at, angle, length, width, frames, uniform(rng, 0.08, 0.3)), lines)

    canvas.queue.append(draw)


def lanes(canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float) -> None:
    """Paint a running or cycle track, a marked path, a bus lane: lines a metre or two apart."""
    count = int(rng.integers(2, 9))
    pitch = float(rng.choice([1.22, 1.5, 2.0, 3.0]))
    radius = float(np.exp(uniform(rng, np.log(30), np.log(3000)))) * float(rng.choice([-1, 1]))
    s = np.linspace(-1, 1, 60) * np.linalg.norm(canvas.half) * 2
    turn = np.clip(s / radius, -1.4, 1.4)
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    line = at + np.outer(radius * np.sin(turn), u) + np.outer(radius * (1 - np.cos(turn)), v)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    base = [(158, 84, 68), (104, 103, 103), (70, 72, 76), (170, 160, 146)][int(rng.integers(4))]
    canvas.ribbon(line, (count + 0.6) * pitch, jitter(rng, base, 16))
    colour = jitter(rng, (214, 212, 206), 24)
    for k in range(count + 1):
        side = line + normal * (k - count / 2) * pitch
        canvas.ribbon(side, uniform(rng, 0.05, 0.16), colour)


def road_bridge(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint a road or footbridge: deck with kerbs, parapets, joints and a hard shadow."""
    length, width = uniform(rng, 12, 80), uniform(rng, 2.2, 14)
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    base = [(128, 126, 122), (84, 84, 86), (176, 172, 164)][int(rng.integers(3))]
    colour = np.array(jitter(rng, base, 16))
    raised(canvas, rectangle(at, angle, length, width), uniform(rng, 4, 9))
    joint = uniform(rng, 3, 20)
    rails = rgb(colour + uniform(rng, -50, 60))
    middle = rng.random() < 0.5

    def draw() -> None:
        canvas.polygon(rectangle(at, angle, length, width), rgb(colour))
        for side in (-0.5, 0.5):
            for inset, thick in ((0.0, 0.3), (0.9, 0.15)):
                line = at + v * (side * width - np.sign(side) * inset)
                ends = np.array([line - u * length / 2, line + u * length / 2])
                canvas.ribbon(ends, thick, rails)
        canvas.polygons(bars(at, angle, length, width, joint, 0.15 / joint), rails)
        if middle:
            canvas.polygons(bars(at, angle, length, 0.12, 6.0, 0.5), (220.0, 220.0, 214.0))

    canvas.queue.append(draw)


def dirt_track(
    canvas: Canvas, rng: np.random.Generator, at: NDArray[np.float64], angle: float
) -> None:
    """Paint a farm track, a path or the tramlines of a crop: one or two ruts of uneven width."""
    reach = float(np.linalg.norm(canvas.half)) * 2
    along = np.arange(-reach, reach, 0.4)
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    bend = along**2 / (2 * np.exp(uniform(rng, np.log(40), np.log(3000))) * rng.choice([-1, 1]))
    sway = _uneven(rng, along, uniform(rng, 12, 60)) * uniform(rng, 0.0, 0.8)
    double = rng.random() < 0.75
    spacing = uniform(rng, 1.2, 2.1) if double else 0.0
    rut = uniform(rng, 0.25, 0.8) if double else uniform(rng, 0.5, 2.6)
    soil = [(176, 156, 122), (142, 120, 92), (188, 184, 172), (112, 96, 76), (150, 156, 116)]
    colour = jitter(rng, soil[int(rng.integers(len(soil)))], 16)
    verge = None
    if rng.random() < 0.6:  # gravel, mown or trodden ground on both sides and between
        shade = [(150, 140, 116), (104, 124, 70), (130, 128, 120)][int(rng.integers(3))]
        verge = (spacing + rut + uniform(rng, 0.3, 1.6), jitter(rng, shade, 16))
    copies = int(rng.integers(2, 5)) if rng.random() < 0.2 else 1
    pitch = uniform(rng, 4, 24)
    for copy in range(copies):
        line = at + np.outer(along, u) + np.outer(bend + sway + copy * pitch, v)
        if verge:
            _uneven_ribbon(canvas, rng, line, *verge)
        for side in (-0.5, 0.5) if double else (0.0,):
            _uneven_ribbon(canvas, rng, line + v * side * spacing, rut, colour)


def _uneven(
    rng: np.random.Generator, along: NDArray[np.float64], length: float
) -> NDArray[np.float64]:
    """Return smooth values of about unit size that change over `length` metres."""
    knots = np.arange(along[0] - length, along[-1] + 2 * length, length)
    return np.interp(along, knots, rng.normal(0, 1, len(knots)))


def _uneven_ribbon(
    canvas: Canvas,
    rng: np.random.Generator,
    line: NDArray[np.float64],
    width: float,
    colour: Colour,
) -> None:
    """Draw a line whose edges are ragged, with gaps now and then."""
    seen = np.flatnonzero(canvas.sees(line, 5.0 + width))
    if len(seen) < 2:
        return
    line = line[seen[0] : seen[-1] + 1]
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    at = np.arange(len(line), dtype=np.float64) * 0.4
    ragged = uniform(rng, 0.05, 0.35)
    sides = [
        width / 2 * np.clip(1 + ragged * _uneven(rng, at, uniform(rng, 0.8, 4)), 0.1, 2.5)
        for _ in range(2)
    ]
    kept = _uneven(rng, at, 8.0) < uniform(rng, 0.8, 3.0)
    left, right = line + normal * sides[0][:, None], line - normal * sides[1][:, None]
    quads = np.stack([left[:-1], left[1:], right[1:], right[:-1]], 1)
    canvas.polygons(quads[kept[:-1]], colour)


_KINDS: tuple[tuple[Callable[..., None], float], ...] = (
    (plant_rows, 1.4),
    (greenhouse, 1.0),
    (lanes, 0.7),
    (road_bridge, 0.9),
    (dirt_track, 1.4),
)


def paint_lookalikes(
    canvas: Canvas, rng: np.random.Generator, direction: float, amount: float
) -> None:
    """Paint objects that resemble track; raised ones are added to the canvas's queue.

    Parameters
    ----------
    direction
        Angle along or across which most objects are placed, radians.
    amount
        Mean number of things for a canvas of 25 m by 25 m.
    """
    weights = np.array([weight for _, weight in _KINDS])
    area = float(np.prod(canvas.half * 2)) / 625
    for _ in range(int(rng.poisson(amount * area**0.8))):
        draw = _KINDS[int(rng.choice(len(_KINDS), p=weights / weights.sum()))][0]
        angle = direction + float(rng.choice([0, np.pi / 2])) + float(rng.normal(0, 0.3))
        draw(canvas, rng, rng.uniform(-1.1, 1.1, 2) * canvas.half, angle)
