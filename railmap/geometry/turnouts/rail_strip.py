"""The rails in the image along a track and next to it, on a strip centred on the track's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from affine import Affine
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from railmap.geometry.constants import GAUGES, RAIL_HEAD
from railmap.geometry.curves import Array, arc_length, point_at, smooth
from railmap.geometry.evidence.rails import best_path
from railmap.geometry.evidence.strip import Image, read_strip

__all__ = [
    "STEP",
    "TURNOUT_GSD",
    "RailImage",
    "RailStrip",
    "centre_on_rails",
    "own_gauge",
    "pair_strength",
]

TURNOUT_GSD = 0.31
"""Coarsest GSD at which the rails of two tracks that part can be told apart, metres: images of
30 cm, of one foot, and what rounding makes of them."""

STEP = 0.5
"""Distance between the rows of a strip along the track, metres."""

_HALF = 4.1  # half width of a strip, metres
_CORE = 2.5  # half width of the part whose texture is the noise, metres
_SHIFT = 0.45  # largest distance of a track from its rails, metres
_LEAST = 20  # rows of the shortest strip
_STIFFNESS = 0.6  # penalty on a step of the middle by 3 cm
_NEAREST, _APART = 0.14, 2.3  # rails are told apart from this in metres, and in filter widths
# A rail is narrower than a coarse pixel: beyond 10 cm its strength falls by this power of the GSD.
_SHARP, _FADING = 0.10, 0.7
_EASE = 15.0  # wavelength of the middle along the track, metres
_STRONGEST = 5.0  # largest strength of a rail that counts, in units of the noise
_OTHER_GAUGE = 1.2  # how much stronger a gauge other than standard must be


@dataclass(slots=True)
class RailStrip:
    """Ridge strength across a track.

    Parameters
    ----------
    points
        ``(n, 2)`` points of the track at `STEP`, metres.
    ridge
        ``(n, m)`` second derivative of the brightness across the track at the scale of a rail
        head in units of the noise, bright positive; 0 without data. The middle column is the
        track, columns ascend to the left. Beyond a GSD of 10 cm it is enlarged as much as a rail's
        fades there, so that one limit serves all images.
    du
        Spacing of the columns, metres.
    nearest
        Distance from which two rails are told apart, metres.
    """

    points: Array
    ridge: Array
    du: float
    nearest: float


@dataclass(frozen=True, slots=True)
class RailImage:
    """An image that shows single rails.

    Parameters
    ----------
    image
        The image.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid.
    """

    image: Image
    transform: Affine

    def read(self, xy: Array) -> RailStrip | None:
        """Read the strip along a track.

        Parameters
        ----------
        xy
            ``(n, 2)`` points of the track, metres from the upper left corner of the grid.

        Returns
        -------
        RailStrip or None
            None if the track is too short or the image has no texture there.
        """
        gsd = self.image.grid.gsd
        du = float(np.clip(0.5 * gsd, 0.01, 0.05))
        half = round(_HALF / du)
        u: Array = np.arange(-half, half + 1, dtype=np.float64) * du
        inside = max(round(STEP / max(gsd, 0.05)), 1)
        stations = np.arange(0.0, arc_length(xy)[-1], STEP / inside)
        count = len(stations) // inside
        if count < _LEAST:
            return None
        points = point_at(xy, stations[: count * inside])
        grey = read_strip(self.image, self.transform, points, u)
        mean = grey.reshape(count, inside, -1).mean(axis=1, dtype=np.float64)
        known = np.isfinite(mean)
        whole = known[:, half - round(_CORE / du) : half + round(_CORE / du) + 1].all(axis=1)
        if not whole.any():
            return None
        filled = np.where(known, mean, np.median(mean[known]))
        sigma = max(0.5 * RAIL_HEAD, 0.6 * gsd)
        ridge = -gaussian_filter1d(filled, sigma / du, axis=1, order=2, mode="nearest")
        core = ridge[:, half - round(_CORE / du) : half + round(_CORE / du) + 1]
        noise = 1.4826 * np.median(np.abs(core), axis=1)
        level = float(np.median(noise[whole]))
        if level <= 0:
            return None
        ridge /= np.maximum(noise, 0.5 * level)[:, None]
        ridge[~whole] = 0.0
        ridge[~known] = 0.0
        ridge *= max(round(gsd / _SHARP, 2), 1.0) ** _FADING
        return RailStrip(points[inside // 2 :: inside], ridge, du, max(_NEAREST, _APART * sigma))


def own_gauge(strips: Iterable[RailStrip]) -> float:
    """Gauge of which the strips show the strongest pairs of rails, bright or dark.

    Parameters
    ----------
    strips
        Strips of a map.

    Returns
    -------
    float
        Metres; standard gauge unless another is clearly stronger.
    """
    total = np.zeros(len(GAUGES))
    for strip in strips:
        for k, gauge in enumerate(GAUGES):
            pairs = (
                uniform_filter1d(
                    np.clip(pair_strength(strip, sign, gauge, _SHIFT), 0.0, _STRONGEST), 9, axis=0
                )
                for sign in (1, -1)
            )
            total[k] += max(float(pair.max(axis=1).sum()) for pair in pairs)
    best = int(total.argmax())
    return GAUGES[best if total[best] > _OTHER_GAUGE * total[0] else 0]


def centre_on_rails(strip: RailStrip, gauge: float) -> tuple[Array, float]:
    """Shift the rows of a strip so that the track's own rails are in the middle.

    Parameters
    ----------
    strip
        The strip.
    gauge
        Track gauge, metres.

    Returns
    -------
    ridge : ndarray
        ``(n, m)`` as `RailStrip.ridge`.
    strength : float
        Median strength of the weaker rail, in units of the noise, at most 5.
    """
    found = []
    for sign in (1, -1):
        pair = uniform_filter1d(
            np.clip(pair_strength(strip, sign, gauge, _SHIFT), 0.0, _STRONGEST), 5, axis=0
        )
        path = best_path(pair, _STIFFNESS * (strip.du / 0.03) ** 2)
        found.append((float(np.median(pair[np.arange(len(pair)), path])), path))
    strength, path = max(found, key=lambda one: one[0])
    shift = (path - round(_SHIFT / strip.du)).astype(np.float64)[:, None]
    shift = smooth(shift, np.ones(len(shift)), STEP, _EASE)[:, 0]
    columns = np.arange(strip.ridge.shape[1], dtype=np.float64)
    rows = [
        np.interp(columns + by, columns, row, left=0.0, right=0.0)
        for by, row in zip(shift, strip.ridge, strict=True)
    ]
    return np.stack(rows), strength


def pair_strength(strip: RailStrip, sign: int, gauge: float, reach: float) -> Array:
    """Strength of the weaker of two rails.

    Parameters
    ----------
    strip
        The strip.
    sign
        1 for bright rails, -1 for dark ones.
    gauge
        Track gauge, metres.
    reach
        Largest shift of the track to either side, metres.

    Returns
    -------
    ndarray
        ``(n, k)`` for shifts from right to left, in units of the noise.
    """
    middle, apart = strip.ridge.shape[1] // 2, round(0.5 * (gauge + RAIL_HEAD) / strip.du)
    count = round(reach / strip.du)
    right = strip.ridge[:, middle - apart - count : middle - apart + count + 1]
    left = strip.ridge[:, middle + apart - count : middle + apart + count + 1]
    return np.minimum(sign * right, sign * left)
