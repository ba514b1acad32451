"""Streets and car parks: long strips with kerbs, marks and cars, as wide as a track or wider."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.synth.draw import Canvas, Colour, jitter, uniform
from railmap.synth.traffic import car

__all__ = ["paint_street"]

_ASPHALT: tuple[Colour, ...] = ((36, 36, 39), (66, 66, 69), (100, 99, 99), (150, 146, 140))
_BETWEEN: tuple[Colour, ...] = (
    (160, 155, 148),  # paving
    (150, 128, 100),  # soil
    (122, 104, 84),  # bark
    (104, 112, 72),  # grass
    (196, 192, 184),  # concrete
)
_WHITE: Colour = (226, 226, 220)
_YELLOW: Colour = (214, 180, 70)


def paint_street(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lay carriageways, parking rows, medians and pavements side by side over the canvas."""
    reach = float(np.linalg.norm(canvas.half))
    angle, bend = uniform(rng, 0, np.pi), uniform(rng, -1, 1) / float(np.exp(uniform(rng, 4, 8)))
    u = np.array([np.cos(angle), np.sin(angle)])
    v = np.array([-u[1], u[0]])
    s = np.linspace(-1.2, 1.2, 72) * reach
    middle = s[:, None] * u + (0.5 * bend * s**2)[:, None] * v
    normal = v - (bend * s)[:, None] * u
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    asphalt = jitter(rng, _ASPHALT[int(rng.integers(len(_ASPHALT)))], 10)
    across, end = uniform(rng, -1, 0.6) * reach, uniform(rng, -0.2, 1) * reach
    paved = bool(rng.random() < 0.5)
    while across < end:
        width = uniform(rng, 5, 14) if paved else float(np.exp(uniform(rng, -0.5, 1.6)))
        line = middle + normal * (across + width / 2)
        if paved:
            canvas.ribbon(line, width, jitter(rng, asphalt, 4))
            _use(canvas, rng, line, normal, width)
        else:
            _strip(canvas, rng, line, normal, width)
        across += width
        paved = not paved


def _strip(
    canvas: Canvas,
    rng: np.random.Generator,
    line: NDArray[np.float64],
    normal: NDArray[np.float64],
    width: float,
) -> None:
    """A median or pavement between kerbs, with slabs, shrubs or lamps in a row."""
    colour = jitter(rng, _BETWEEN[int(rng.integers(len(_BETWEEN)))], 16)
    canvas.ribbon(line, width, colour)
    if rng.random() < 0.7:
        kerb, kerb_width = jitter(rng, (176, 172, 164), 24), uniform(rng, 0.1, 0.3)
        for side in (-0.5, 0.5):
            canvas.ribbon(line + normal * side * (width - kerb_width), kerb_width, kerb)
    if rng.random() < 0.5:
        shade = jitter(rng, (colour[0] * 0.6, colour[1] * 0.6, colour[2] * 0.55), 14)
        long, pitch = uniform(rng, 0.05, 1.2), uniform(rng, 1, 6)
        _bars(canvas, line, normal, uniform(rng, 0.3, 0.9) * width, pitch, long, shade)


def _use(
    canvas: Canvas,
    rng: np.random.Generator,
    line: NDArray[np.float64],
    normal: NDArray[np.float64],
    width: float,
) -> None:
    """Marks along or across a carriageway, worn paths, and cars."""
    mark = jitter(rng, _WHITE if rng.random() < 0.8 else _YELLOW, 20)
    fade = uniform(rng, 0.4, 1)
    worn = (mark[0] * fade, mark[1] * fade, mark[2] * fade)
    for _ in range(int(rng.integers(0, 3))):
        shift = uniform(rng, -0.4, 0.4) * width
        canvas.ribbon(line + normal * shift, uniform(rng, 0.2, 1.5), jitter(rng, (70, 68, 66), 24))
    parking = rng.random() < 0.5
    if parking:
        side = float(rng.choice([-1.0, 1.0]))
        bays = line + normal * side * (width / 2 - 2.5)
        _bars(canvas, bays, normal, 5.0, uniform(rng, 2.4, 2.8), uniform(rng, 0.08, 0.15), worn)
    else:
        for shift in rng.uniform(-0.47, 0.47, int(rng.integers(0, 4))):
            canvas.ribbon(line + normal * shift * width, uniform(rng, 0.1, 0.25), worn)
    heading = float(np.arctan2(-normal[0, 0], normal[0, 1]))
    for _ in range(int(rng.integers(0, 8))):
        at = int(rng.integers(len(line)))
        turned = np.pi / 2 if parking else 0.0
        car(canvas, rng, line[at] + normal[at] * uniform(rng, -0.4, 0.4) * width, heading + turned)


def _bars(
    canvas: Canvas,
    line: NDArray[np.float64],
    normal: NDArray[np.float64],
    width: float,
    pitch: float,
    long: float,
    colour: Colour,
) -> None:
    """Bars `width` wide across a line, `long` along it, one every `pitch` metres."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.arange(pitch / 2, along[-1], pitch)
    centre = np.column_stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)])
    across = np.column_stack([np.interp(at, along, normal[:, axis]) for axis in (0, 1)])
    a = np.column_stack([across[:, 1], -across[:, 0]]) * min(long, pitch / 2) / 2
    b = across * width / 2
    bars = np.stack([centre - a - b, centre + a - b, centre + a + b, centre - a + b], 1)
    canvas.polygons(bars[canvas.sees(centre, width)], colour)
