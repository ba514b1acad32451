"""Paint real track along a plan: straightened strips of photographed track as texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.ballast import paint_bed
from railmap.rendering.paint.canvas import Canvas, rgb, uniform
from railmap.rendering.paint.rails import paint_rails
from railmap.rendering.paint.track_look import TrackLook
from railmap.rendering.plan.tracks import Track, TrackPlan, by_station

__all__ = ["TrackStrip", "paint_strips", "usable_strips"]

_FEATHER = 0.45  # m over which a strip fades into the ground at its sides
_COARSER = 1.4  # a strip may be coarser than the image by this factor
_FUSED = 2.4  # rails are drawn over the strips where the axes of two legs are closer (m)


@dataclass(frozen=True, slots=True)
class TrackStrip:
    """A straightened section of photographed track.

    Parameters
    ----------
    image
        ``(length, width, 3)`` uint8 RGB; rows run along the track, its axis is the centre column.
    gsd
        Metres per pixel in both directions.
    gauge_mm
        Gauge of the track.
    sleeper_m
        Length of its sleepers, metres.
    name
        Image that it was cut from.
    weight
        How often it is drawn, against the others.
    """

    image: NDArray[np.uint8]
    gsd: float
    gauge_mm: int
    sleeper_m: float
    name: str = ""
    weight: float = 1.0


def usable_strips(strips: Sequence[TrackStrip], gsd: float) -> list[TrackStrip]:
    """Return the strips that are sharp enough for a image of `gsd` metres per pixel."""
    return [strip for strip in strips if strip.gsd <= _COARSER * gsd]


def paint_strips(
    canvas: Canvas, rng: np.random.Generator, plan: TrackPlan, strips: Sequence[TrackStrip]
) -> None:
    """Paint strips along all tracks of a plan, which adopts their gauge and sleeper length.

    Neighbouring tracks mostly show strips of the same image. Where the legs of a turnout overlap,
    the rails of both are drawn over the strips.
    """
    weights = np.array([strip.weight for strip in strips])
    first = strips[int(rng.choice(len(strips), p=weights / weights.sum()))]
    alike = [s for s in strips if s.name == first.name]
    plan.gauge_mm, plan.sleeper_m = first.gauge_mm, first.sleeper_m
    same_gauge = [s for s in strips if s.gauge_mm == first.gauge_mm]
    chosen = []
    for _ in plan.tracks:
        pool = alike if rng.random() < 0.85 else same_gauge
        chosen.append(pool[int(rng.integers(len(pool)))])
    if rng.random() < 0.7:
        paint_bed(canvas, rng, plan, _ground(first))
    # branches first, through tracks over them
    for number in sorted(range(len(plan.tracks)), key=lambda n: plan.tracks[n].main):
        _lay(canvas, rng, plan.tracks[number], chosen[number])
    for main, toe, direction, leg in plan.turnouts:
        _paint_fused_rails(canvas, rng, plan, main, toe, direction, leg, chosen[main])


def _ground(strip: TrackStrip) -> tuple[float, float, float]:
    """Return the mean colour at the strip's sides."""
    sides = np.concatenate([strip.image[:, :2], strip.image[:, -2:]], axis=1).reshape(-1, 3)
    return rgb(sides.mean(axis=0))


def _lay(
    canvas: Canvas,
    rng: np.random.Generator,
    track: Track,
    strip: TrackStrip,
) -> None:
    """Paint one track with its strip."""
    half = strip.image.shape[1] * strip.gsd / 2
    line = canvas.pixels(track.xy)
    station, side = _stations(line, canvas.height, canvas.width, half * canvas.ppm)
    near = np.abs(side) < half * canvas.ppm
    if not near.any():
        return
    at_row, at_col = np.nonzero(near)
    top, bottom, left, right = at_row.min(), at_row.max() + 1, at_col.min(), at_col.max() + 1
    window = (slice(top, bottom), slice(left, right))
    per_pixel = 1 / (canvas.ppm * strip.gsd)  # strip pixels per canvas pixel
    image = strip.image
    if per_pixel > 1.5:  # average first: interpolation alone skips pixels
        size = (
            max(2, round(image.shape[1] / per_pixel)),
            max(2, round(image.shape[0] / per_pixel)),
        )
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        per_pixel *= image.shape[1] / strip.image.shape[1]
    length = image.shape[0] - 1
    start = uniform(rng, 0, 2 * length)
    along = (station[window] * per_pixel + start) % (2 * length)
    along = np.where(along > length, 2 * length - along, along)  # mirrored at the ends
    flip = -1 if rng.random() < 0.5 else 1
    across = flip * side[window] * per_pixel + (image.shape[1] - 1) / 2
    way = cv2.INTER_CUBIC if per_pixel < 0.8 else cv2.INTER_LINEAR
    texture = cv2.remap(
        image, across.astype(np.float32), along.astype(np.float32), way,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    fade = (half * canvas.ppm - np.abs(side[window])) / (_FEATHER * canvas.ppm)
    alpha = (np.clip(fade, 0, 1) * 255).astype(np.uint8)
    weight = cv2.merge([alpha] * 3)
    part = canvas.image[window]
    over = cv2.multiply(np.asarray(texture, np.uint8), weight, scale=1 / 255)
    under = cv2.multiply(part, cv2.bitwise_not(weight), scale=1 / 255)
    canvas.image[window] = cv2.add(over, under)


def _paint_fused_rails(
    canvas: Canvas,
    rng: np.random.Generator,
    plan: TrackPlan,
    main: int,
    toe: float,
    direction: int,
    leg: int,
    strip: TrackStrip,
) -> None:
    """Draw the rails of both tracks from the toe to where the legs are separate."""
    track, other = plan.tracks[main], plan.tracks[leg]
    s, y = by_station(track)
    s2, y2 = by_station(other)
    probe = toe + direction * np.arange(0, 60, 0.5)
    apart = np.abs(np.interp(probe, s2, y2) - np.interp(probe, s, y))
    ends = probe[int(np.argmax(apart >= _FUSED))] if (apart >= _FUSED).any() else probe[-1]
    low, high = sorted((toe, float(ends)))
    head, foot = _rail_colours(strip)
    ballast = tuple(float(v) for v in strip.image.reshape(-1, 3).mean(axis=0))
    look = TrackLook("covered", head, 0.6, 0.25, 5.0, head, foot, uniform(rng, 0.3, 0.8))
    for one in (track, other):
        inside = (one.station >= low) & (one.station <= high)
        if inside.sum() < 4:
            continue
        piece = Track(one.xy[inside], one.station[inside], one.offset[inside])
        paint_rails(canvas, rng, piece, plan, look, (ballast[0], ballast[1], ballast[2]))


def _rail_colours(
    strip: TrackStrip,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the colours of rail head and foot: the brightest and darkest of its column."""
    centre = (strip.image.shape[1] - 1) / 2
    reach = (strip.gauge_mm / 1000 + 0.07) / 2 / strip.gsd
    columns = [round(centre + side * reach + d) for side in (-1, 1) for d in (-1, 0, 1)]
    columns = [c for c in columns if 0 <= c < strip.image.shape[1]]
    pixels = strip.image[:, columns].reshape(-1, 3).astype(np.float64)
    grey = pixels.mean(axis=1)
    bright = pixels[grey >= np.percentile(grey, 80)].mean(axis=0)
    dark = pixels[grey <= np.percentile(grey, 20)].mean(axis=0)
    return rgb(bright), rgb(dark)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _stations(
    line: NDArray[np.float64], rows: int, cols: int, half: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the distance along a line and the signed distance from it within `half`, pixels."""
    station = np.zeros((rows, cols), np.float32)
    side = np.full((rows, cols), 2 * half + 1, np.float32)
    gone = 0.0
    for k in range(len(line) - 1):
        ax, ay = line[k, 0], line[k, 1]
        dx, dy = line[k + 1, 0] - ax, line[k + 1, 1] - ay
        size = np.sqrt(dx * dx + dy * dy)
        if size == 0.0:
            continue
        left = max(0, int(np.floor(min(ax, ax + dx) - half)))
        right = min(cols, int(np.ceil(max(ax, ax + dx) + half)) + 1)
        top = max(0, int(np.floor(min(ay, ay + dy) - half)))
        bottom = min(rows, int(np.ceil(max(ay, ay + dy) + half)) + 1)
        ux, uy = dx / size, dy / size
        for row in range(top, bottom):
            for col in range(left, right):
                px, py = col - ax, row - ay
                t = px * ux + py * uy
                if t < -0.5 or t > size + 0.5:
                    continue
                d = ux * py - uy * px
                if abs(d) < abs(side[row, col]):
                    side[row, col] = d
                    station[row, col] = gone + min(max(t, 0.0), size)
        gone += size
    return station, side
