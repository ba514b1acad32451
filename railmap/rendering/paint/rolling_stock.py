"""Paint rows of wagons, coaches and locomotives that stand on the tracks.

For training only. Scenes for evaluation keep the trains of `railmap.rendering.paint.furniture`,
which hide their track, so that figures remain comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, rgb, uniform
from railmap.rendering.paint.shapes import rectangle
from railmap.rendering.plan.tracks import TrackPlan, stations

__all__ = ["paint_rolling_stock"]

_STEP = 0.5  # m between the points of a track
_WIDTH = 2.9  # m, of bodies
_LEAN = 0.3  # largest displacement of a roof by perspective, metres for each metre of height
_DARK = (58.0, 54.0, 50.0)  # frames, bogies and couplings
_PAINTS = (
    (232, 230, 224),
    (196, 192, 184),
    (128, 126, 122),
    (92, 90, 88),
    (134, 96, 66),
    (112, 72, 54),
    (176, 52, 44),
    (60, 74, 112),
    (62, 66, 76),
    (92, 108, 88),
    (196, 170, 128),
    (206, 160, 60),
)


@dataclass(frozen=True, slots=True)
class _Body:
    """A part of a track with something on it: centreline at roof height, unit tangents, height."""

    foot: NDArray[np.float64]
    roof: NDArray[np.float64]
    along: NDArray[np.float64]

    def rectangle(
        self, share: float, side: float, length: float, width: float
    ) -> NDArray[np.float64]:
        """Return a rectangle on the roof: `share` of the length along, `side` metres left."""
        i = min(int(share * len(self.roof)), len(self.roof) - 1)
        x, y = self.along[i]
        at = self.roof[i] + side * np.array([-y, x])
        return rectangle(at, float(np.arctan2(y, x)), length, width)

    def shifted(self, side: float) -> NDArray[np.float64]:
        """Return the centreline of the roof, moved `side` metres to the left."""
        return self.roof + side * np.stack([-self.along[:, 1], self.along[:, 0]], 1)


_Painter = Callable[[Canvas, np.random.Generator, _Body, Colour], None]


def paint_rolling_stock(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint trains on some of the tracks; their pixels are still truth.

    Rolling stock stands on track, so a network should see it as track, and a map should go on under
    it: the covered pixels are not marked in ``canvas.hidden``.
    """
    azimuth = uniform(rng, 0, 2 * np.pi)
    lean = np.array([np.cos(azimuth), np.sin(azimuth)]) * uniform(rng, 0, _LEAN)
    share = uniform(rng, 0.15, 0.9) if len(plan.tracks) > 2 else 0.6
    for track in plan.tracks:
        if rng.random() < share:
            at, along, _ = stations(track.xy, _STEP)
            if len(at) > 8:
                _train(canvas, rng, at, along, lean)


def _train(
    canvas: Canvas,
    rng: np.random.Generator,
    at: NDArray[np.float64],
    along: NDArray[np.float64],
    lean: NDArray[np.float64],
) -> None:
    """Paint vehicles one behind the other, from somewhere on the track on or over all of it."""
    whole = rng.random() < 0.5
    seen = np.flatnonzero(canvas.sees(at, 15.0))
    if not len(seen):
        return
    start = int(seen[0]) - int(rng.integers(30)) if whole else int(rng.choice(seen))
    last = int(seen[-1]) if whole else min(int(seen[-1]), start + int(rng.integers(20, 400)))
    start = max(start, 0)
    kinds = rng.integers(len(_KINDS), size=int(rng.integers(1, 4)))
    paint = [jitter(rng, _PAINTS[int(rng.integers(len(_PAINTS)))], 14) for _ in kinds]
    while start < last:
        pick = int(rng.integers(len(kinds)))
        shortest, longest, low, high, painter = _KINDS[int(kinds[pick])]
        stop = start + max(8, round(uniform(rng, shortest, longest) / _STEP))
        if stop > last:
            return
        part = slice(start, stop)
        height = uniform(rng, low, high)
        body = _Body(at[part], at[part] + lean * height, along[part])
        colour = jitter(rng, paint[pick], 8 if rng.random() < 0.7 else 40)
        _shade(canvas, body.foot, height)
        _queue(canvas, rng, painter, body, colour)
        start = stop + int(rng.integers(2, 4))


def _queue(
    canvas: Canvas, rng: np.random.Generator, painter: _Painter, body: _Body, colour: Colour
) -> None:
    child = np.random.default_rng(rng.integers(2**63))

    def draw() -> None:
        side = rgb(np.asarray(colour) * uniform(child, 0.45, 0.8))
        canvas.ribbon(_longer(body.foot, 0.6), 0.5, jitter(child, _DARK, 10))  # coupling
        for level in np.linspace(0.25, 0.9, 4):
            canvas.ribbon(body.foot + level * (body.roof - body.foot), _WIDTH, side)
        painter(canvas, child, body, colour)

    canvas.queue.append(draw)


def _shade(canvas: Canvas, foot: NDArray[np.float64], height: float) -> None:
    for level in np.linspace(0.2, 1.0, 5):
        canvas.ribbon(foot + canvas.sun * height * level, _WIDTH, 255, canvas.shadow)


def _longer(line: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    first, last = line[0] - line[1], line[-1] - line[-2]
    return np.vstack(
        [
            line[0] + first / np.linalg.norm(first) * by,
            line,
            line[-1] + last / np.linalg.norm(last) * by,
        ]
    )


def _van(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint a covered wagon: a roof with ribs and a ridge, or a tarpaulin."""
    canvas.ribbon(body.roof, _WIDTH, colour)
    if rng.random() < 0.7:
        _ribs(canvas, rng, body, colour, uniform(rng, 0.6, 3.0))
    if rng.random() < 0.5:
        _edge_light(canvas, body, colour, uniform(rng, 0.86, 1.14))
    if rng.random() < 0.4:
        canvas.ribbon(body.roof, uniform(rng, 0.1, 0.5), jitter(rng, colour, 20))


def _tank(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint a tank wagon: a cylinder with its highlight, manhole and walkway."""
    frame = jitter(rng, _DARK, 14)
    canvas.ribbon(body.foot, 2.6, frame)
    inner = slice(1, -1)
    base = np.asarray(colour)
    for width, light in ((_WIDTH, 0.7), (2.3, 0.85), (1.6, 1.0), (0.8, 1.18)):
        canvas.ribbon(body.roof[inner], width, rgb(base * light))
    for share in rng.choice([0.25, 0.5, 0.75], size=int(rng.integers(1, 3)), replace=False):
        canvas.polygon(body.rectangle(float(share), 0, 1.0, 0.9), jitter(rng, _DARK, 30))
    if rng.random() < 0.5:
        canvas.polygon(body.rectangle(0.5, 0, 0.4, _WIDTH), jitter(rng, (210, 206, 200), 30))
    if rng.random() < 0.4:
        canvas.ribbon(body.roof[inner], 0.35, jitter(rng, (150, 146, 140), 30))


def _hopper(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint an open wagon: a rim, and coal, scrap, gravel or the empty floor in it."""
    canvas.ribbon(body.roof, _WIDTH, colour)
    loads = ((44, 42, 42), (104, 78, 60), (150, 144, 134), (80, 74, 68), (128, 122, 104))
    load = jitter(rng, loads[int(rng.integers(len(loads)))], 14)
    canvas.ribbon(body.roof[1:-1], uniform(rng, 2.1, 2.55), load)
    for _ in range(int(rng.integers(0, 14))):  # lumps
        spot = body.rectangle(
            uniform(rng, 0.1, 0.9), uniform(rng, -0.8, 0.8), uniform(rng, 0.3, 2), 0.6
        )
        canvas.polygon(spot, jitter(rng, load, 18))
    if rng.random() < 0.4:
        _ribs(canvas, rng, body, colour, uniform(rng, 2.0, 5.0))


def _flat(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint a flat wagon with containers, swap bodies, or nothing."""
    canvas.ribbon(body.foot, 2.7, jitter(rng, (96, 84, 70), 22))
    length = len(body.roof) * _STEP
    if rng.random() < 0.4:  # an open frame: crossbars
        for share in np.arange(0.05, 1, 1.6 / length):
            canvas.polygon(body.rectangle(share, 0, 0.4, 2.5), jitter(rng, _DARK, 12))
    if rng.random() < 0.15:
        return
    size = float(rng.choice([6.1, 7.4, 12.2]))
    count = int(length // (size + 0.3))
    for k in range(count):
        if rng.random() < 0.15:
            continue
        paint = _PAINTS[int(rng.integers(len(_PAINTS)))] if rng.random() < 0.6 else colour
        roof = jitter(rng, paint, 12)
        share = (k + 0.5) / count
        canvas.polygon(body.rectangle(share, 0, size, 2.5), roof)
        if rng.random() < 0.5:
            edge = rgb(np.asarray(roof) * 0.8)
            for side in (-1.2, 1.2):
                canvas.polygon(body.rectangle(share, side, size, 0.15), edge)


def _coach(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint a coach: a grey or coloured roof, its edges, and its air conditioners."""
    roof = jitter(rng, [(150, 150, 150), (92, 92, 94), (204, 204, 202)][int(rng.integers(3))], 14)
    canvas.ribbon(body.roof, _WIDTH, colour if rng.random() < 0.6 else roof)
    canvas.ribbon(body.roof, 2.35, roof)
    canvas.ribbon(body.roof, 1.0, rgb(np.asarray(roof) * uniform(rng, 1.0, 1.15)))
    for share in np.arange(uniform(rng, 0.05, 0.2), 0.95, uniform(rng, 0.12, 0.4)):
        box = body.rectangle(float(share), 0, uniform(rng, 0.8, 3.0), uniform(rng, 0.8, 1.8))
        canvas.polygon(box, jitter(rng, roof, 24))
    if rng.random() < 0.4:
        _ribs(canvas, rng, body, roof, uniform(rng, 0.5, 1.5))


def _locomotive(canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour) -> None:
    """Paint a locomotive: coloured edges and ends, and equipment on a grey roof."""
    canvas.ribbon(body.roof, _WIDTH + 0.1, colour)
    roof = jitter(rng, (96, 96, 98), 22)
    canvas.ribbon(body.roof[3:-3], uniform(rng, 1.8, 2.5), roof)
    for _ in range(int(rng.integers(6, 24))):
        spot = body.rectangle(
            uniform(rng, 0.12, 0.88),
            uniform(rng, -0.6, 0.6),
            uniform(rng, 0.3, 2.2),
            uniform(rng, 0.2, 1.0),
        )
        canvas.polygon(spot, jitter(rng, (70, 70, 72), 34))


def _ribs(
    canvas: Canvas, rng: np.random.Generator, body: _Body, colour: Colour, pitch: float
) -> None:
    length = len(body.roof) * _STEP
    rib = rgb(np.asarray(colour) * uniform(rng, 0.8, 1.15))
    for share in np.arange(0.5 * pitch / length, 1, pitch / length):
        canvas.polygon(body.rectangle(float(share), 0, min(0.25, 0.4 * pitch), _WIDTH), rib)


def _edge_light(canvas: Canvas, body: _Body, colour: Colour, light: float) -> None:
    """Shade one half of a curved roof."""
    canvas.ribbon(body.shifted(0.7), 1.4, rgb(np.asarray(colour) * light))


_KINDS: Sequence[tuple[float, float, float, float, _Painter]] = (
    # shortest and longest, lowest and highest in metres
    (10.0, 23.0, 3.2, 4.2, _van),
    (10.0, 17.0, 3.6, 4.2, _tank),
    (9.0, 15.0, 2.2, 3.6, _hopper),
    (13.0, 26.0, 2.6, 3.9, _flat),
    (18.0, 26.5, 3.6, 4.3, _coach),
    (10.0, 20.0, 3.6, 4.2, _locomotive),
)
