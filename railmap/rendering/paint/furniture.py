"""Paint objects next to and over the track: masts, platforms, crossings, bridges, trains."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, uniform
from railmap.rendering.paint.shapes import bars, raised, rectangle
from railmap.rendering.paint.traffic import car
from railmap.rendering.plan.tracks import PlanNode, TrackPlan, stations

__all__ = ["paint_furniture", "paint_overhead", "paint_under"]


def _outer(plan: TrackPlan) -> tuple[float, float]:
    mains = [t for t in plan.tracks if t.main]
    return (
        min(float(np.median(t.offset)) for t in mains),
        max(float(np.median(t.offset)) for t in mains),
    )


def paint_under(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint a road or river under a railway bridge, before the ballast."""
    if rng.random() > 0.08:
        return
    low, high = _outer(plan)
    station = uniform(rng, -0.5, 0.5) * float(canvas.half.max())
    d = plan.reference.direction(station)
    at = plan.reference.at(np.array([station]), np.array([(low + high) / 2]))[0]
    angle = float(np.arctan2(d[1], d[0]) + np.pi / 2 + rng.normal(0, 0.3))
    u = np.array([np.cos(angle), np.sin(angle)])
    reach = np.linalg.norm(canvas.half) * 2.5
    width = uniform(rng, 4, 18)
    paint = [(104, 103, 103), (60, 76, 76), (126, 116, 96)][int(rng.integers(3))]
    canvas.ribbon(np.array([at - u * reach, at + u * reach]), width, jitter(rng, paint, 16))
    deck = jitter(rng, (150, 146, 140), 24)
    half = (high - low) / 2 + uniform(rng, 2.0, 3.5)
    box = rectangle(at, float(np.arctan2(d[1], d[0])), width + 6, 2 * half)
    raised(canvas, box, 5)
    canvas.cast()
    canvas.polygon(box, deck)


def _masts(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    low, high = _outer(plan)
    colour = jitter(rng, (152, 154, 152), 34)
    step = uniform(rng, 28, 62)
    first = uniform(rng, 0, step)
    ends = canvas.half.max() * 1.6
    portal = high - low > 9 and rng.random() < 0.6
    height = uniform(rng, 5.5, 8.5)
    for station in np.arange(-ends + first, ends, step):
        d = plan.reference.direction(float(station))
        n = np.array([-d[1], d[0]])

        def at(offset: float, station: float = float(station)) -> NDArray[np.float64]:
            return plan.reference.at(np.array([station]), np.array([offset]))[0]

        feet = [(low - 2.9, low), (high + 2.9, high)]
        if not portal and high - low < 1:
            feet = [feet[int(rng.integers(2))]]
        for foot, tip in feet:
            base, arm = at(foot), at(tip)
            top = canvas.sun * height
            canvas.ribbon(np.array([base, base + top]), 0.22, 255, canvas.shadow)
            canvas.ribbon(np.array([base + top, arm + top]), 0.1, 255, canvas.shadow)
            size = uniform(rng, 0.25, 0.5)
            box = np.array(
                [
                    base + d * a * size + n * b * size
                    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
            )
            canvas.queue.append(partial(canvas.polygon, box, colour))
            canvas.queue.append(partial(canvas.ribbon, np.array([base, arm]), 0.12, colour))
        if portal:
            span = np.array([at(low - 2.9), at(high + 2.9)])
            width = uniform(rng, 0.2, 0.6)
            canvas.ribbon(span + canvas.sun * height, width, 255, canvas.shadow)
            canvas.queue.append(partial(canvas.ribbon, span, width, colour))
    if rng.random() < 0.8:
        wire = jitter(rng, (70, 66, 62), 34)
        for track in plan.tracks:
            if canvas.ppm >= 8:
                shift = rng.normal(0, 0.15)
                canvas.queue.append(
                    partial(
                        canvas.ribbon, track.xy[::4] + shift, max(0.02, 0.25 / canvas.ppm), wire
                    )
                )


def _platform(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    low, high = _outer(plan)
    side = float(rng.choice([-1, 1]))
    edge = (low if side < 0 else high) + side * uniform(rng, 1.55, 1.75)
    width = uniform(rng, 2.5, 10)
    start = uniform(rng, -1.5, 0.3) * canvas.half.max()
    station = np.arange(start, start + uniform(rng, 0.6, 3) * canvas.half.max(), 1.0)
    if len(station) < 4:
        return
    middle = plan.reference.at(station, np.full(len(station), edge + side * width / 2))
    canvas.ribbon(middle + canvas.sun * 0.4, width, 255, canvas.shadow)
    paving = jitter(
        rng, [(160, 158, 152), (120, 118, 116), (172, 150, 128)][int(rng.integers(3))], 20
    )
    white = jitter(rng, (226, 226, 220), 12)
    lip = plan.reference.at(station, np.full(len(station), edge + side * 0.15))
    line = plan.reference.at(station, np.full(len(station), edge + side * uniform(rng, 0.7, 1.1)))
    hatch = rng.random() < 0.35
    roof = rng.random() < 0.25

    def draw() -> None:
        canvas.ribbon(middle, width, paving)
        canvas.ribbon(lip, 0.3, jitter(rng, (186, 184, 178), 18))
        if hatch:
            at, u, _ = stations(line, 1.1)
            v = np.stack([-u[:, 1], u[:, 0]], 1)
            skew = (u + v) / np.sqrt(2)
            a, b = u * 0.2, skew * 0.45
            canvas.polygons(np.stack([at - a - b, at + a - b, at + a + b, at - a + b], 1), white)
        else:
            canvas.ribbon(line, uniform(rng, 0.1, 0.4), white)
        if roof:
            canvas.ribbon(
                middle[len(middle) // 4 :],
                width * 0.8,
                jitter(
                    rng, [(96, 112, 138), (150, 150, 150), (120, 84, 66)][int(rng.integers(3))], 18
                ),
            )

    canvas.queue.append(draw)


def _level_crossing(
    canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, nodes: list[PlanNode]
) -> None:
    station = uniform(rng, -0.6, 0.6) * float(canvas.half.max())
    d = plan.reference.direction(station)
    low, high = _outer(plan)
    middle = plan.reference.at(np.array([station]), np.array([(low + high) / 2]))[0]
    angle = float(np.arctan2(d[1], d[0]) + np.pi / 2 + rng.normal(0, 0.2))
    u = np.array([np.cos(angle), np.sin(angle)])
    reach = np.linalg.norm(canvas.half) * 2.5
    width = uniform(rng, 3, 10)
    colour = jitter(rng, (98, 97, 97), 18)
    line = np.array([middle - u * reach, middle + u * reach])
    canvas.ribbon(line, width, colour)
    inner = np.array([middle - u * ((high - low) / 2 + 2), middle + u * ((high - low) / 2 + 2)])
    canvas.ribbon(inner, width, jitter(rng, (120, 116, 112), 24))
    half = plan.gauge_mm / 2000 + 0.036
    steel = jitter(rng, (150, 146, 142), 36)
    for track in plan.tracks:
        near = np.abs(track.station - station) < width
        if near.sum() < 3:
            continue
        xy = track.xy[near]
        t = np.gradient(xy, axis=0)
        t /= np.linalg.norm(t, axis=1, keepdims=True) + 1e-12
        n = np.stack([-t[:, 1], t[:, 0]], 1)
        for side in (-1, 1):
            canvas.ribbon(xy + n * side * half, 0.16, jitter(rng, (60, 56, 54), 10))
            canvas.ribbon(xy + n * side * half, 0.07, steel)
        i = int(np.argmin(np.abs(track.station - station)))
        nodes.append(PlanNode(float(track.xy[i, 0]), float(track.xy[i, 1]), "level_crossing"))
    if rng.random() < 0.3:
        car(canvas, rng, middle + u * uniform(rng, 6, 15) * rng.choice([-1, 1]), angle)


def _train(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    track = plan.tracks[int(rng.integers(len(plan.tracks)))]
    at, along, _ = stations(track.xy, 0.5)
    if len(at) < 60:
        return
    start = int(rng.integers(0, len(at) - 40))
    paint = jitter(
        rng,
        [
            (186, 40, 36),
            (210, 210, 206),
            (90, 92, 96),
            (58, 84, 124),
            (128, 96, 72),
            (84, 100, 84),
            (214, 180, 70),
        ][int(rng.integers(7))],
        20,
    )
    freight = rng.random() < 0.5
    for _ in range(int(rng.integers(1, 9))):
        length = uniform(rng, 12, 17) if freight else uniform(rng, 18, 26)
        stop = start + int(length / 0.5)
        if stop >= len(at):
            break
        body = at[start:stop]
        colour = jitter(rng, paint, 20 if freight else 4)
        inside = jitter(rng, [(70, 60, 54), (150, 146, 140), colour][int(rng.integers(3))], 16)
        canvas.ribbon(
            body + canvas.sun * 2, 2.9 + 1.5 * float(np.linalg.norm(canvas.sun)), 255, canvas.shadow
        )
        canvas.ribbon(body, 3.1, 255, canvas.hidden)

        def draw(
            first: int = start,
            body: NDArray[np.float64] = body,
            colour: Colour = colour,
            inside: Colour = inside,
        ) -> None:
            canvas.ribbon(body, 2.9, colour)
            canvas.ribbon(body[2:-2], 2.3 if freight else 1.2, inside)
            for k in range(4, len(body) - 4, 7):
                if rng.random() < 0.4:
                    d = along[k + first]
                    canvas.polygon(
                        rectangle(body[k], float(np.arctan2(d[1], d[0])), 1.6, 1.2),
                        jitter(rng, colour, 26),
                    )

        canvas.queue.append(draw)
        start = stop + 2


def _overbridge(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint a road, foot or pipe bridge over the track, or a tunnel mouth."""
    station = uniform(rng, -0.7, 0.7) * float(canvas.half.max())
    low, high = _outer(plan)
    d = plan.reference.direction(station)
    middle = plan.reference.at(np.array([station]), np.array([(low + high) / 2]))[0]
    angle = float(np.arctan2(d[1], d[0]) + np.pi / 2 + rng.normal(0, 0.25))
    u = np.array([np.cos(angle), np.sin(angle)])
    reach = np.linalg.norm(canvas.half) * 2.5
    width = float(rng.choice([2.5, 4, 8, 12, 18])) * uniform(rng, 0.8, 1.2)
    line = np.array([middle - u * reach, middle + u * reach])
    canvas.ribbon(line + canvas.sun * uniform(rng, 3, 7), width, 255, canvas.shadow)
    canvas.ribbon(line, width + 0.3, 255, canvas.hidden)
    deck = jitter(rng, [(104, 103, 103), (160, 156, 150), (66, 66, 68)][int(rng.integers(3))], 16)
    rail = jitter(rng, (190, 188, 182), 24)

    def draw() -> None:
        canvas.ribbon(line, width, deck)
        v = np.array([-u[1], u[0]])
        for side in (-0.48, 0.48):
            canvas.ribbon(line + v * side * width, 0.3, rail)
        if width > 6:
            canvas.polygons(bars(middle, angle, 60, 0.14, 6.0, 0.5), rail)

    canvas.queue.append(draw)


def _boxes(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint signals, cabinets, cable ducts and stored material next to the track."""
    low, high = _outer(plan)
    for _ in range(int(rng.poisson(3))):
        station = uniform(rng, -1, 1) * float(canvas.half.max())
        offset = float(rng.choice([low - 2.2, high + 2.2])) + rng.normal(0, 0.5)
        at = plan.reference.at(np.array([station]), np.array([offset]))[0]
        d = plan.reference.direction(station)
        box = rectangle(
            at, float(np.arctan2(d[1], d[0])), uniform(rng, 0.3, 2.5), uniform(rng, 0.2, 0.7)
        )
        raised(canvas, box, uniform(rng, 0.3, 3))
        colour = jitter(rng, (160, 150, 130), 50)
        canvas.queue.append(partial(canvas.polygon, box, colour))
    if rng.random() < 0.4:  # cable trough or a spare rail alongside
        along = np.linspace(-1.5, 1.5, 80) * float(canvas.half.max())
        offset = float(rng.choice([low - 1, high + 1])) + rng.choice([-1, 1]) * uniform(rng, 0.8, 2)
        if low - 1.9 < offset < high + 1.9:
            return
        line = plan.reference.at(along, np.full(80, offset))
        canvas.ribbon(line, uniform(rng, 0.07, 0.5), jitter(rng, (170, 166, 158), 40))


def paint_furniture(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint level crossings (added to the plan's nodes), platforms, masts, boxes."""
    if rng.random() < 0.09 and plan.kind in ("plain", "double", "multiple"):
        _level_crossing(canvas, rng, plan, plan.nodes)
    _boxes(canvas, rng, plan)
    if rng.random() < 0.16:
        _platform(canvas, rng, plan)
    if rng.random() < 0.6:
        _masts(canvas, rng, plan)


def paint_overhead(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Paint trains and bridges over the track; ``canvas.hidden`` marks the covered pixels."""
    if rng.random() < (0.3 if plan.kind == "yard" else 0.1):
        for _ in range(int(rng.integers(1, 4))):
            _train(canvas, rng, plan)
    if rng.random() < 0.07:
        _overbridge(canvas, rng, plan)
