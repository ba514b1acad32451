"""Split the fused bands of two tracks, as the tents of two tracks would be (ridge solver).

Where tracks are less than about 1.5 m apart, a network gives one plateau without a valley. Its
outer edges are still half the width of a single band from the centrelines. Lowering whatever is
further inside than that leaves two ridges, each along its own edge.
"""

from __future__ import annotations

from collections import OrderedDict

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array
from railmap.tracing.types import CERTAIN, NO_DATA, ReadProbability

__all__ = ["SplitBands"]

_SLOPE_LENGTH = 1.6  # distance further inside over which the probability falls to 0, metres
_SLACK = 0.05  # a single band may be this much wider on each side, metres
_TILE = 512  # pixels a side
_KEPT = 48  # tiles


class SplitBands:
    """Reader of a probability raster in which the middle of fused bands is lowered.

    Parameters
    ----------
    read
        Reads a window of the raster.
    gsd
        Ground sampling distance, metres.
    size
        Height and width of the raster, pixels.
    level
        Value at the edge of a band, 0-254.
    half_width
        Half the width of the band of a single track, metres.
    """

    def __init__(
        self,
        read: ReadProbability,
        gsd: float,
        size: tuple[int, int],
        level: float,
        half_width: float,
    ) -> None:
        self._read = read
        self._gsd = gsd
        self._size = size
        self._level = level
        self._inside = half_width + _SLACK
        self._tiles: OrderedDict[tuple[int, int], NDArray[np.uint8]] = OrderedDict()

    def __call__(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        """Read a window.

        Parameters
        ----------
        row, col
            First pixel.
        height, width
            Size, pixels; inside the raster.

        Returns
        -------
        ndarray
            ``(height, width)`` uint8, 255 = no data. A pixel has the same value in every window.
        """
        out = np.empty((height, width), np.uint8)
        for i in range(row // _TILE, -(-(row + height) // _TILE)):
            for j in range(col // _TILE, -(-(col + width) // _TILE)):
                tile = self._tile(i, j)
                top, left = i * _TILE, j * _TILE
                r0, c0 = max(row, top), max(col, left)
                r1 = min(row + height, top + tile.shape[0])
                c1 = min(col + width, left + tile.shape[1])
                part = tile[r0 - top : r1 - top, c0 - left : c1 - left]
                out[r0 - row : r1 - row, c0 - col : c1 - col] = part
        return out

    def _tile(self, i: int, j: int) -> NDArray[np.uint8]:
        found = self._tiles.pop((i, j), None)
        if found is None:
            found = self._split(i * _TILE, j * _TILE)
            while len(self._tiles) >= _KEPT:
                self._tiles.popitem(last=False)
        self._tiles[i, j] = found
        return found

    def _split(self, top: int, left: int) -> NDArray[np.uint8]:
        # edges further away than this don't change a value that is still above 0
        margin = int(np.ceil((self._inside + _SLOPE_LENGTH) / self._gsd)) + 2
        height, width = self._size
        r0, c0 = max(top - margin, 0), max(left - margin, 0)
        r1, c1 = min(top + _TILE + margin, height), min(left + _TILE + margin, width)
        values = self._read(r0, c0, r1 - r0, c1 - c0)
        inner = np.s_[top - r0 : min(top + _TILE, height) - r0,
                      left - c0 : min(left + _TILE, width) - c0]  # fmt: skip
        known = np.where(values == NO_DATA, np.uint8(0), values)
        if not (known >= self._level).any():
            return values[inner].copy()
        fine = _doubled(_doubled(known.astype(np.float32)).T).T
        depth = _depth(fine >= self._level)
        rows, cols = known.shape
        depth = depth.reshape(rows, 2, cols, 2).mean(axis=(1, 3)) * (self._gsd / 2)
        share = 1 - np.clip((depth - self._inside) / _SLOPE_LENGTH, 0, 1)
        out = np.round(np.minimum(known * share, CERTAIN)).astype(np.uint8)
        return np.where(values == NO_DATA, np.uint8(NO_DATA), out)[inner]


def _doubled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twice as many rows, interpolated."""
    above = np.concatenate([values[:1], values[:-1]])
    below = np.concatenate([values[1:], values[-1:]])
    out = np.empty((2 * len(values), values.shape[1]), np.float32)
    out[::2], out[1::2] = 0.75 * values + 0.25 * above, 0.75 * values + 0.25 * below
    return out


@numba.njit(cache=True, nogil=True)
def _depth(band: NDArray[np.bool_]) -> Array:
    """Distance of each pixel to the edge of the band, pixels; 0 outside.

    Exact Euclidean distances by the lower envelope of parabolas (Felzenszwalb and Huttenlocher
    2012).
    """
    rows, cols = band.shape
    far = float(rows + cols)
    column = np.empty((rows, cols))
    for c in range(cols):
        away = far
        for r in range(rows):
            away = away + 1.0 if band[r, c] else 0.0
            column[r, c] = away
        away = far
        for r in range(rows - 1, -1, -1):
            away = away + 1.0 if band[r, c] else 0.0
            column[r, c] = min(column[r, c], away)
    out = np.zeros((rows, cols))
    at = np.empty(cols, np.int64)
    border = np.empty(cols + 1)
    for r in range(rows):
        k = 0
        at[0] = 0
        border[0], border[1] = -np.inf, np.inf
        for c in range(1, cols):
            f = column[r, c] ** 2 + c * c
            while True:
                p = at[k]
                cross = (f - column[r, p] ** 2 - p * p) / (2.0 * (c - p))
                if cross > border[k] or k == 0:
                    break
                k -= 1
            if cross <= border[k]:
                at[0] = c
                border[0], border[1] = -np.inf, np.inf
                continue
            k += 1
            at[k] = c
            border[k], border[k + 1] = cross, np.inf
        k = 0
        for c in range(cols):
            while border[k + 1] < c:
                k += 1
            if band[r, c]:
                out[r, c] = np.sqrt(float((c - at[k]) ** 2) + column[r, at[k]] ** 2) - 0.5
    return out
