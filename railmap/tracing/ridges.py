"""Where the probability has a ridge: tracks that lie side by side fall apart into one band each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReadProbability", "ridge_reader"]

ReadProbability = Callable[[int, int, int, int], NDArray[np.uint8]]

_TOP, _NODATA = 254, 255


def _box(values: NDArray[np.int32], radius: int) -> NDArray[np.int32]:
    """Sum over squares of side ``2 * radius + 1`` inside `values`; integers, so exact."""
    side = 2 * radius + 1
    for axis in (0, 1):
        total = np.cumsum(values, axis=axis, dtype=np.int32)
        zero = np.zeros_like(total.take([0], axis))
        total = np.concatenate([zero, total], axis)
        count = total.shape[axis]
        ahead = total.take(range(side, count), axis)
        values = ahead - total.take(range(count - side), axis)
    return values


def ridge_reader(
    read: ReadProbability,
    width: int,
    height: int,
    *,
    radius: int,
    threshold: float,
    contrast: float,
) -> ReadProbability:
    """Turn a reader of probability into one of ridges, to be traced at 0.5.

    A pixel is on a ridge where its probability is at least `threshold` and exceeds the mean of
    the valid pixels in the square around it by `contrast`. With a square of about the spacing of
    tracks, the valley between two tracks is never on a ridge, however unsure the network is, and
    neither is ground that is evenly doubtful. The rule is local and uses whole numbers only, so
    the result doesn't depend on the windows that are read.

    Parameters
    ----------
    read
        ``read(row, col, height, width)`` gives uint8: probability 0-254, 255 = no data.
    width, height
        Size of the raster in pixels.
    radius
        Half the side of the square in pixels.
    threshold, contrast
        Probabilities, 0-1.

    Returns
    -------
    ReadProbability
        Same arguments and dtype; at least 127 where there is a ridge, 255 = no data.
    """
    level = max(1.0, threshold * _TOP)

    def ridges(row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        top, left = max(0, row - radius), max(0, col - radius)
        bottom = min(height, row + rows + radius)
        right = min(width, col + cols + radius)
        patch = read(top, left, bottom - top, right - left)
        inner = patch[row - top : row - top + rows, col - left : col - left + cols]
        if not (inner < _NODATA).any() or int(inner.max(initial=0, where=inner < _NODATA)) < level:
            return np.where(inner == _NODATA, inner, 0).astype(np.uint8)
        around = (
            (radius - (row - top), radius - (bottom - row - rows)),
            (radius - (col - left), radius - (right - col - cols)),
        )
        valid = np.pad(patch != _NODATA, around).astype(np.int32)
        values = np.pad(np.where(patch == _NODATA, 0, patch).astype(np.int32), around)
        mean = _box(values, radius) / np.maximum(_box(valid, radius), 1)
        p = inner.astype(np.float64)
        strength = np.minimum(p / level, 1 + (p - mean) / _TOP - contrast)
        found = np.clip(np.floor(127 * strength), 0, _TOP)
        return np.where(inner == _NODATA, _NODATA, found).astype(np.uint8)

    return ridges
