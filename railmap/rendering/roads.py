"""Render aerial images of roads with exact masks, in place of a road data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.buildings import building
from railmap.rendering.paint.camera import expose
from railmap.rendering.paint.canvas import Canvas, Colour, jitter, uniform
from railmap.rendering.paint.clutter import paint_trees
from railmap.rendering.paint.ground import Background, cover, paint_ground
from railmap.rendering.paint.shapes import bars, paint_raised
from railmap.rendering.paint.traffic import car
from railmap.rendering.scene import Crop

__all__ = ["render_road_crop"]

_CANVAS = 4.0  # px/m at least: lanes and cars are a few pixels wide
_SURFACES: tuple[tuple[Colour, float], ...] = (
    ((100.0, 99.0, 99.0), 0.4),  # asphalt
    ((72.0, 72.0, 75.0), 0.15),  # new asphalt
    ((168.0, 164.0, 156.0), 0.2),  # concrete
    ((172.0, 150.0, 118.0), 0.25),  # dirt
)


@dataclass(frozen=True, slots=True)
class _Road:
    """A road: centreline and width in metres, colour; dirt roads have no marks."""

    xy: NDArray[np.float64]
    width: float
    colour: Colour
    paved: bool


def render_road_crop(
    rng: np.random.Generator,
    size: int,
    gsd: float = 0.5,
    backgrounds: Sequence[Background] = (),
) -> Crop:
    """Render a square image of fields, houses, trees and roads.

    Parameters
    ----------
    rng
        Random generator; the same state gives the same image.
    size
        Side in pixels.
    gsd
        Metres per pixel (DeepGlobe's images have 0.5).
    backgrounds
        Real images without roads, used as background.

    Returns
    -------
    Crop
        Its target is a mask: 254 on a road at its full width, 0 elsewhere. Trees over a road
        do not change it, as in DeepGlobe's labels.
    """
    factor = max(1, int(np.ceil(_CANVAS * gsd)))
    ppm = factor / gsd
    side = size * factor
    angle = uniform(rng, 0, 2 * np.pi)
    sun = np.array([np.cos(angle), np.sin(angle)]) * uniform(rng, 0.2, 1.4)
    canvas = Canvas(np.empty((side, side, 3), np.uint8), ppm, sun, depth=uniform(rng, 0.4, 0.75))
    along = uniform(rng, 0, 2 * np.pi)
    paint_ground(canvas, rng, np.array([np.cos(along), np.sin(along)]), backgrounds)
    _paint_stream(canvas, rng)
    roads = _plan(canvas, rng, along)
    mask = np.zeros((side, side), np.uint8)
    for road in roads:
        if road.paved and rng.random() < 0.5:  # verge
            canvas.ribbon(road.xy, road.width + uniform(rng, 1, 5), jitter(rng, (150, 140, 120)))
    for road in roads:
        canvas.ribbon(road.xy, road.width, road.colour)
        canvas.ribbon(road.xy, road.width, 255, mask)
    for road in roads:
        _paint_use(canvas, rng, road)
    _paint_houses(canvas, rng, roads, mask)
    canvas.cast()
    paint_raised(canvas)
    if rng.random() < 0.6:
        name = str(rng.choice(["forest", "shrub", "autumn"], p=[0.6, 0.3, 0.1]))
        free = mask if rng.random() < 0.7 else None
        paint_trees(canvas, rng, cover(canvas, rng, name), uniform(rng, 0.8, 2.4), free)
        canvas.cast()
    image = np.asarray(cv2.resize(canvas.image, (size, size), None, 0, 0, cv2.INTER_AREA), np.uint8)
    whole = cv2.resize(mask, (size, size), None, 0, 0, cv2.INTER_AREA)
    return Crop(expose(image, rng), np.where(whole > 127, np.uint8(254), np.uint8(0)))


def _curve(
    rng: np.random.Generator, start: NDArray[np.float64], heading: float, length: float
) -> NDArray[np.float64]:
    """Return a smooth line whose heading changes by a slow random walk."""
    step = 2.0
    count = max(4, int(length / step))
    bend = np.cumsum(rng.normal(0, 1, count // 10 + 2)) * rng.choice([0.0, 0.01, 0.03, 0.06])
    headings = heading + np.interp(np.arange(count), np.arange(len(bend)) * 10, bend)
    steps = np.column_stack((np.cos(headings), np.sin(headings))) * step
    return start + np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])


def _surface(rng: np.random.Generator, minor: bool) -> tuple[Colour, bool]:
    weights = np.array([w for _, w in _SURFACES])
    if minor:
        weights[-1] *= 3
    index = int(rng.choice(len(_SURFACES), p=weights / weights.sum()))
    return jitter(rng, _SURFACES[index][0], 14), index < len(_SURFACES) - 1


def _plan(canvas: Canvas, rng: np.random.Generator, along: float) -> list[_Road]:
    """Plan one or two through roads and lanes that branch off, in the country or a town grid."""
    reach = float(np.linalg.norm(canvas.half))
    roads: list[_Road] = []
    for _ in range(int(rng.choice([0, 1, 2], p=[0.08, 0.62, 0.3]))):
        colour, paved = _surface(rng, minor=False)
        heading = along + float(rng.choice([0, np.pi / 2])) + rng.normal(0, 0.2)
        middle = rng.uniform(-0.6, 0.6, 2) * canvas.half
        back = _curve(rng, middle, heading + np.pi, 1.3 * reach)[::-1]
        line = np.vstack([back, _curve(rng, middle, heading, 1.3 * reach)[1:]])
        width = uniform(rng, 6, 12) if paved else uniform(rng, 4, 7)
        roads.append(_Road(line, width, colour, paved))
    for _ in range(int(rng.integers(0, 7)) if roads else 0):
        stem = roads[int(rng.integers(len(roads)))]
        index = int(rng.integers(1, len(stem.xy) - 1))
        tangent = stem.xy[index + 1] - stem.xy[index - 1]
        heading = float(np.arctan2(tangent[1], tangent[0]))
        heading += float(rng.choice([-1, 1])) * (np.pi / 2 + rng.normal(0, 0.15))
        colour, paved = _surface(rng, minor=True)
        if rng.random() < 0.5:
            colour, paved = stem.colour, stem.paved
        length = float(np.exp(uniform(rng, np.log(25), np.log(2 * reach))))
        line = _curve(rng, stem.xy[index], heading, length)
        roads.append(_Road(line, uniform(rng, 3, 6.5), colour, paved))
    return roads


def _paint_use(canvas: Canvas, rng: np.random.Generator, road: _Road) -> None:
    """Paint lane marks and cars, or wheel paths on dirt."""
    if len(road.xy) < 4:
        return
    tangent = np.gradient(road.xy, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    normal = np.column_stack((-tangent[:, 1], tangent[:, 0]))
    if not road.paved:
        for side in (-0.2, 0.2):
            shade = jitter(rng, road.colour, 8)
            canvas.ribbon(road.xy + normal * side * road.width, 0.6, shade)
        return
    if road.width > 5.5 and rng.random() < 0.7:
        canvas.ribbon(road.xy, 0.2, jitter(rng, (220, 218, 210), 10))
    for _ in range(int(rng.integers(0, 6))):
        i = int(rng.integers(len(road.xy)))
        lane = float(rng.choice([-0.25, 0.25])) * road.width
        heading = float(np.arctan2(tangent[i, 1], tangent[i, 0]))
        car(canvas, rng, road.xy[i] + normal[i] * lane, heading)


def _paint_houses(
    canvas: Canvas, rng: np.random.Generator, roads: list[_Road], mask: NDArray[np.uint8]
) -> None:
    """Paint houses along the roads and some elsewhere."""
    for _ in range(int(rng.choice([0, 4, 14, 30], p=[0.3, 0.3, 0.25, 0.15]))):
        if roads and rng.random() < 0.8:
            road = roads[int(rng.integers(len(roads)))]
            i = int(rng.integers(1, len(road.xy) - 1))
            direction = road.xy[i + 1] - road.xy[i - 1]
            angle = float(np.arctan2(direction[1], direction[0]))
            across = np.array([-np.sin(angle), np.cos(angle)]) * float(rng.choice([-1, 1]))
            at = road.xy[i] + across * (road.width / 2 + uniform(rng, 10, 24))
        else:
            at, angle = rng.uniform(-1, 1, 2) * canvas.half, uniform(rng, 0, np.pi)
        row, col = np.round(canvas.pixels(at)[::-1]).astype(int)
        reach = int(9 * canvas.ppm)
        if (mask[max(0, row - reach) : row + reach, max(0, col - reach) : col + reach] > 0).any():
            continue
        building(canvas, rng, at, angle)


def _paint_stream(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint long narrow things that are not roads: a stream, or rows of crops."""
    if rng.random() < 0.25:
        start = rng.uniform(-1, 1, 2) * canvas.half
        heading = uniform(rng, 0, 2 * np.pi)
        back = _curve(rng, start, heading + np.pi, 300)[::-1]
        line = np.vstack([back, _curve(rng, start, heading, 300)[1:]])
        canvas.ribbon(line, uniform(rng, 3, 14), jitter(rng, (66, 84, 84), 14))
    if rng.random() < 0.2:
        at, angle = rng.uniform(-1, 1, 2) * canvas.half, uniform(rng, 0, np.pi)
        rows = bars(at, angle, uniform(rng, 30, 90), uniform(rng, 20, 60), 4.0, 0.4)
        canvas.polygons(rows, jitter(rng, (70, 92, 52), 16))
