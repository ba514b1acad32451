"""Draw freight yards and protection nets onto the open line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from railmap.rendering.photos.canvas import PhotoCanvas
from railmap.rendering.photos.places import Line, shade, tint

__all__ = ["container_yard", "net_on_slope", "trackside_net", "wagon_yard"]

Rng = np.random.Generator
_PAINT = ((176, 58, 46), (42, 92, 150), (58, 128, 84), (206, 142, 44), (120, 124, 130))


def container_yard(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    """Stacks of containers on one side, and a gantry crane over the track."""
    side = -1.0 if rng.random() < 0.5 else 1.0
    ends = (0.16, 0.3, 0.55, 1.0)  # shares of the way from the horizon to the foot
    for far, near in pairwise(ends):
        back, front = (line.y + (1 - line.y) * s for s in (far, near))
        for level in range(int(rng.integers(1, 4))):
            paint = tint(rng, *_PAINT[int(rng.integers(len(_PAINT)))])
            corners = []
            for y, share in ((back, far), (front, near)):
                x = line.at(y, side * 3.2)[0]
                low = y - level * 0.3 * share
                corners.append(((x, low), (x, low - 0.28 * share)))
            (a, b), (c, d) = corners
            canvas.polygon([a, c, d, b], paint, True)
            outer = c[0] + side * 0.5 * near
            canvas.box(min(c[0], outer), d[1], max(c[0], outer), c[1], shade(rng, paint), True)
            for n in range(1, 6):  # corrugation
                x = c[0] + side * 0.5 * near * n / 6
                canvas.line([(x, d[1]), (x, c[1])], 0.004, shade(rng, paint, 0.7))
    y = line.y + (1 - line.y) * float(rng.uniform(0.3, 0.45))
    crane = tint(rng, 226, 178, 40, 10)
    left, right = line.at(y, -3.0)[0], line.at(y, 3.0)[0]
    top = line.y - float(rng.uniform(0.18, 0.28))
    for x in (left, right):
        canvas.line([(x, y), (x, top)], 0.022, crane, True)
    canvas.line([(left - 0.08, top), (right + 0.08, top)], 0.035, crane, True)


def wagon_yard(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    """Parallel tracks on both sides with rows of freight wagons."""
    steel = tint(rng, 150, 146, 142)
    for number in (-3, -2, -1, 1, 2, 3):
        middle = number * 3.4
        for rail in (-1.0, 1.0):
            canvas.line(
                [line.at(line.y + 0.01, middle + rail), line.at(1, middle + rail)], 0.009, steel,
                True,
            )  # fmt: skip
    for number in (3, -3, 2, -2, 1, -1):  # far rows first
        if rng.random() < 0.3:
            continue
        tank = rng.random() < 0.4
        ends = np.geomspace(0.14, float(rng.uniform(0.6, 1.1)), 4)
        inner = (abs(number) * 3.4 - 1.3) * (1 if number > 0 else -1)
        outer = (abs(number) * 3.4 + 1.3) * (1 if number > 0 else -1)
        for far, near in pairwise(ends):
            paint = tint(rng, *((136, 132, 126) if tank else (126, 78, 58)))
            near *= 0.94
            back, front = (line.y + (1 - line.y) * s for s in (far, near))
            (ax, _), (bx, _), (cx, _) = (
                line.at(back, inner), line.at(front, inner), line.at(front, outer)
            )  # fmt: skip
            high = 0.24
            canvas.polygon(
                [(ax, back), (bx, front), (bx, front - high * near), (ax, back - high * far)],
                paint, True,
            )  # fmt: skip
            canvas.box(min(bx, cx), front - high * near, max(bx, cx), front - 0.03 * near,
                       shade(rng, paint, 0.8), True)  # fmt: skip


def trackside_net(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    """A fence of wire mesh between posts along the track."""
    side = -1.0 if rng.random() < 0.5 else 1.0
    wire = tint(rng, *((74, 120, 84) if rng.random() < 0.5 else (128, 132, 134)), 8)

    def point(share: float, height: float) -> tuple[float, float]:
        x, y = line.at(line.y + (1 - line.y) * share, side * 2.5)
        return x, y - height * 0.62 * share

    shares = np.geomspace(0.1, 1.0, 26)
    for a, b in pairwise(shares):
        for n in range(6):
            low, high = n / 6, (n + 1) / 6
            canvas.line([point(a, low), point(b, high)], 0.003, wire, True)
            canvas.line([point(a, high), point(b, low)], 0.003, wire, True)
    for height in (0.0, 0.5, 1.0):
        canvas.line([point(s, height) for s in shares], 0.006, wire, True)
    post = tint(rng, 110, 112, 112)
    for share in np.geomspace(0.12, 0.95, 7):
        canvas.line([point(share, 0), point(share, 1.06)], 0.02 * share + 0.003, post, True)


def net_on_slope(canvas: PhotoCanvas, rng: Rng, line: Line) -> None:
    """Rock beside the track with a net of ropes hung over it."""
    side = -1.0 if rng.random() < 0.5 else 1.0
    rock = tint(rng, 132, 118, 102)
    foot, far = line.at(1, side * 2.6), line.at(line.y + 0.03, side * 2.6)
    crest = float(rng.uniform(0.04, 0.14))
    edge = 1.0 if side > 0 else 0.0
    top_far = (far[0] + side * 0.06, line.y - 0.12)
    top_near = (edge, crest)
    canvas.polygon([far, foot, (edge + side, 1.0), (edge + side, crest), top_near, top_far], rock)
    for _ in range(30):
        x, y = rng.uniform(0, 1), rng.uniform(0.1, 1)
        across = (x - far[0]) * side
        slope = (top_near[1] - top_far[1]) / max((edge - far[0]) * side, 0.1)
        under = y > top_far[1] + slope * across + 0.05
        inside = under and (x - line.at(max(y, line.y + 0.03), side * 2.6)[0]) * side > 0.04
        if inside:
            r = float(rng.uniform(0.01, 0.05))
            canvas.ellipse(x, y, r, 0.7 * r, tint(rng, 116, 104, 92))
    rope = tint(rng, 84, 86, 88, 6)
    steps = np.geomspace(0.05, 1.0, 14)

    def between(a: tuple[float, float], b: tuple[float, float], t: float) -> tuple[float, float]:
        return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t

    beyond = (edge + side * 0.4, crest - 0.05)
    for t in steps:
        canvas.line([between(far, foot, t), between(top_far, beyond, t)], 0.005, rope, True)
    for t in np.linspace(0.05, 1.0, 9):
        canvas.line([between(far, top_far, t), between(foot, beyond, t)], 0.005, rope, True)
