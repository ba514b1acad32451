"""Brightness ridges across a track that may be its rails: position, strength, spacing.

"Ridge" means a ridge of image brightness here, not of track probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from railmap.geometry.constants import GAUGES, RAIL_HEAD
from railmap.geometry.curves import Array, arc_length, resample
from railmap.geometry.evidence.strip import Image, read_strip

__all__ = ["REACH", "RidgeStrip", "common_gauge", "find_ridges", "pair_strength"]

REACH = 0.5
"""Largest distance of the rail pair's middle from the probability's centreline, metres."""

_BLOCK = 2.0  # metres along the track that are averaged
_OTHER_GAUGE = 1.2  # how much stronger a gauge other than standard must be
_BRIGHT = 0.3  # share of the track in an image that must show bright heads
_CLEAR = 0.08  # distance from the head's middle to its surroundings, metres


@dataclass(slots=True)
class RidgeStrip:
    """Ridge strength across one graph edge.

    Parameters
    ----------
    number
        Number of the edge.
    ridge
        ``(blocks, m)`` in units of the noise: blocks along the track, positions across it.
    station
        ``(blocks,)`` distance of the middle of each block from the start of the edge, metres.
    """

    number: int
    ridge: Array
    station: Array


def find_ridges(
    number: int, xy: Array, image: Image, transform: Affine, u: Array, gsd: float, step: float
) -> RidgeStrip | None:
    """Compute the ridge strength across one graph edge, averaged over blocks of 2 m.

    Parameters
    ----------
    number
        Number of the edge.
    xy
        ``(n, 2)`` points of the edge, metres from the probability grid's upper left corner.
    image
        The image.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid.
    u
        ``(m,)`` positions across the track, metres to the left, evenly spaced.
    gsd
        GSD of the image, metres.
    step
        Distance between cross-sections along the track, metres.

    Returns
    -------
    RidgeStrip or None
        Second derivative of the brightness across the track at the scale of a rail head, bright
        ridges positive; None if the edge is too short or has no texture.
    """
    points = resample(xy, step)
    grey = read_strip(image, transform, points, u)
    size = max(round(_BLOCK / step), 1)
    count = len(points) // size
    if count < 4:
        return None
    blocks = grey[: count * size].reshape(count, size, len(u))
    with np.errstate(invalid="ignore"):
        known = np.isfinite(blocks).mean(axis=1) > 0.7
        mean = np.where(known, np.nansum(blocks, axis=1), np.nan)
        mean = mean / np.maximum(np.isfinite(blocks).sum(axis=1), 1)
    complete = known.all(axis=1)
    du = float(u[1] - u[0])
    sigma = max(0.5 * RAIL_HEAD, 0.6 * gsd) / du
    ridge = np.full(mean.shape, np.nan)
    ridge[complete] = -gaussian_filter1d(mean[complete], sigma, axis=1, order=2, mode="nearest")
    noise = np.median(np.abs(ridge - np.median(ridge, axis=1, keepdims=True)), axis=1) * 1.4826
    level = np.nanmedian(noise)
    if not np.isfinite(level) or level <= 0:
        return None
    ridge /= np.maximum(noise, 0.5 * level)[:, None]
    ridge[complete] *= _stands_out(mean[complete], ridge[complete] > 0, sigma, gsd, du)
    station = (np.arange(count) + 0.5) * size * float(arc_length(points)[-1]) / (len(points) - 1)
    return RidgeStrip(number, ridge, station)


def _stands_out(
    grey: Array, bright: NDArray[np.bool_], sigma: float, gsd: float, du: float
) -> NDArray[np.bool_]:
    """Whether a ridge differs from both of its sides; next to a step in brightness it does not."""
    smoothed = gaussian_filter1d(grey, sigma, axis=1, mode="nearest")
    shift = round(max(_CLEAR, 1.2 * gsd) / du)
    left, right = np.roll(smoothed, -shift, axis=1), np.roll(smoothed, shift, axis=1)
    return np.asarray(
        np.where(bright, smoothed > np.maximum(left, right), smoothed < np.minimum(left, right))
    )


def pair_strength(ridge: Array, gauge: float, du: float) -> Array:
    """Strength of the weaker of two ridges one gauge apart.

    Parameters
    ----------
    ridge
        ``(blocks, m)`` ridge strengths of a `RidgeStrip`.
    gauge
        Track gauge, metres.
    du
        Spacing of the columns, metres.

    Returns
    -------
    ndarray
        ``(blocks, k)`` for offsets of the pair's middle from -`REACH` to `REACH`; 0 without data.
    """
    shift = round(0.5 * (gauge + RAIL_HEAD) / du)
    reach = round(REACH / du)
    middle = ridge.shape[1] // 2
    a = ridge[:, middle - shift - reach : middle - shift + reach + 1]
    b = ridge[:, middle + shift - reach : middle + shift + reach + 1]
    return np.nan_to_num(np.minimum(a, b))


def common_gauge(strips: list[RidgeStrip], du: float) -> tuple[float, list[RidgeStrip]] | None:
    """Find the gauge of the strongest pairs of bright ridges, and the edges with bright rails.

    A lit rail head casts a shadow, so a dark pair one gauge apart accompanies the bright pair.
    An edge whose dark pair is stronger is skipped: its bright ridges may be the gaps between
    dark strips. If most of the track in the image is like that, no edge is used.

    Parameters
    ----------
    strips
        Ridge strengths of all edges.
    du
        Spacing of their columns, metres.

    Returns
    -------
    (float, list of RidgeStrip) or None
        Gauge in metres and the strips with bright rails; None if too little track shows them.
    """

    def strength(strip: RidgeStrip, sign: float, gauge: float) -> float:
        pair = np.maximum(pair_strength(sign * strip.ridge, gauge, du), 0.0)
        return float(uniform_filter1d(pair, 9, axis=0).max(axis=1).sum())

    bright = np.array([[strength(s, 1.0, g) for g in GAUGES] for s in strips])
    dark = np.array([max(strength(s, -1.0, g) for g in GAUGES) for s in strips])
    size = np.array([len(s.ridge) for s in strips])
    shown = bright.max(axis=1, initial=0.0) >= dark if strips else np.zeros(0, bool)
    if size[shown].sum() < max(_BRIGHT * size.sum(), 1.0):
        return None
    total = bright[shown].sum(axis=0)
    best = int(np.argmax(total))
    # a gauge other than standard must be clearly better
    if total[best] < _OTHER_GAUGE * total[0]:
        best = 0
    return GAUGES[best], [s for s, yes in zip(strips, shown, strict=True) if yes]
