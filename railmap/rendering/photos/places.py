"""Surroundings of rendered photos: the open line, a hall or a square, and clutter."""

from __future__ import annotations

import numpy as np

from railmap.rendering.photos.canvas import PhotoCanvas

__all__ = ["Line", "clutter", "hall", "open_line", "shade", "square", "tint", "track"]

Rng = np.random.Generator
RGB = tuple[float, float, float]


def tint(rng: Rng, red: float, green: float, blue: float, spread: float = 18.0) -> RGB:
    """Vary a colour, mostly in brightness."""
    value = np.array([red, green, blue]) + rng.normal(0, spread) + rng.normal(0, spread / 3, 3)
    r, g, b = np.clip(value, 4, 251)
    return float(r), float(g), float(b)


def shade(rng: Rng, colour: RGB, factor: float = 1.0) -> RGB:
    """Darken a colour, and vary it a little."""
    red, green, blue = (factor * value for value in colour)
    return tint(rng, red, green, blue, 6)


class Line:
    """A straight track in perspective, from the lower edge to the vanishing point.

    Parameters
    ----------
    x, y
        Vanishing point (the horizon is at y).
    foot
        Middle of the track at the image's foot.
    half
        Half the gauge at the foot.
    """

    def __init__(self, x: float, y: float, foot: float, half: float) -> None:
        self.x, self.y, self.foot, self.half = x, y, foot, half

    def at(self, y: float, side: float = 0.0) -> tuple[float, float]:
        """Return the point at height y, `side` half-gauges to the right of the track axis."""
        share = (y - self.y) / (1 - self.y)
        return self.x + share * (self.foot - self.x + side * self.half), y

    def scale(self, y: float) -> float:
        """Return half the gauge at height y."""
        return self.half * (y - self.y) / (1 - self.y)


def track(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    """Draw ballast, sleepers and rails."""
    ballast = tint(rng, 118, 108, 98)
    canvas.polygon(
        [
            line.at(line.y + 0.01, -2.4),
            line.at(line.y + 0.01, 2.4),
            line.at(1, 2.4),
            line.at(1, -2.4),
        ],
        ballast,
    )
    sleeper = tint(rng, 92, 84, 76)
    share = 1.0
    while share > 0.06:
        y = line.y + (1 - line.y) * share
        canvas.line([line.at(y, -1.6), line.at(y, 1.6)], 0.028 * share, sleeper)
        share *= 0.87
    steel = tint(rng, 160, 156, 150)
    for side in (-1.0, 1.0):
        canvas.line([line.at(line.y + 0.01, side), line.at(1, side)], 0.012, steel)


def open_line(canvas: PhotoCanvas, rng: Rng) -> Line:
    """Draw sky, hills, ground and a track; return the track."""
    horizon = float(rng.uniform(0.38, 0.5))
    if rng.random() < 0.6:
        sky = tint(rng, 130, 170, 215), tint(rng, 205, 215, 225)
    else:
        sky = tint(rng, 170, 172, 176), tint(rng, 200, 200, 200)
    canvas.gradient(*sky, 0, horizon)
    hills = np.linspace(0, 1, 9)
    tops = horizon - np.abs(rng.normal(0.02, 0.02, 9))
    canvas.polygon(
        [(0, horizon), *zip(hills, tops, strict=True), (1, horizon)], tint(rng, 88, 110, 84)
    )
    canvas.gradient(tint(rng, 120, 128, 92), tint(rng, 96, 106, 66), horizon, 1)
    canvas.grain(rng, horizon, 9, 4)
    line = Line(
        float(rng.uniform(0.38, 0.62)),
        horizon,
        float(rng.uniform(0.35, 0.65)),
        float(rng.uniform(0.13, 0.19)),
    )
    track(canvas, rng, line)
    return line


def hall(canvas: PhotoCanvas, rng: Rng) -> float:
    """Draw the inside of a hall: ceiling, wall, floor, lamps; return the height of the floor."""
    floor = float(rng.uniform(0.6, 0.7))
    canvas.gradient(tint(rng, 190, 186, 178), tint(rng, 206, 202, 192), 0, 0.25)
    canvas.gradient(tint(rng, 198, 188, 172), tint(rng, 182, 172, 158), 0.25, floor)
    canvas.gradient(tint(rng, 150, 146, 142), tint(rng, 128, 124, 120), floor, 1)
    lamps = int(rng.integers(2, 6))
    for x in np.linspace(0.1, 0.9, lamps):
        canvas.box(x - 0.05, 0.08, x + 0.05, 0.1, (248, 246, 232))
    for x in np.linspace(-0.2, 1.2, 8):
        canvas.line([(0.5 + (x - 0.5) * 0.6, floor), (x, 1)], 0.004, tint(rng, 112, 108, 104, 4))
    return floor


def square(canvas: PhotoCanvas, rng: Rng) -> float:
    """Draw sky, and a paved square; return the height of its far edge."""
    floor = float(rng.uniform(0.58, 0.66))
    if rng.random() < 0.6:
        canvas.gradient(tint(rng, 130, 170, 215), tint(rng, 205, 215, 225), 0, floor)
    else:
        canvas.gradient(tint(rng, 170, 172, 176), tint(rng, 200, 200, 200), 0, floor)
    canvas.gradient(tint(rng, 168, 164, 158), tint(rng, 140, 136, 132), floor, 1)
    for x in np.linspace(-0.6, 1.6, 12):
        canvas.line([(0.5 + (x - 0.5) * 0.5, floor), (x, 1)], 0.004, tint(rng, 124, 120, 116, 4))
    for share in (0.12, 0.3, 0.6):
        y = floor + (1 - floor) * share
        canvas.line([(0, y), (1, y)], 0.004, tint(rng, 124, 120, 116, 4))
    return floor


def clutter(canvas: PhotoCanvas, rng: Rng, floor: float, indoors: bool) -> None:
    """Add people, and outdoors bushes, at random: none of them is evidence of the scene."""
    for _ in range(int(rng.integers(0, 4))):
        x, y = float(rng.uniform(0.04, 0.96)), float(rng.uniform(floor + 0.12, 0.97))
        tall = 0.1 + 0.22 * (y - floor)
        coat = tint(rng, *rng.uniform(30, 190, 3))
        canvas.box(x - 0.17 * tall, y - 0.75 * tall, x + 0.17 * tall, y, coat)
        canvas.ellipse(x, y - 0.88 * tall, 0.11 * tall, 0.13 * tall, tint(rng, 196, 158, 130))
    if indoors:
        return
    for _ in range(int(rng.integers(0, 4))):
        side = -1 if rng.random() < 0.5 else 1
        x = 0.5 + side * float(rng.uniform(0.32, 0.5))
        y, r = float(rng.uniform(floor + 0.06, 0.95)), float(rng.uniform(0.02, 0.06))
        for _ in range(4):
            dx, dy = rng.normal(0, r / 2, 2)
            canvas.ellipse(x + dx, y + dy, r, 0.8 * r, tint(rng, 62, 92, 48))
