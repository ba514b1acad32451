"""Draw the evidence of each scene: objects that identify the scene class of a photo.

Each function draws one mode of a scene onto its surroundings (see `places`) and marks the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from railmap.rendering.photos import room_scenes as rooms
from railmap.rendering.photos import yard_scenes as yards
from railmap.rendering.photos.canvas import PhotoCanvas
from railmap.rendering.photos.places import Line, tint

__all__ = ["SCENE_MODES", "Mode"]

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Mode:
    """One appearance of a scene.

    Parameters
    ----------
    name
        Name of the mode.
    outdoors
        Draws onto the open line, ``outdoors(canvas, rng, line)``; None for a hall.
    indoors
        Draws into a hall, ``indoors(canvas, rng, floor)``; None for the open line.
    on_square
        Draws onto a square, ``on_square(canvas, rng, floor)``; None elsewhere.
    """

    name: str
    outdoors: Callable[[PhotoCanvas, Rng, Line], None] | None = None
    indoors: Callable[[PhotoCanvas, Rng, float], None] | None = None
    on_square: Callable[[PhotoCanvas, Rng, float], None] | None = None


def _arch_tunnel(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    y = line.y + float(rng.uniform(0.06, 0.16))
    x, r = line.at(y)[0], float(rng.uniform(0.12, 0.2))
    stone = tint(rng, 138, 130, 120)
    slope = tint(rng, 82, 104, 66)
    canvas.polygon(
        [(x - 0.5, y), (x - 0.2, y - 2.2 * r), (x + 0.2, y - 2.2 * r), (x + 0.5, y)], slope
    )
    canvas.box(x - 1.4 * r, y - 1.7 * r, x + 1.4 * r, y, stone, True)
    dark = tint(rng, 22, 22, 24, 6)
    angle = np.linspace(np.pi, 2 * np.pi, 20)
    arch = np.stack([x + r * np.cos(angle), y - 0.55 * r + 0.85 * r * np.sin(angle)], 1)
    canvas.polygon([(x - r, y), *arch, (x + r, y)], dark, True)


def _box_tunnel(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    y = line.y + float(rng.uniform(0.06, 0.16))
    x, r = line.at(y)[0], float(rng.uniform(0.12, 0.2))
    concrete = tint(rng, 176, 174, 168)
    canvas.box(x - 0.5, y - 1.55 * r, x + 0.5, y - 1.1 * r, concrete, True)
    canvas.box(x - 1.25 * r, y - 1.55 * r, x + 1.25 * r, y, concrete, True)
    canvas.box(x - r, y - 1.15 * r, x + r, y, tint(rng, 22, 22, 24, 6), True)


def _side_platform(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    side = -1.0 if rng.random() < 0.5 else 1.0
    edge = side * 2.0
    top = tint(rng, 172, 168, 160)
    near, far = line.at(1, edge), line.at(line.y + 0.02, edge)
    out = 6.0 * side
    canvas.polygon([far, near, line.at(1, out), line.at(line.y + 0.02, out)], top, True)
    yellow = tint(rng, 226, 196, 60, 10)
    canvas.polygon(
        [far, near, line.at(1, 1.18 * edge), line.at(line.y + 0.02, 1.18 * edge)], yellow, True
    )
    for share in (0.3, 0.45, 0.7):
        y = line.y + (1 - line.y) * share
        x = line.at(y, 1.7 * edge)[0]
        canvas.line([(x, y), (x, y - 0.75 * share)], 0.02 * share, tint(rng, 84, 88, 96), True)


def _roofed_platform(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    _side_platform(canvas, rng, line)
    roof = tint(rng, 104, 110, 122)
    low = line.y - float(rng.uniform(0.1, 0.16))
    canvas.polygon([(0, 0), (0.36, low), (0.64, low), (1, 0)], roof, True)
    for share in (0.35, 0.6, 0.9):
        half = 0.14 + 0.36 * share
        canvas.line([(0.5 - half, low * (1 - share)), (0.5 + half, low * (1 - share))], 0.012,
                    tint(rng, 66, 70, 78), True)  # fmt: skip


def _truss_bridge(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    steel = tint(rng, *((118, 62, 52) if rng.random() < 0.5 else (88, 104, 116)))
    top, count = float(rng.uniform(0.12, 0.22)), 4
    upper: list[list[tuple[float, float]]] = []
    for side in (-1.0, 1.0):
        shares = [0.12 * 1.75**n for n in range(count)]
        feet = [line.at(line.y + (1 - line.y) * s, side * 2.6) for s in shares]
        heads = [
            (x, y - (line.y - top + 0.3) * s * 1.6) for (x, y), s in zip(feet, shares, strict=True)
        ]
        canvas.line(heads, 0.02, steel, True)
        canvas.line(feet, 0.02, steel, True)
        for n in range(count):
            canvas.line([feet[n], heads[n]], 0.014, steel, True)
            if n:
                canvas.line([feet[n - 1], heads[n]], 0.01, steel, True)
        upper.append(heads)
    for left, right in zip(*upper, strict=True):
        canvas.line([left, right], 0.012, steel, True)


def _arch_bridge(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    y = line.y + float(rng.uniform(-0.02, 0.04))
    stone = tint(rng, 156, 138, 116)
    deck = y - float(rng.uniform(0.2, 0.26))
    canvas.box(0, deck, 1, deck + 0.05, stone, True)
    count = int(rng.integers(3, 6))
    width = 1 / count
    for n in range(count + 1):
        x = n * width
        canvas.box(x - 0.16 * width, deck, x + 0.16 * width, y, stone, True)
        angle = np.linspace(np.pi, 2 * np.pi, 12)
        middle = x + width / 2
        arch = [(middle + 0.36 * width * np.cos(a), deck + 0.13 + 0.09 * np.sin(a)) for a in angle]
        low, right = deck + 0.13, x + width
        spandrel = [(x, low), *arch, (right, low), (right, deck), (x, deck)]
        canvas.polygon(spandrel, stone, True)


def _road(canvas: PhotoCanvas, rng: Rng, line: Line) -> float:
    y = line.y + float(rng.uniform(0.18, 0.3))
    deep = float(rng.uniform(0.07, 0.11))
    canvas.box(0, y, 1, y + deep, tint(rng, 84, 84, 88), True)
    for x in np.arange(0.02, 1, 0.12):
        canvas.box(x, y + deep / 2 - 0.005, x + 0.06, y + deep / 2 + 0.005, (225, 225, 220), True)
    return y


def _barrier_crossing(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    y = _road(canvas, rng, line) + 0.1
    for side in (-1, 1):
        x = 0.5 + side * float(rng.uniform(0.34, 0.44))
        canvas.box(x - 0.012, y - 0.14, x + 0.012, y + 0.02, (220, 220, 216), True)
        tip = (x - side * 0.3, y - 0.1 - float(rng.uniform(0, 0.1)))
        for n in range(6):
            a, b = n / 6, (n + 1) / 6
            ends = [(x + (tip[0] - x) * t, y - 0.11 + (tip[1] - y + 0.11) * t) for t in (a, b)]
            canvas.line(ends, 0.022, (206, 40, 38) if n % 2 else (236, 234, 230), True)


def _cross_crossing(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    y = _road(canvas, rng, line) + 0.06
    side = -1 if rng.random() < 0.5 else 1
    x = 0.5 + side * float(rng.uniform(0.28, 0.4))
    canvas.box(x - 0.01, y - 0.3, x + 0.01, y + 0.04, tint(rng, 128, 128, 128), True)
    for sign in (-1, 1):
        canvas.line([(x - 0.09, y - 0.3 - 0.05 * sign), (x + 0.09, y - 0.3 + 0.05 * sign)], 0.028,
                    (236, 232, 226), True)  # fmt: skip
        canvas.line([(x + 0.055, y - 0.3 + 0.03 * sign), (x + 0.09, y - 0.3 + 0.05 * sign)], 0.028,
                    (204, 40, 36), True)  # fmt: skip
    canvas.ellipse(x, y - 0.18, 0.03, 0.03, (208, 34, 30), True)


def _mast_catenary(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    steel = tint(rng, 96, 100, 100)
    side = -1.0 if rng.random() < 0.5 else 1.0
    ends = []
    for share in (0.9, 0.5, 0.28, 0.15):
        x, y = line.at(line.y + (1 - line.y) * share, side * 2.7)
        head = y - 1.05 * share
        canvas.line([(x, y), (x, head)], 0.022 * share + 0.003, steel, True)
        arm = line.at(y, 0)[0]
        canvas.line([(x, head + 0.06 * share), (arm, head + 0.16 * share)], 0.01, steel, True)
        canvas.line([(x, head + 0.26 * share), (arm, head + 0.16 * share)], 0.007, steel, True)
        ends.append((arm, head + 0.16 * share))
    wire = (48, 48, 52)
    canvas.line([*ends, (line.x, line.y)], 0.006, wire, True)
    canvas.line([(x, y + 0.035) for x, y in ends] + [(line.x, line.y)], 0.006, wire, True)


def _portal_catenary(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    steel = tint(rng, 104, 108, 106)
    ends = []
    for share in (0.85, 0.45, 0.24):
        y = line.y + (1 - line.y) * share
        left, right = line.at(y, -3.2)[0], line.at(y, 3.2)[0]
        head = y - 0.85 * share
        for x in (left, right):
            canvas.line([(x, y), (x, head)], 0.03 * share, steel, True)
        for drop in (0.0, 0.07 * share):
            canvas.line(
                [(left, head + drop), (right, head + drop)], 0.012 * share + 0.003, steel, True
            )
        for n in range(8):
            a, b = (left + (right - left) * t / 8 for t in (n, n + 1))
            up = n % 2 * 0.07 * share
            canvas.line([(a, head + up), (b, head + 0.07 * share - up)], 0.004, steel, True)
        middle = line.at(y, 0)[0]
        canvas.line([(middle, head), (middle, head + 0.14 * share)], 0.008, steel, True)
        ends.append((middle, head + 0.14 * share))
    canvas.line([*ends, (line.x, line.y)], 0.006, (48, 48, 52), True)


def _windows(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    y = floor - float(rng.uniform(0.02, 0.05))
    count = int(rng.integers(3, 6))
    canvas.box(0.04, y - 0.07, 0.96, y + 0.03, tint(rng, 122, 92, 66), True)
    canvas.box(0.04, y - 0.33, 0.96, y - 0.26, tint(rng, 44, 70, 128), True)
    for n in range(count):
        x0 = 0.06 + 0.88 * n / count
        x1 = x0 + 0.72 / count
        canvas.box(x0, y - 0.25, x1, y - 0.08, tint(rng, 66, 84, 98), True)
        canvas.ellipse((x0 + x1) / 2, y - 0.13, 0.022, 0.03, tint(rng, 190, 152, 126), True)
        canvas.box(x0 + 0.02, y - 0.315, x1 - 0.02, y - 0.275, (240, 238, 226), True)


def _machines(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    count = int(rng.integers(2, 5))
    body = tint(rng, *((206, 62, 48) if rng.random() < 0.5 else (60, 128, 176)))
    y = floor + float(rng.uniform(0.03, 0.08))
    for n in range(count):
        x = 0.5 + (n - (count - 1) / 2) * float(rng.uniform(0.2, 0.22))
        canvas.box(x - 0.07, y - 0.36, x + 0.07, y, body, True)
        canvas.box(x - 0.05, y - 0.32, x + 0.05, y - 0.2, (150, 214, 228), True)
        canvas.box(x - 0.045, y - 0.16, x + 0.005, y - 0.1, (40, 40, 44), True)
        canvas.box(x + 0.02, y - 0.16, x + 0.05, y - 0.08, (214, 214, 208), True)


def _seats(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    colour = tint(rng, *((52, 96, 150) if rng.random() < 0.5 else (150, 74, 58)))
    for row in range(3):
        y = floor + 0.08 + 0.1 * row
        step = 0.07 + 0.02 * row
        shift = float(rng.uniform(0, step))
        for x in np.arange(-step + shift, 1, step):
            canvas.box(x, y - 0.55 * step, x + 0.8 * step, y, colour, True)
            canvas.box(x, y, x + 0.8 * step, y + 0.14 * step, tint(rng, 70, 70, 74, 6), True)


def _benches(canvas: PhotoCanvas, rng: Rng, floor: float) -> None:
    wood = tint(rng, 142, 100, 62)
    for row in range(3):
        y = floor + 0.09 + 0.1 * row
        inset = float(rng.uniform(0.02, 0.12))
        for low in (0.0, 0.025, 0.05):
            canvas.box(inset, y - low - 0.016, 1 - inset, y - low, wood, True)
        for x in (inset, 0.5, 1 - inset):
            canvas.box(x - 0.008, y, x + 0.008, y + 0.04, tint(rng, 60, 60, 62, 6), True)


SCENE_MODES: dict[str, tuple[Mode, ...]] = {
    "tunnel": (Mode("arch", _arch_tunnel), Mode("box", _box_tunnel)),
    "platform": (Mode("open", _side_platform), Mode("roofed", _roofed_platform)),
    "railway_bridge": (Mode("truss", _truss_bridge), Mode("viaduct", _arch_bridge)),
    "railway_crossing": (Mode("barriers", _barrier_crossing), Mode("cross", _cross_crossing)),
    "catenary": (Mode("masts", _mast_catenary), Mode("portals", _portal_catenary)),
    "ticket_lobby": (Mode("windows", indoors=_windows), Mode("machines", indoors=_machines)),
    "waiting_hall": (Mode("seats", indoors=_seats), Mode("benches", indoors=_benches)),
    "station_square": (
        Mode("old", on_square=rooms.old_station), Mode("glass", on_square=rooms.glass_station)
    ),
    "maintenance_workshop": (
        Mode("pit", indoors=rooms.pit_workshop), Mode("crane", indoors=rooms.crane_workshop)
    ),
    "freight_yard": (Mode("containers", yards.container_yard), Mode("wagons", yards.wagon_yard)),
    "carriage": (
        Mode("open", indoors=rooms.open_carriage),
        Mode("compartments", indoors=rooms.compartment_carriage),
    ),
    "protection_net": (Mode("fence", yards.trackside_net), Mode("slope", yards.net_on_slope)),
}  # fmt: skip
# Seeds depend on the order: new scenes come last.
