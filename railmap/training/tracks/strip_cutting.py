"""Cut straightened strips of track out of labelled images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.strips import TrackStrip
from railmap.training.tracks.real_images import RealImage

__all__ = ["cut_strips"]

_HALF = 2.3  # m from the axis; less where a neighbour is near
_LEAST_HALF = 1.75  # m; past the sleepers' ends
_LEAST_LENGTH = 8.0  # m
_BETWEEN = 0.55  # of the distance to a neighbour: ends of its sleepers may be visible


def cut_strips(
    source: RealImage, *, gauge_mm: int = 1435, sleeper_m: float = 2.6
) -> list[TrackStrip]:
    """Cut the tracks of one labelled image into strips; occluded tracks are skipped.

    Parameters
    ----------
    source
        Labelled image.
    gauge_mm, sleeper_m
        Gauge (mm) and sleeper length (m) of its tracks.

    Returns
    -------
    list
        Strips of at least 8 m without nodata and without pixels that are not judged. Their
        weights add up to the weight of the image.
    """
    judged = source.valid.astype(np.uint8)
    for ring in source.ignore:
        cv2.fillPoly(judged, [np.round((ring - 0.5) * 16).astype(np.int32)], 0, cv2.LINE_8, 4)
    strips = []
    dense = [_dense(line) for line in source.lines]
    for number, line in enumerate(dense):
        if number < len(source.occluded) and source.occluded[number]:
            continue
        others = [other for n, other in enumerate(dense) if n != number]
        half = _half_width(line, others, source.gsd)
        if half >= _LEAST_HALF:
            strips += _cut(source, judged, line, half, gauge_mm, sleeper_m)
    total = sum(len(strip.image) * strip.gsd for strip in strips)
    return [
        replace(strip, weight=source.weight * len(strip.image) * strip.gsd / total)
        for strip in strips
    ]


def _dense(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A point every pixel."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(0, along[-1])
    return np.stack([np.interp(at, along, line[:, i]) for i in (0, 1)], 1)


def _half_width(
    line: NDArray[np.float64], others: Iterable[NDArray[np.float64]], gsd: float
) -> float:
    """Largest half width of a strip without a rail of a neighbour, metres."""
    nearest = np.inf
    for other in others:
        if not len(other) or not len(line):
            continue
        d = np.hypot(*(line[::8, None] - other[None, ::8]).transpose(2, 0, 1)).min(axis=1) * gsd
        apart = d[d > 2.5]  # nearer ones are the same track, or diverge from it at a switch
        if len(apart):
            nearest = min(nearest, float(apart.min()))
        if (d <= 2.5).mean() > 0.3:
            return 0.0
    return min(_HALF, _BETWEEN * nearest)


def _cut(
    source: RealImage,
    judged: NDArray[np.uint8],
    line: NDArray[np.float64],
    half: float,
    gauge_mm: int,
    sleeper_m: float,
) -> list[TrackStrip]:
    if len(line) * source.gsd < _LEAST_LENGTH:
        return []
    reach = int(half / source.gsd)
    tangent = np.gradient(line, axis=0)
    kernel = np.ones(min(len(line) // 2 * 2 - 1, 2 * int(2.0 / source.gsd) + 1))
    tangent = np.stack([np.convolve(t, kernel, "same") for t in tangent.T], 1)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    across = np.arange(-reach, reach + 1)
    at = (line[:, None] + normal[:, None] * across[None, :, None] - 0.5).astype(np.float32)
    image = cv2.remap(
        source.image, at[..., 0], at[..., 1], cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE
    )
    usable = cv2.remap(judged, at[..., 0], at[..., 1], cv2.INTER_NEAREST) > 0
    whole = usable.mean(axis=1) > 0.98
    strips = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], whole.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if (stop - start) * source.gsd >= _LEAST_LENGTH:
            piece = np.ascontiguousarray(image[start:stop])
            strips.append(TrackStrip(piece, source.gsd, gauge_mm, sleeper_m, source.name))
    return strips
