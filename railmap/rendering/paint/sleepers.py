"""Paint sleepers, turnout bearers and the blocks of slab track."""

from __future__ import annotations

import cv2
import numpy as np

from railmap.rendering.paint.canvas import Canvas, Colour, jitter, rgb, uniform
from railmap.rendering.paint.track_look import TrackLook
from railmap.rendering.plan.tracks import Track, TrackPlan, by_station, run_and_station, stations

__all__ = ["paint_blocks", "paint_sleepers"]


def paint_sleepers(
    canvas: Canvas,
    rng: np.random.Generator,
    track: Track,
    plan: TrackPlan,
    look: TrackLook,
    ballast: Colour,
) -> None:
    """Draw a track's sleepers; at a turnout they also extend under the diverging track."""
    wood = look.sleeper == "wood"
    at, along, gone = stations(track.xy, look.spacing, rng, 0.03 if wood else 0.008)
    keep = canvas.sees(at, 4.0)
    # no own sleepers where long bearers of another track carry this one
    station = np.interp(gone, *run_and_station(track))
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
            station, *by_station(track)
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
        canvas.polygons(boxes + drop, rgb(np.array(ballast) * uniform(rng, 0.4, 0.8)))
    shades = rng.integers(0, 4, len(at))
    for shade in range(4):
        delta = (shade - 1.5) * look.variation * 0.8
        canvas.polygons(boxes[shades == shade], rgb(np.array(look.colour) + delta))
    if look.sleeper == "concrete" and rng.random() < 0.35:  # waist covered by stones
        layer = np.zeros(canvas.image.shape[:2], np.uint8)
        canvas.ribbon(track.xy[::2], uniform(rng, 0.3, 1.1), 255, layer)
        flat = np.empty_like(canvas.image)
        flat[:] = np.round(ballast)
        canvas.blend(flat, cv2.multiply(layer, uniform(rng, 0.3, 0.95)))


def paint_blocks(canvas: Canvas, rng: np.random.Generator, track: Track, plan: TrackPlan) -> None:
    """Draw the rail supports of a slab track."""
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
