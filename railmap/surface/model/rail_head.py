"""Find the rail head in a line-scan image."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from railmap.errors import InputError

__all__ = ["RailHead", "find_rail_head"]

_COLUMNS = 256  # cells of the profile across the image
_BANDS = 24  # bands of rows
_ROWS = 20  # rows sampled per band
_LEVEL = 0.16  # edge level between background (0) and bright running band (1), square-root grey
_DARK = 3.0  # grey level of 255; a darker image shows nothing
_MAX_DEVIATION = 6.0  # cells of the profile between an edge and its straight line
_MIN_CORRELATION = 0.25  # of the column profiles of the two halves of the image
_MAX_DARK_RATIO = 0.55  # dark to bright columns; above it the image has no background
_NARROW = 66  # pixels; leaves no background next to the 55 columns of RSDDs' narrow rails
_ACROSS = "the rail seems to run across the image; turn the image by 90 degrees"
_NO_RAIL = "shows no rail; give an image with one bright upright band on a dark background"
_FILLS = 0.9  # a rail wider than this fraction of the image has no background next to it


@dataclass(frozen=True)
class RailHead:
    """Edges of the rail head in one image.

    Parameters
    ----------
    left, right
        ``(H,)`` float32: column of the head's edges in every row, pixels from the left border of
        the image; edges are between pixels, so ``0`` and ``W`` are the borders.
    fills
        Whether the image shows only the head (as the crops of RSDDs do), so that no edge is
        visible.
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
        """``(H,)`` float32 column of the head's centre in every row."""
        return np.asarray((self.left + self.right) / 2, np.float32)


def find_rail_head(grey: NDArray[np.uint8], name: str = "image") -> RailHead:
    """Find the bright upright band of a line-scan image.

    The edges of the head are tracked over bands of rows in the median of square-root grey, which
    is robust to specks, spalls and the dark flank next to the running band. A second rail (at a
    turnout) is ignored: the brightest band is the inspected rail.

    Parameters
    ----------
    grey
        ``(H, W)`` uint8.
    name
        Name of the image, for messages.

    Raises
    ------
    InputError
        If the image is black or saturated, shows no rail, or the rail runs across it.
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
    if low > _MAX_DARK_RATIO * high or width < _NARROW:
        if _lies_across(grey, high - low):
            raise InputError(f"{name}: {_ACROSS}")
        if not _marks_continue(profile):
            raise InputError(f"{name}: {_NO_RAIL}")
        return _whole(height, width)
    if high - middle < 1.2 or middle > 0.75 * high:
        raise InputError(f"{name}: {_NO_RAIL}")
    background = min(float(middle), float(np.median(whole[whole <= middle])))
    edges = _track_edges(profile, background, float(high))
    if np.isfinite(edges[:, 0]).mean() < 0.5:
        raise InputError(f"{name}: more than half of the rows show no rail; check the image")
    left, right = _smooth_edges(edges, height, width / columns)
    if float(np.median(right - left)) > _FILLS * width:
        return _whole(height, width)
    return RailHead(np.clip(left, 0, width), np.clip(right, 0, width))


def _whole(height: int, width: int) -> RailHead:
    zeros = np.zeros(height, np.float32)
    return RailHead(zeros, zeros + np.float32(width), fills=True)


def _lies_across(grey: NDArray[np.uint8], contrast: float) -> bool:
    """Whether the grey varies over the rows as it should over the columns, and far more."""
    rows = np.median(np.sqrt(grey[:, :: max(1, grey.shape[1] // 512)].astype(np.float32)), axis=1)
    low, high = np.percentile(rows, 10), np.percentile(rows, 99)
    return bool(low <= _MAX_DARK_RATIO * high and high - low > 3 * contrast)


def _marks_continue(profile: NDArray[np.float64]) -> bool:
    """Whether marks continue along the rail: both halves of the image have like columns."""
    half = max(1, len(profile) // 2)
    upper, lower = profile[:half].mean(axis=0), profile[half:].mean(axis=0)
    upper, lower = upper - upper.mean(), lower - lower.mean()
    size = float(np.sqrt((upper @ upper) * (lower @ lower)))
    return size > 0 and float(upper @ lower) / size > _MIN_CORRELATION


def _profiles(grey: NDArray[np.uint8], bands: int, columns: int) -> NDArray[np.float64]:
    """Return ``(bands, columns)``: median over the rows of the mean square-root grey."""
    height, width = grey.shape
    starts = np.linspace(0, width, columns + 1).astype(int)
    seen = grey[:: max(1, height // (bands * _ROWS))]  # a median does not need every row
    cells = np.add.reduceat(np.sqrt(seen.astype(np.float32)), starts[:-1], axis=1)
    cells /= np.diff(starts)
    rows = np.linspace(0, len(seen), bands + 1).astype(int)
    return np.stack([np.median(cells[a:b], axis=0) for a, b in pairwise(rows)])


def _track_edges(
    profile: NDArray[np.float64], background: float, high: float
) -> NDArray[np.float64]:
    """Return ``(bands, 2)``: bright columns of each band that continue those of the last one."""
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
            spans = [(s[0].start, s[0].stop) for s in ndimage.find_objects(labels)]
            spans = [s for s in spans if s[0] - 6 <= last <= s[1] + 6]
            if not spans:
                continue
            span = max(spans, key=lambda s: s[1] - s[0])
            edges[band] = span
            last = sum(span) / 2
    return edges


def _smooth_edges(
    edges: NDArray[np.float64], height: int, scale: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Interpolate the edges of bands to those of rows; outliers (gaps, joints) are ignored."""
    bands = np.arange(len(edges), dtype=float)
    rows = (np.arange(height) + 0.5) * len(edges) / height - 0.5
    sides = []
    for side in range(2):
        value = edges[:, side]
        known = np.isfinite(value)
        slope, start, *_ = stats.theilslopes(value[known], bands[known])
        line = start + slope * bands
        near = known & (np.abs(value - line) < _MAX_DEVIATION)
        value = np.where(near, value, line)
        value = ndimage.median_filter(value, size=5, mode="nearest")
        value = ndimage.gaussian_filter1d(value, 1.5, mode="nearest")
        sides.append(np.asarray(np.interp(rows, bands, value) * scale, np.float32))
    return sides[0], sides[1]
