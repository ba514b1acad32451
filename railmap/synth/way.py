"""The permanent way: formation, ballast, sleepers, rails, turnout bearers, weeds and stains."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.synth.draw import Canvas, Colour, jitter, uniform
from railmap.synth.ground import cover
from railmap.synth.plan import Track, TrackPlan

__all__ = ["paint_way", "stations"]

_BALLAST = (
    (118, 110, 102),
    (88, 80, 74),
    (146, 138, 130),
    (108, 86, 68),
    (64, 60, 58),
    (128, 110, 90),
    (168, 162, 154),
    (96, 72, 56),
)
_HEAD = 0.072  # rail head width, m
_FOOT = 0.15


@dataclass(slots=True)
class _Look:
    """How one track looks."""

    sleeper: str
    colour: Colour
    spacing: float
    width: float
    variation: float
    head: Colour
    foot: Colour
    rail_shadow: float


def stations(
    xy: NDArray[np.float64],
    step: float,
    rng: np.random.Generator | None = None,
    jitter_m: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Points every `step` metres along a line, with unit tangent and distance from its start."""
    gone = np.r_[0, np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))]
    along = np.arange(0, gone[-1], step)
    if rng is not None and jitter_m:
        along = np.clip(along + rng.normal(0, jitter_m, len(along)), 0, gone[-1])

    def at(d: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.interp(d, gone, xy[:, i]) for i in (0, 1)], 1)

    ahead = at(np.minimum(along + 0.3, gone[-1])) - at(np.maximum(along - 0.3, 0))
    return at(along), ahead / (np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-12), along


def _look(rng: np.random.Generator, ballast: Colour, shared: _Look | None) -> _Look:
    if shared is not None and rng.random() < 0.7:
        return shared
    base = np.array(ballast)
    kind = str(
        rng.choice(
            ["concrete", "wood", "steel", "faint", "covered"], p=[0.38, 0.22, 0.06, 0.22, 0.12]
        )
    )
    bright = uniform(rng, -30, 30)
    colour = {
        "concrete": jitter(rng, (168, 162, 152), 22),
        "wood": jitter(rng, (80, 68, 58), 16),
        "steel": jitter(rng, (98, 72, 56), 14),
        "faint": jitter(rng, np.clip(base + bright * 0.5, 5, 250), 6),
        "covered": jitter(rng, base, 3),
    }[kind]
    head = [
        (194, 192, 190),
        (232, 232, 232),
        (124, 98, 78),
        (152, 144, 136),
        (82, 74, 68),
        (58, 50, 46),
    ][int(rng.choice(6, p=[0.26, 0.18, 0.18, 0.16, 0.14, 0.08]))]
    return _Look(
        kind,
        colour,
        uniform(rng, 0.56, 0.68),
        uniform(rng, 0.2, 0.31),
        uniform(rng, 2, 16),
        jitter(rng, head, 16),
        jitter(rng, (86, 64, 50), 16),
        uniform(rng, 0.3, 1.0),
    )


def _bed(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, ballast: Colour) -> None:
    """Formation and ballast under all tracks, ragged at the shoulders."""
    layer = np.zeros(canvas.image.shape[:2], np.uint8)
    width = uniform(rng, 2.9, 4.8)
    for track in plan.tracks:
        canvas.ribbon(track.xy[::2], width, 255, layer)
    if rng.random() < 0.65:  # one bed under neighbouring tracks
        divide = 4
        small = cv2.resize(layer, None, fx=1 / divide, fy=1 / divide)
        reach = max(3, int(2.6 * canvas.ppm / divide))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        padded = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
        small = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[reach:-reach, reach:-reach]
        layer = cv2.resize(small, (canvas.width, canvas.height))
    if rng.random() < 0.5:  # formation: a wider, smoother shoulder or service path
        shoulder = np.zeros_like(layer)
        for track in plan.tracks:
            canvas.ribbon(track.xy[::2], width + uniform(rng, 0.8, 4.0), 255, shoulder)
        cv2.copyTo(
            cover(canvas, rng, str(rng.choice(["soil", "gravel", "dry", "sand"]))),
            (shoulder > 127).astype(np.uint8),
            canvas.image,
        )
    ragged = canvas.texture(rng, (0, 0, 0), uniform(rng, 4, 50), ((0.4, 1), (1.6, 0.8)), 0, 2)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.7, uniform(rng, 0.05, 0.35) * canvas.ppm))
    mask = (cv2.add(soft, ragged[..., 0]) > 128).astype(np.uint8)
    mask &= (layer > 0) | (soft > 40)
    stones = canvas.texture(
        rng,
        ballast,
        uniform(rng, 5, 26),
        (
            (0.06, 1.0),
            (0.15, uniform(rng, 0, 1)),
            (1.5, uniform(rng, 0, 0.5)),
            (8, uniform(rng, 0, 0.6)),
        ),
        0.5,
    )
    cv2.copyTo(stones, mask, canvas.image)


def _strip(canvas: Canvas, rng: np.random.Generator, track: Track, plan: TrackPlan) -> None:
    """Tint between the rails: rust, oil, fines, weeds."""
    layer = np.zeros(canvas.image.shape[:2], np.uint8)
    canvas.ribbon(track.xy[::2], uniform(rng, 0.5, plan.sleeper_m * 1.15), 255, layer)
    layer = cv2.GaussianBlur(layer, (0, 0), uniform(rng, 0.05, 0.3) * canvas.ppm)
    tint = np.empty_like(canvas.image)
    tint[:] = np.round(
        jitter(
            rng,
            [(96, 68, 50), (62, 58, 54), (96, 104, 62), (156, 146, 134), (124, 78, 50)][
                int(rng.integers(5))
            ],
            14,
        )
    )
    canvas.blend(tint, cv2.multiply(layer, uniform(rng, 0.15, 0.7)))


def _sleepers(
    canvas: Canvas,
    rng: np.random.Generator,
    track: Track,
    plan: TrackPlan,
    look: _Look,
    ballast: Colour,
) -> None:
    wood = look.sleeper == "wood"
    at, along, gone = stations(track.xy, look.spacing, rng, 0.03 if wood else 0.008)
    keep = canvas.sees(at, 4.0)
    # where long bearers of another track carry this one it has none of its own
    station = np.interp(gone, *_stationing(track))
    for low, high in track.bearers:
        keep &= (station < low) | (station > high)
    keep &= rng.random(len(at)) > (0.02 if wood else 0.003)
    at, along, station = at[keep], along[keep], station[keep]
    if len(at) == 0:
        return
    turn = rng.normal(0, 0.03 if wood else 0.006, len(at))
    u = along + np.stack([-along[:, 1], along[:, 0]], 1) * turn[:, None]
    v = np.stack([-u[:, 1], u[:, 0]], 1)
    left = np.full(len(at), plan.sleeper_m / 2) * rng.normal(1, 0.012 if wood else 0.003, len(at))
    right = left.copy()
    index = next(i for i, t in enumerate(plan.tracks) if t is track)
    for main, toe, _, leg in plan.turnouts:
        if main != index:
            continue
        other = plan.tracks[leg]
        reach = [b for b in other.bearers if b[0] - 1e-6 <= toe <= b[1] + 1e-6]
        if not reach:
            continue
        inside = (station > reach[0][0]) & (station < reach[0][1])
        order = np.argsort(other.station)
        apart = np.interp(station, other.station[order], other.offset[order]) - np.interp(
            station, *_by_station(track)
        )
        apart = apart * (1.0 if np.median(np.diff(track.station)) > 0 else -1.0)
        right = np.where(inside & (apart > 0), right + apart, right)
        left = np.where(inside & (apart < 0), left - apart, left)
    half = look.width / 2
    boxes = np.stack(
        [
            at - u * half - v * left[:, None],
            at + u * half - v * left[:, None],
            at + u * half + v * right[:, None],
            at - u * half + v * right[:, None],
        ],
        1,
    )
    if rng.random() < 0.5:  # the side away from the sun
        drop = canvas.sun / (np.linalg.norm(canvas.sun) + 1e-9) * uniform(rng, 0.02, 0.08)
        canvas.polygons(boxes + drop, _scaled(ballast, uniform(rng, 0.4, 0.8)))
    shades = rng.integers(0, 4, len(at))
    for shade in range(4):
        delta = (shade - 1.5) * look.variation * 0.8
        canvas.polygons(boxes[shades == shade], _added(look.colour, delta))
    if look.sleeper == "concrete" and rng.random() < 0.35:  # waist covered by stones
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        canvas.ribbon(track.xy[::2], uniform(rng, 0.3, 1.1), 255, layer)
        flat = np.empty_like(canvas.image)
        flat[:] = np.round(ballast)
        canvas.blend(flat, cv2.multiply(layer, uniform(rng, 0.3, 0.95)))


def _by_station(track: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(track.station)
    return track.station[order], track.offset[order]


def _stationing(track: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gone = np.r_[0, np.cumsum(np.linalg.norm(np.diff(track.xy, axis=0), axis=1))]
    return gone, track.station


def _rails(
    canvas: Canvas,
    rng: np.random.Generator,
    track: Track,
    plan: TrackPlan,
    look: _Look,
    ballast: Colour,
) -> None:
    tangent = np.gradient(track.xy, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    half = plan.gauge_mm / 2000 + _HEAD / 2
    shade = _scaled(ballast, 1 - 0.65 * look.rail_shadow)
    drop = canvas.sun * 0.16
    drop *= min(1.0, 0.3 / (float(np.linalg.norm(drop)) + 1e-9))
    foot = rng.random() < 0.85
    guard = rng.random() < 0.04
    for side in (-1.0, 1.0):
        rail = track.xy + normal * side * half
        if look.rail_shadow > 0.35:
            canvas.ribbon(rail + drop / 2, _FOOT * 0.9, shade)
        if foot:
            canvas.ribbon(rail, _FOOT, look.foot)
        canvas.ribbon(rail, _HEAD, look.head)
        if guard:
            canvas.ribbon(track.xy + normal * side * (half - 0.22), 0.07, look.foot)


def _check_rails(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, look: _Look) -> None:
    """Check rails at the frogs and the point machine at the toe."""
    half = plan.gauge_mm / 2000 + _HEAD / 2
    for main, toe, direction, leg in plan.turnouts:
        track, other = plan.tracks[main], plan.tracks[leg]
        s, y = _by_station(track)
        s2, y2 = _by_station(other)
        probe = toe + direction * np.arange(0, 60, 0.25)
        apart = np.interp(probe, s2, y2) - np.interp(probe, s, y)
        frog = probe[int(np.argmax(np.abs(apart) >= 2 * half))]
        if abs(frog - toe) < 3:
            continue
        side = float(np.sign(apart[np.argmax(np.abs(apart) >= 2 * half)]))
        span = np.linspace(frog - 2.2, frog + 2.2, 12)
        for base, away in ((track, -side), (other, side)):
            t, o = _by_station(base)
            line = plan.reference.at(span, np.interp(span, t, o) + away * (half - 0.11))
            canvas.ribbon(line, 0.07, look.foot)
        machine = plan.reference.at(
            np.array([toe + direction * 0.5]), np.array([np.interp(toe, s, y) - side * 1.9])
        )[0]
        if rng.random() < 0.7:
            d = plan.reference.direction(toe)
            n = np.array([-d[1], d[0]])
            box = np.array(
                [
                    machine + d * a * 0.5 + n * b * 0.35
                    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
            )
            canvas.polygon(box, jitter(rng, (130, 128, 120), 40))


def _weeds(
    canvas: Canvas, rng: np.random.Generator, layer: NDArray[np.uint8], strength: float
) -> None:
    """Grass and shrubs that grow over the track; rails stay partly to be seen."""
    green = cover(canvas, rng, str(rng.choice(["grass", "meadow", "shrub", "dry"])))
    mask = canvas.patches(rng, float(rng.choice([0.5, 1.5, 4])), uniform(rng, -0.3, 1.2), 0.6)
    alpha = (mask & (layer > 60)).astype(np.uint8) * int(255 * strength)
    canvas.blend(green, cv2.GaussianBlur(alpha, (0, 0), max(0.5, 0.04 * canvas.ppm)))


def paint_way(canvas: Canvas, rng: np.random.Generator, plan: TrackPlan) -> None:
    """Build the permanent way of all tracks of a plan onto the canvas."""
    ballast = jitter(rng, _BALLAST[int(rng.integers(len(_BALLAST)))], 14)
    form = str(rng.choice(["ballast", "none", "slab", "grass"], p=[0.84, 0.06, 0.06, 0.04]))
    if form == "ballast":
        _bed(canvas, rng, plan, ballast)
    elif form == "slab":
        ballast = jitter(rng, (166, 162, 156), 16)
        width = uniform(rng, 2.4, 3.4)
        for track in plan.tracks:
            canvas.ribbon(track.xy[::2], width, ballast)
    shared: _Look | None = None
    looks = []
    for _ in plan.tracks:
        shared = _look(rng, ballast, shared)
        looks.append(shared)
    tinted = rng.random() < 0.55
    for track, look in zip(plan.tracks, looks, strict=True):
        if tinted and rng.random() < 0.8:
            _strip(canvas, rng, track, plan)
        if form in ("ballast", "none") and look.sleeper != "covered":
            _sleepers(canvas, rng, track, plan, look, ballast)
        elif form == "slab" and rng.random() < 0.7:
            _blocks(canvas, rng, track, plan)
        if rng.random() < 0.12:
            _strip(canvas, rng, track, plan)
    wild = rng.random()
    band = np.zeros(canvas.image.shape[:2], np.uint8)
    if wild < 0.25:
        for track in plan.tracks:
            if rng.random() < 0.6:
                canvas.ribbon(track.xy[::2], uniform(rng, 1.0, 4.0), 255, band)
        _weeds(canvas, rng, band, uniform(rng, 0.4, 1.0))
    for track, look in zip(plan.tracks, looks, strict=True):
        _rails(canvas, rng, track, plan, look, ballast)
    if looks:
        _check_rails(canvas, rng, plan, looks[0])
    if wild < 0.1:
        _weeds(canvas, rng, band, uniform(rng, 0.3, 0.8))
    for track in plan.tracks:
        if track.stub:
            end, back = track.xy[-1], track.xy[-1] - track.xy[-4]
            d = back / (np.linalg.norm(back) + 1e-9)
            n = np.array([-d[1], d[0]])
            box = np.array(
                [
                    end + d * a + n * b
                    for a, b in ((-0.3, -1.5), (0.5, -1.5), (0.5, 1.5), (-0.3, 1.5))
                ]
            )
            canvas.polygon(
                box, jitter(rng, (150, 60, 50) if rng.random() < 0.5 else (190, 188, 180), 20)
            )


def _blocks(canvas: Canvas, rng: np.random.Generator, track: Track, plan: TrackPlan) -> None:
    """Rail supports on a slab track."""
    at, u, _ = stations(track.xy, 0.65)
    keep = canvas.sees(at, 3.0)
    at, u = at[keep], u[keep]
    v = np.stack([-u[:, 1], u[:, 0]], 1)
    colour = jitter(rng, (120, 116, 112), 20)
    for side in (-1, 1):
        middle = at + v * side * plan.gauge_mm / 2000
        a, b = u * 0.12, v * 0.22
        canvas.polygons(
            np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], 1), colour
        )


def _scaled(colour: Colour, factor: float) -> Colour:
    r, g, b = (np.array(colour) * factor).clip(2, 253)
    return float(r), float(g), float(b)


def _added(colour: Colour, delta: float) -> Colour:
    r, g, b = (np.array(colour) + delta).clip(2, 253)
    return float(r), float(g), float(b)
