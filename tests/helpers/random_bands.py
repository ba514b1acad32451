"""Random networks of bands as masks and tents: what a track network, or no track, may look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

__all__ = ["Bands", "random_bands"]

GSDS = (0.1, 0.2, 0.3, 0.5)
SLEEPER = 2.6
_NO_DATA = 255
_STEP = 0.4  # spacing of drawn points, metres

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Bands:
    """A random probability raster.

    `parts` names what was drawn, to tell what a failing seed shows.
    """

    values: NDArray[np.uint8]
    gsd: float
    profile: str
    parts: tuple[str, ...]


@dataclass
class _Plan:
    """Curves in metres in a square of `side` metres, and the random numbers they come from."""

    rng: np.random.Generator
    side: float
    curves: list[Curve]

    def run(self, start: Curve, heading: float, length: float, curvature: float = 0.0) -> Curve:
        """Curve of slowly changing curvature."""
        count = max(int(length / _STEP), 2)
        k = curvature + np.cumsum(self.rng.normal(0, 2e-5, count))
        h = heading + np.cumsum(k) * _STEP
        steps = _STEP * np.stack([np.cos(h), np.sin(h)], 1)
        curve = np.concatenate([[start], start + np.cumsum(steps, axis=0)])
        self.curves.append(curve)
        return curve

    def somewhere(self) -> Curve:
        return self.rng.uniform(0, self.side, 2)

    def a_curve(self) -> Curve:
        if not self.curves:
            main(self)
        return self.curves[int(self.rng.integers(len(self.curves)))]

    def on(self, curve: Curve) -> tuple[Curve, float]:
        """A point of a curve and the heading there."""
        i = int(self.rng.integers(len(curve) - 1))
        d = curve[i + 1] - curve[i]
        return curve[i], float(np.arctan2(d[1], d[0]))


def main(plan: _Plan) -> None:
    """A track through the picture."""
    heading = plan.rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(heading), np.sin(heading)])
    length = plan.rng.uniform(0.2, 1.6) * plan.side
    start = plan.somewhere() - plan.rng.uniform(0, 1) * length * along
    plan.run(start, heading, length, plan.rng.choice([0, 1, -1]) / plan.rng.choice([150, 300, 900]))


def branch(plan: _Plan) -> None:
    """A turnout of 1:4.5 to 1:18.5, straight or as an arc."""
    at, heading = plan.on(plan.a_curve())
    side = plan.rng.choice([-1, 1])
    turn, curvature = side / plan.rng.choice([4.5, 7, 9, 12, 18.5]), 0.0
    if plan.rng.random() < 0.5:
        turn, curvature = 0.0, side / plan.rng.choice([50, 190, 300, 500, 1200])
    back = np.pi if plan.rng.random() < 0.3 else 0.0
    plan.run(at, heading + back + turn, plan.rng.uniform(5, 80), curvature)


def fan(plan: _Plan) -> None:
    """Many turnouts from one place or one after the other."""
    at, heading = plan.on(plan.a_curve())
    along = np.array([np.cos(heading), np.sin(heading)])
    spacing, side = plan.rng.choice([0.0, 1.0, 6.0, 20.0]), plan.rng.choice([-1, 1])
    turn = side / plan.rng.choice([6, 9, 12])
    for i in range(int(plan.rng.integers(3, 9))):
        sweep = turn * (1 + i) if spacing == 0 else turn
        plan.run(at + i * spacing * along, heading + sweep, plan.rng.uniform(15, 70))


def diamond(plan: _Plan) -> None:
    """A track across another at 1:2 to 1:18."""
    at, heading = plan.on(plan.a_curve())
    turn = plan.rng.choice([-1, 1]) / plan.rng.choice([2, 4.4, 7, 9, 18])
    _across(plan, at, heading + turn)


def grazing(plan: _Plan) -> None:
    """Two tracks that cross or touch at a fraction of a degree."""
    at, heading = plan.on(plan.a_curve())
    _across(plan, at, heading + np.radians(plan.rng.normal(0, 1.5)))


def _across(plan: _Plan, at: Curve, heading: float) -> None:
    back, ahead = plan.rng.uniform(3, 60, 2)
    start = at - back * np.array([np.cos(heading), np.sin(heading)])
    plan.run(start, heading, back + ahead, plan.rng.choice([0, 0, 1 / 300, -1 / 300]))


def beside(plan: _Plan) -> None:
    """A second track on, or next to, a part of another."""
    curve = plan.a_curve()
    a, b = np.sort(plan.rng.integers(0, len(curve), 2))
    if b - a < 4:
        return
    part = curve[a:b]
    t = np.gradient(part, axis=0)
    normal = np.stack([-t[:, 1], t[:, 0]], 1) / np.maximum(np.hypot(*t.T), 1e-9)[:, None]
    offset = plan.rng.choice([0.0, 0.3, 1.0, 2.0, 3.5, 4.0, 5.0]) * plan.rng.choice([-1, 1])
    plan.curves.append(part + offset * normal)


def loop(plan: _Plan) -> None:
    """A circle of 1 to 25 m, closed or nearly."""
    radius = plan.rng.choice([1.0, 2.0, 4.0, 8.0, 20.0, 25.0])
    if plan.rng.random() < 0.5:
        at, heading = plan.on(plan.a_curve())
    else:
        at, heading = plan.somewhere(), plan.rng.uniform(0, 2 * np.pi)
    turns = plan.rng.choice([0.3, 0.8, 1.0, 1.1])
    plan.run(at, heading, turns * 2 * np.pi * radius, plan.rng.choice([-1, 1]) / radius)


def crossover(plan: _Plan) -> None:
    """Two parallel tracks with one or two crossovers between them."""
    start, heading = plan.somewhere(), plan.rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(heading), np.sin(heading)])
    left = np.array([-along[1], along[0]])
    spacing, number = plan.rng.uniform(3.6, 5.5), plan.rng.choice([7.0, 9.0, 12.0])
    start = start - 40 * along
    plan.run(start, heading, 90)
    plan.run(start + spacing * left, heading, 90)
    length = float(np.hypot(spacing, spacing * number))
    plan.run(start + 25 * along, heading + np.arctan(1 / number), length)
    if plan.rng.random() < 0.5:
        there = start + 25 * along + spacing * left
        plan.run(there, heading - np.arctan(1 / number), length)


def scribble(plan: _Plan) -> None:
    """A line that bends as no track does."""
    count = int(plan.rng.integers(5, 80))
    steps = np.cumsum(plan.rng.normal(0, 0.25, count)) + plan.rng.uniform(0, 2 * np.pi)
    moves = 1.5 * np.stack([np.cos(steps), np.sin(steps)], 1)
    plan.curves.append(plan.somewhere() + np.cumsum(moves, axis=0))


_PARTS: tuple[Callable[[_Plan], None], ...] = (
    main, branch, branch, fan, diamond, grazing, beside, loop, crossover, scribble,
)  # fmt: skip


def random_bands(seed: int) -> Bands:
    """Draw a random network of bands.

    Parameters
    ----------
    seed
        Any whole number; the same seed gives the same raster.

    Returns
    -------
    Bands
        At most 170 pixels a side.
    """
    rng = np.random.default_rng(seed)
    gsd = float(rng.choice(GSDS))
    if rng.random() < 0.06:
        return _degenerate(rng, gsd)
    height, width = (int(v) for v in rng.integers(40, 170, 2))
    plan = _Plan(rng, max(height, width) * gsd, [])
    names = []
    for _ in range(int(rng.integers(1, 6))):
        part = _PARTS[int(rng.integers(len(_PARTS)))]
        part(plan)
        names.append(part.__name__)
    tent = rng.random() < 0.35
    draw = _tent if tent else _mask
    p = draw(plan, height, width, gsd)
    return Bands(_damaged(rng, p, names), gsd, "tent" if tent else "mask", tuple(names))


def _pixels(curve: Curve, gsd: float) -> NDArray[np.int32]:
    return np.round(curve / gsd * 16).astype(np.int32).reshape(-1, 1, 2)


def _mask(plan: _Plan, height: int, width: int, gsd: float) -> NDArray[np.float64]:
    p = np.zeros((height, width), np.uint8)
    for curve in plan.curves:
        across = SLEEPER * plan.rng.choice([1.0, 1.0, 0.6, 1.6])
        thick = max(round(across / gsd), 1)
        cv2.polylines(p, [_pixels(curve, gsd)], False, 1, thick, cv2.LINE_8, 4)
    return p.astype(np.float64)


def _tent(plan: _Plan, height: int, width: int, gsd: float) -> NDArray[np.float64]:
    off = np.ones((height, width), np.uint8)
    for curve in plan.curves:
        cv2.polylines(off, [_pixels(curve, gsd)], False, 0, 1, cv2.LINE_8, 4)
    if off.all():
        return np.zeros((height, width))
    return np.clip(1 - distance_transform_edt(off) * gsd / SLEEPER, 0, 1)


def _damaged(
    rng: np.random.Generator, p: NDArray[np.float64], names: list[str]
) -> NDArray[np.uint8]:
    """Raster values, with holes, specks, blobs, ragged edges, gaps and no data in places."""
    height, width = p.shape

    def discs(count: int, smallest: int, largest: int, value: float) -> None:
        for _ in range(count):
            at = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.circle(p, at, int(rng.integers(smallest, largest)), value, -1)

    if rng.random() < 0.3:
        names.append("ragged")
        field = gaussian_filter(rng.normal(size=p.shape), rng.choice([0.0, 1.0, 3.0]))
        p = np.clip(p + rng.uniform(0.1, 0.7) * field / max(float(field.std()), 1e-9), 0, 1)
    if rng.random() < 0.3:
        names.append("specks")
        discs(int(rng.integers(1, 25)), 1, 4, 1.0)
        discs(int(rng.integers(1, 25)), 1, 4, 0.0)
    if rng.random() < 0.2:
        names.append("blobs")
        discs(int(rng.integers(1, 4)), 5, 60, 1.0)
    if rng.random() < 0.3:
        names.append("gaps")
        discs(int(rng.integers(1, 6)), 4, 30, 0.0)
    values = np.round(p * 254).astype(np.uint8)
    if rng.random() < 0.3:
        names.append("no data")
        for _ in range(int(rng.integers(1, 4))):
            row, col = rng.integers(0, height), rng.integers(0, width)
            high, wide = rng.integers(2, 120, 2)
            values[row : row + high, col : col + wide] = _NO_DATA
    if rng.random() < 0.1:
        names.append("slanted edge")
        row, col = np.mgrid[:height, :width]
        values[row + rng.uniform(-2, 2) * col < rng.uniform(0, 0.7) * height] = _NO_DATA
    return values


def _degenerate(rng: np.random.Generator, gsd: float) -> Bands:
    """Rasters of a few pixels, of one value, or of noise only."""
    height, width = (int(rng.choice([1, 2, 3, 7, 20, 63, 64, 65, 150])) for _ in range(2))
    kind = str(rng.choice(["one value", "noise", "waves", "stripes"]))
    if kind == "one value":
        values = np.full((height, width), rng.choice([0, 127, 254, _NO_DATA]), np.uint8)
    elif kind == "noise":
        values = rng.integers(0, 256, (height, width), dtype=np.uint8)
    elif kind == "waves":
        field = gaussian_filter(rng.normal(size=(height, width)), rng.choice([1.0, 3.0, 9.0]))
        values = np.where(field > 0, 254, 0).astype(np.uint8)
    else:
        values = np.zeros((height, width), np.uint8)
        values[:: int(rng.choice([2, 5, 30]))] = 254
    profile = "tent" if rng.random() < 0.4 else "mask"
    return Bands(values, gsd, profile, (kind,))
