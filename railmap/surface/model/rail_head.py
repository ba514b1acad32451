"""Where the rail head lies in a line-scan image."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from railmap.errors import InputError

__all__ = ["RailHead", "find_rail_head"]

_COLUMNS = 256  # the profile is looked at this coarsely
_BANDS = 24
_ROWS = 20  # of a band that are looked at
_LEVEL = 0.16  # of the way from the background to the bright running band (square-root grey)
_DARK = 3.0  # grey levels of 255: below this nothing is seen
_STRAY = 6.0  # cells of the profile that an edge may leave its straight line by
_ALIKE = 0.25
_LYING = 0.55
_NARROW = 66  # pixels; no background has room beside the 55 columns of RSDDs' narrow rails
_ACROSS = "the rail seems to lie across the image; turn the image by 90 degrees"
_NO_RAIL = "no rail is seen (one bright upright band on a dark ground is expected)"
_FILLS = 0.9  # a rail wider than this share of the image has no background beside it


@dataclass(frozen=True)
class RailHead:
    """The rail head of one image.

    Parameters
    ----------
    left, right
        ``(H,)`` float32: column of the head's edges in every row, pixels from the image's left
        rim; edges lie between pixels, so ``0`` and ``W`` are the rims.
    fills
        Whether the image shows the head only (as RSDDs' crops do), so that no edge is seen.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    fills: bool = False

    @property
    def width(self) -> float:
        """Median width, pixels."""
        return float(np.median(self.right - self.left))

    @property
    def centre(self) -> NDArray[np.float32]:
        """``(H,)`` float32 column of the head's middle."""
        return np.asarray((self.left + self.right) / 2, np.float32)


def find_rail_head(grey: NDArray[np.uint8], name: str = "image") -> RailHead:
    """Find the one bright upright band of a line-scan image.

    The head's edges are followed over bands of rows in the median of square-root grey, so specks,
    spalls and the dark flank beside the running band don't stop it. A second rail (at a turnout)
    is left alone: the brightest band is the one inspected.

    Parameters
    ----------
    grey
        ``(H, W)`` uint8.
    name
        Of the image, for the message.

    Raises
    ------
    InputError
        If the image is black, saturated, or shows no rail.
    """
    height, width = grey.shape
    sparse = grey[::4, ::4]
    if float(np.percentile(sparse, 99.5)) < _DARK:
        raise InputError(f"{name}: the image is black; check the camera and its light")
    if float(np.mean(sparse >= 254)) > 0.5:
        raise InputError(f"{name}: the image is saturated; lower the exposure")
    bands, columns = min(_BANDS, height), min(_COLUMNS, width)
    profile = _profiles(grey, bands, columns)
    whole = np.median(profile, axis=0)
    low, high = np.percentile(whole, 10), np.percentile(whole, 99)
    middle = np.percentile(whole, 40)
    # no background: the darkest tenth of the columns is nearly as bright as the rest
    if low > _LYING * high or width < _NARROW:
        if _lies_across(grey, high - low):
            raise InputError(f"{name}: {_ACROSS}")
        if not _runs_on(profile):
            raise InputError(f"{name}: {_NO_RAIL}")
        return _whole(height, width)
    if high - middle < 1.2 or middle > 0.75 * high:
        raise InputError(f"{name}: {_NO_RAIL}")
    background = min(float(middle), float(np.median(whole[whole <= middle])))
    edges = _follow(profile, background, float(high))
    if np.isfinite(edges[:, 0]).mean() < 0.5:
        raise InputError(f"{name}: the rail is lost in more than half of the rows; check the image")
    left, right = _smooth(edges, height, width / columns)
    if float(np.median(right - left)) > _FILLS * width:
        return _whole(height, width)
    return RailHead(np.clip(left, 0, width), np.clip(right, 0, width))


def _whole(height: int, width: int) -> RailHead:
    zeros = np.zeros(height, np.float32)
    return RailHead(zeros, zeros + np.float32(width), fills=True)


def _lies_across(grey: NDArray[np.uint8], contrast: float) -> bool:
    """Tell whether the rows' greys differ as a rail's columns should, far beyond the columns'."""
    rows = np.median(np.sqrt(grey[:, :: max(1, grey.shape[1] // 512)].astype(np.float32)), axis=1)
    low, high = np.percentile(rows, 10), np.percentile(rows, 99)
    return bool(low <= _LYING * high and high - low > 3 * contrast)


def _runs_on(profile: NDArray[np.float64]) -> bool:
    """Tell whether marks go on along the rail: both halves of the image have the same columns."""
    half = max(1, len(profile) // 2)
    upper, lower = profile[:half].mean(axis=0), profile[half:].mean(axis=0)
    upper, lower = upper - upper.mean(), lower - lower.mean()
    size = float(np.sqrt((upper @ upper) * (lower @ lower)))
    return size > 0 and float(upper @ lower) / size > _ALIKE


def _profiles(grey: NDArray[np.uint8], bands: int, columns: int) -> NDArray[np.float64]:
    """``(bands, columns)``: median over the rows of the columns' mean square-root grey."""
    height, width = grey.shape
    starts = np.linspace(0, width, columns + 1).astype(int)
    seen = grey[:: max(1, height // (bands * _ROWS))]  # a median doesn't need every row
    cells = np.add.reduceat(np.sqrt(seen.astype(np.float32)), starts[:-1], axis=1)
    cells /= np.diff(starts)
    rows = np.linspace(0, len(seen), bands + 1).astype(int)
    return np.stack([np.median(cells[a:b], axis=0) for a, b in pairwise(rows)])


def _follow(profile: NDArray[np.float64], background: float, high: float) -> NDArray[np.float64]:
    """``(bands, 2)``: the run of bright columns of each band that goes on from the last one's."""
    bright = profile > background + _LEVEL * (high - background)
    bright = ndimage.binary_closing(bright, np.ones((1, 9)))
    weight = ndimage.gaussian_filter1d(np.median(profile, axis=0), profile.shape[1] / 24)
    centre = float(np.argmax(weight))
    middle = len(profile) // 2
    edges = np.full((len(profile), 2), np.nan)
    for order in (range(middle, len(profile)), range(middle - 1, -1, -1)):
        last = centre
        for band in order:
            labels, _ = ndimage.label(bright[band])
            runs = [(s[0].start, s[0].stop) for s in ndimage.find_objects(labels)]
            runs = [r for r in runs if r[0] - 6 <= last <= r[1] + 6]
            if not runs:
                continue
            run = max(runs, key=lambda r: r[1] - r[0])
            edges[band] = run
            last = sum(run) / 2
    return edges


def _smooth(
    edges: NDArray[np.float64], height: int, scale: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bands' edges to rows' edges: bands that stick out (gaps, joints) are passed over."""
    bands = np.arange(len(edges), dtype=float)
    rows = (np.arange(height) + 0.5) * len(edges) / height - 0.5
    sides = []
    for side in range(2):
        value = edges[:, side]
        known = np.isfinite(value)
        slope, start, *_ = stats.theilslopes(value[known], bands[known])
        line = start + slope * bands
        near = known & (np.abs(value - line) < _STRAY)
        value = np.where(near, value, line)
        value = ndimage.median_filter(value, size=5, mode="nearest")
        value = ndimage.gaussian_filter1d(value, 1.5, mode="nearest")
        sides.append(np.asarray(np.interp(rows, bands, value) * scale, np.float32))
    return sides[0], sides[1]
