"""Draw workshops, the inside of carriages, and station squares."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from railmap.rendering.photos.canvas import PhotoCanvas
from railmap.rendering.photos.places import shade, tint

__all__ = [
    "compartment_carriage",
    "crane_workshop",
    "glass_station",
    "old_station",
    "open_carriage",
    "pit_workshop",
]

Rng = np.random.Generator


def pit_workshop(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """A locomotive on a track over an inspection pit, between lifting jacks."""
    x, half = float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.16, 0.22))
    foot = floor + float(rng.uniform(0.04, 0.08))
    canvas.polygon(
        [(x - 0.6 * half, foot), (x + 0.6 * half, foot), (x + 1.5 * half, 1), (x - 1.5 * half, 1)],
        tint(rng, 46, 46, 48, 6), True,
    )  # fmt: skip
    for side in (-1, 1):
        canvas.line([(x + side * 0.7 * half, foot), (x + side * 1.7 * half, 1)], 0.016,
                    tint(rng, 168, 164, 158), True)  # fmt: skip
    body = tint(rng, *((178, 50, 44) if rng.random() < 0.5 else (54, 96, 150)))
    top = floor - float(rng.uniform(0.3, 0.38))
    canvas.box(x - half, top, x + half, foot - 0.03, body, True)
    canvas.box(x - 0.75 * half, top + 0.04, x + 0.75 * half, top + 0.14, (66, 82, 96), True)
    canvas.box(x - half, foot - 0.06, x + half, foot - 0.02, tint(rng, 54, 54, 58), True)
    for side in (-1, 1):
        canvas.ellipse(x + side * 0.6 * half, top + 0.22, 0.02, 0.02, (250, 244, 214), True)
        jack = tint(rng, 230, 190, 40, 8)
        at = x + side * (half + 0.07)
        canvas.box(at - 0.025, top + 0.06, at + 0.025, foot + 0.03, jack, True)
        canvas.box(min(at, x + side * half), foot - 0.08, max(at, x + side * half), foot - 0.05,
                   jack, True)  # fmt: skip


def crane_workshop(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """Wheelsets on the floor under a travelling crane."""
    beam = tint(rng, 228, 184, 42, 10)
    y = float(rng.uniform(0.14, 0.22))
    canvas.box(0, y, 1, y + 0.06, beam, True)
    hook = float(rng.uniform(0.2, 0.8))
    canvas.box(hook - 0.05, y + 0.05, hook + 0.05, y + 0.1, tint(rng, 70, 70, 74), True)
    canvas.line([(hook, y + 0.1), (hook, floor - 0.12)], 0.006, (40, 40, 42), True)
    steel = tint(rng, 104, 100, 98)
    for row in range(2):
        base = floor + 0.12 + 0.16 * row
        r = 0.07 + 0.02 * row
        shift = float(rng.uniform(0, 0.1))
        for x in np.arange(0.1 + shift, 1, 0.34):
            canvas.line([(x - 0.02, base - r), (x + 0.15, base - r)], 0.03, steel, True)
            for at in (x, x + 0.13):
                canvas.ellipse(at, base - r, 0.55 * r, r, tint(rng, 86, 80, 76), True)
                canvas.ellipse(at, base - r, 0.35 * r, 0.7 * r, tint(rng, 132, 126, 122), True)
    bench = tint(rng, 60, 104, 92)
    canvas.box(0.02, floor - 0.1, 0.02 + float(rng.uniform(0.2, 0.34)), floor + 0.02, bench, True)


def open_carriage(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """Rows of seats on both sides of an aisle, windows, and racks for luggage."""
    x, y = float(rng.uniform(0.46, 0.54)), float(rng.uniform(0.36, 0.42))
    wall, cloth = tint(rng, 206, 204, 196), tint(rng, *rng.uniform(30, 150, 3))
    canvas.gradient(tint(rng, 224, 222, 216), wall, 0, 1)
    canvas.polygon([(0.2, 1), (0.8, 1), (x + 0.03, y + 0.1), (x - 0.03, y + 0.1)],
                   tint(rng, 108, 104, 104))  # fmt: skip

    def at(share: float, across: float, height: float) -> tuple[float, float]:
        return x + share * across, y + share * height

    for side in (-1, 1):
        shares = np.geomspace(0.2, 1.3, 6)
        for far, near in pairwise(shares):
            mid = far + 0.8 * (near - far)
            glass = [at(far, side * 0.5, -0.2), at(mid, side * 0.5, -0.2),
                     at(mid, side * 0.5, 0.16), at(far, side * 0.5, 0.16)]  # fmt: skip
            canvas.polygon(glass, tint(rng, 150, 184, 206), True)
        canvas.polygon([at(0.15, side * 0.5, -0.3), at(1.4, side * 0.5, -0.3),
                        at(1.4, side * 0.36, -0.26), at(0.15, side * 0.36, -0.26)],
                       tint(rng, 150, 152, 156), True)  # fmt: skip
        for share in np.geomspace(0.22, 1.05, 6):
            corners = [at(share, side * 0.46, 0.08), at(share, side * 0.14, 0.08),
                       at(share, side * 0.14, 0.46), at(share, side * 0.46, 0.46)]  # fmt: skip
            canvas.polygon(corners, shade(rng, cloth), True)
            head = [at(share, side * 0.4, 0.02), at(share, side * 0.2, 0.02),
                    at(share, side * 0.2, 0.14), at(share, side * 0.4, 0.14)]  # fmt: skip
            canvas.polygon(head, (232, 230, 222), True)
    canvas.box(x - 0.03, y - 0.06, x + 0.03, y + 0.1, tint(rng, 96, 110, 122), True)


def compartment_carriage(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """A corridor with windows on one side and doors of compartments on the other."""
    flip = rng.random() < 0.5
    wood = tint(rng, 158, 118, 80)
    canvas.gradient(tint(rng, 220, 214, 202), tint(rng, 196, 186, 170), 0, 1)

    def shape(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(1 - px, py) if flip else (px, py) for px, py in points]

    x, y = 0.5, float(rng.uniform(0.42, 0.48))
    canvas.polygon(shape([(0.18, 1), (0.82, 1), (0.55, 0.62), (0.45, 0.62)]),
                   tint(rng, 112, 60, 56))  # fmt: skip
    for far, near in ((0.16, 0.3), (0.3, 0.55), (0.55, 1.0)):

        def wall(share: float, across: float, height: float) -> tuple[float, float]:
            return x + share * across * 0.5, y + share * height * 0.5

        gap = far + 0.12 * (near - far)
        pane = [wall(gap, -1, -0.6), wall(near, -1, -0.6), wall(near, -1, 0.35),
                wall(gap, -1, 0.35)]  # fmt: skip
        canvas.polygon(shape(pane), tint(rng, 154, 188, 208), True)
        bar = [wall(gap, -0.96, 0.1), wall(near, -0.96, 0.1)]
        canvas.line(shape(bar), 0.01, (210, 208, 200), True)
        door = [wall(gap, 1, -0.8), wall(near, 1, -0.8), wall(near, 1, 1.0), wall(gap, 1, 1.0)]
        canvas.polygon(shape(door), wood, True)
        inner = gap + 0.3 * (near - gap)
        outer = gap + 0.7 * (near - gap)
        glass = [wall(inner, 1, -0.6), wall(outer, 1, -0.6), wall(outer, 1, 0.2),
                 wall(inner, 1, 0.2)]  # fmt: skip
        canvas.polygon(shape(glass), tint(rng, 104, 116, 124), True)


def old_station(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """A building with a clock over its entrance, and taxis in front of it."""
    stone = tint(rng, 184, 158, 126)
    top = float(rng.uniform(0.26, 0.34))
    canvas.box(0.06, top, 0.94, floor, stone, True)
    canvas.box(0.36, top - 0.12, 0.64, floor, shade(rng, stone), True)
    canvas.polygon([(0.34, top - 0.12), (0.5, top - 0.22), (0.66, top - 0.12)],
                   tint(rng, 112, 74, 62), True)  # fmt: skip
    canvas.ellipse(0.5, top - 0.04, 0.055, 0.055, (240, 238, 230), True)
    canvas.line([(0.5, top - 0.04), (0.5, top - 0.08)], 0.01, (30, 30, 30), True)
    canvas.line([(0.5, top - 0.04), (0.53, top - 0.04)], 0.01, (30, 30, 30), True)
    for x in (0.12, 0.2, 0.28, 0.69, 0.77, 0.85):
        canvas.box(x, top + 0.06, x + 0.04, floor - 0.1, tint(rng, 66, 76, 86), True)
    for n in range(3):
        canvas.box(0.39 + 0.08 * n, floor - 0.14, 0.445 + 0.08 * n, floor,
                   tint(rng, 52, 48, 46), True)  # fmt: skip
    _vehicles(canvas, rng, floor, (226, 190, 50), 0.16)


def glass_station(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    """A hall of glass under a wide roof, flag poles, and buses in front of it."""
    top = float(rng.uniform(0.24, 0.32))
    canvas.box(0.04, top, 0.96, floor, tint(rng, 132, 170, 192), True)
    for x in np.linspace(0.04, 0.96, 15):
        canvas.line([(x, top), (x, floor)], 0.006, (216, 220, 222), True)
    for y in np.linspace(top, floor, 5):
        canvas.line([(0.04, y), (0.96, y)], 0.005, (216, 220, 222), True)
    angle = np.linspace(np.pi, 2 * np.pi, 16)
    roof = [(0.5 + 0.54 * np.cos(a), top + 0.1 * np.sin(a)) for a in angle]
    canvas.polygon([*roof, (1.04, top + 0.03), (-0.04, top + 0.03)], tint(rng, 206, 208, 212), True)
    sign = tint(rng, 190, 36, 36)
    canvas.box(0.36, top + 0.04, 0.64, top + 0.09, sign, True)
    for x in (0.12, 0.18, 0.24):
        canvas.line([(x, floor + 0.06), (x, top - 0.16)], 0.008, (226, 226, 226), True)
        canvas.box(x, top - 0.16, x + 0.05, top - 0.11, tint(rng, *rng.uniform(30, 220, 3)), True)
    _vehicles(canvas, rng, floor, (60, 120, 90), 0.26)


def _vehicles(
    canvas: PhotoCanvas, rng: Rng, floor: float, paint: tuple[float, float, float], length: float
) -> None:
    for _ in range(int(rng.integers(1, 4))):
        x, y = float(rng.uniform(0, 0.8)), floor + float(rng.uniform(0.1, 0.2))
        high = 0.4 * length
        canvas.box(x, y - high, x + length, y, tint(rng, *paint), True)
        canvas.box(x + 0.12 * length, y - 0.9 * high, x + 0.88 * length, y - 0.5 * high,
                   (72, 86, 98), True)  # fmt: skip
        for at in (0.22, 0.78):
            canvas.ellipse(x + at * length, y, 0.12 * length, 0.12 * length, (28, 28, 30), True)
