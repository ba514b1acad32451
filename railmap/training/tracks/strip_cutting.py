"""Cut straightened strips of track out of labelled images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.strips import TrackStrip
from railmap.training.tracks.real_scenes import Scene

__all__ = ["cut_strips"]

_HALF = 2.3  # m from the axis that a strip shows; less where a neighbour is near
_LEAST_HALF = 1.75  # m; past the sleepers' ends
_LEAST_LENGTH = 8.0  # m
_BETWEEN = 0.55  # of the distance to a neighbour: a little of the other's sleepers may show


def cut_strips(scene: Scene, *, gauge_mm: int = 1435, sleeper_m: float = 2.6) -> list[TrackStrip]:
    """Cut the tracks of one labelled image into strips; occluded tracks are skipped.

    Parameters
    ----------
    scene
        Labelled image.
    gauge_mm, sleeper_m
        Gauge (mm) and sleeper length (m) of its tracks.

    Returns
    -------
    list
        Strips of at least 8 m without nodata and without pixels that are not judged. Their
        weights add up to the weight of the image.
    """
    judged = scene.valid.astype(np.uint8)
    for ring in scene.ignore:
        cv2.fillPoly(judged, [np.round((ring - 0.5) * 16).astype(np.int32)], 0, cv2.LINE_8, 4)
    strips = []
    dense = [_dense(line) for line in scene.lines]
    for number, line in enumerate(dense):
        if number < len(scene.occluded) and scene.occluded[number]:
            continue
        others = [other for n, other in enumerate(dense) if n != number]
        half = _room(line, others, scene.gsd)
        if half >= _LEAST_HALF:
            strips += _cut(scene, judged, line, half, gauge_mm, sleeper_m)
    total = sum(len(strip.image) * strip.gsd for strip in strips)
    return [
        replace(strip, weight=scene.weight * len(strip.image) * strip.gsd / total)
        for strip in strips
    ]


def _dense(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A point every pixel."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0, along[-1])
    return np.stack([np.interp(at, along, line[:, i]) for i in (0, 1)], 1)


def _room(line: NDArray[np.float64], others: Iterable[NDArray[np.float64]], gsd: float) -> float:
    """Half width of a strip that shows no rail of a neighbour, metres."""
    nearest = np.inf
    for other in others:
        if not len(other) or not len(line):
            continue
        d = np.hypot(*(line[::8, None] - other[None, ::8]).transpose(2, 0, 1)).min(axis=1) * gsd
        apart = d[d > 2.5]  # nearer ones are the same track, or part from it at a switch
        if len(apart):
            nearest = min(nearest, float(apart.min()))
        if (d <= 2.5).mean() > 0.3:
            return 0.0
    return min(_HALF, _BETWEEN * nearest)


def _cut(
    scene: Scene,
    judged: NDArray[np.uint8],
    line: NDArray[np.float64],
    half: float,
    gauge_mm: int,
    sleeper_m: float,
) -> list[TrackStrip]:
    if len(line) * scene.gsd < _LEAST_LENGTH:
        return []
    reach = int(half / scene.gsd)
    tangent = np.gradient(line, axis=0)
    kernel = np.ones(min(len(line) // 2 * 2 - 1, 2 * int(2.0 / scene.gsd) + 1))
    tangent = np.stack([np.convolve(t, kernel, "same") for t in tangent.T], 1)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    across = np.arange(-reach, reach + 1)
    at = (line[:, None] + normal[:, None] * across[None, :, None] - 0.5).astype(np.float32)
    ways = cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE
    image = cv2.remap(scene.image, at[..., 0], at[..., 1], *ways)
    sound = cv2.remap(judged, at[..., 0], at[..., 1], cv2.INTER_NEAREST) > 0
    whole = sound.mean(axis=1) > 0.98
    strips = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], whole.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if (stop - start) * scene.gsd >= _LEAST_LENGTH:
            piece = np.ascontiguousarray(image[start:stop])
            strips.append(TrackStrip(piece, scene.gsd, gauge_mm, sleeper_m, scene.name))
    return strips
