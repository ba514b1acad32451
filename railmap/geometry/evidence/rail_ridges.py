"""Ridges across a track that may be its rails: where they are, how strong, how far apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from railmap.geometry.curves import Array, arc_length, resample
from railmap.geometry.evidence.strip import Image, read_strip

__all__ = ["HEAD", "REACH", "RidgeStrip", "common_gauge", "find_ridges", "pair_strength"]

HEAD = 0.072  # width of a rail head
_GAUGES = (1.435, 1.0, 1.067, 1.52, 1.6, 1.668)
REACH = 0.5  # how far beside the probability's centreline the pair is sought
_BLOCK = 2.0  # metres along the track that are looked at as one
_OTHER_GAUGE = 1.2  # how much stronger another gauge than the usual one must be
_BRIGHT = 0.3  # share of the track in a picture that has to show bright heads
_ASIDE = 0.08  # clear of the head to either side, metres


@dataclass(slots=True)
class RidgeStrip:
    """Ridge strengths of an edge, in noise units: blocks along, places across."""

    number: int
    ridge: Array
    station: Array


def find_ridges(
    number: int, xy: Array, image: Image, transform: Affine, u: Array, gsd: float, step: float
) -> RidgeStrip | None:
    """Look for ridges across one edge, averaged over blocks of 2 m.

    Parameters
    ----------
    number
        Of the edge.
    xy
        ``(n, 2)`` its points, metres in the probability grid, whose place `transform` tells.
    image
        The picture.
    u
        ``(m,)`` places across the track, metres to the left, evenly spaced.
    gsd
        Of the picture, metres.
    step
        Distance of the profiles along the track, metres.

    Returns
    -------
    RidgeStrip or None
        Second derivative of the brightness across at the scale of a rail head, bright ridges
        above 0, in units of its own noise; None where there is too little to see.
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
    sigma = max(0.5 * HEAD, 0.6 * gsd) / du
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
    """Where a ridge differs from what lies to both of its sides; beside a step it does not."""
    eased = gaussian_filter1d(grey, sigma, axis=1, mode="nearest")
    aside = round(max(_ASIDE, 1.2 * gsd) / du)
    left, right = (np.roll(eased, way, axis=1) for way in (-aside, aside))
    return np.asarray(
        np.where(bright, eased > np.maximum(left, right), eased < np.minimum(left, right))
    )


def pair_strength(ridge: Array, gauge: float, du: float) -> Array:
    """The weaker of two ridges one gauge apart, for offsets within reach; NaN blocks are 0."""
    shift = round(0.5 * (gauge + HEAD) / du)
    reach = round(REACH / du)
    middle = ridge.shape[1] // 2
    a = ridge[:, middle - shift - reach : middle - shift + reach + 1]
    b = ridge[:, middle + shift - reach : middle + shift + reach + 1]
    return np.nan_to_num(np.minimum(a, b))


def common_gauge(strips: list[RidgeStrip], du: float) -> tuple[float, list[RidgeStrip]] | None:
    """The gauge of the strongest pairs of bright ridges, and the edges that have bright rails.

    A lit rail head has its shadow beside it, so a dark pair one gauge apart stands next to the
    bright one. Where the dark pair is the stronger one, the bright ridges may be no more than
    what lies between dark strips, and nothing is said; nothing at all in a picture where that
    is so for most of the track.
    """

    def strength(strip: RidgeStrip, sign: float, gauge: float) -> float:
        pair = np.maximum(pair_strength(sign * strip.ridge, gauge, du), 0.0)
        return float(uniform_filter1d(pair, 9, axis=0).max(axis=1).sum())

    bright = np.array([[strength(s, 1.0, g) for g in _GAUGES] for s in strips])
    dark = np.array([max(strength(s, -1.0, g) for g in _GAUGES) for s in strips])
    size = np.array([len(s.ridge) for s in strips])
    shown = bright.max(axis=1, initial=0.0) >= dark if strips else np.zeros(0, bool)
    if size[shown].sum() < max(_BRIGHT * size.sum(), 1.0):
        return None
    total = bright[shown].sum(axis=0)
    best = int(np.argmax(total))
    # another gauge than the usual one has to be clearly better
    if total[best] < _OTHER_GAUGE * total[0]:
        best = 0
    return _GAUGES[best], [s for s, yes in zip(strips, shown, strict=True) if yes]
