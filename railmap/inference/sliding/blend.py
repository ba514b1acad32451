"""Compiled loops of the sliding window; all release the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["NODATA", "blend", "cut_tile", "to_levels"]

NODATA = 255


@njit(nogil=True, cache=True)
def cut_tile(
    pixels: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    col: int,
    fill: NDArray[np.uint8],
    tile: NDArray[np.uint8],
    tile_mask: NDArray[np.bool_],
) -> None:
    """Copy the tile at column `col` from a strip ``(bands, rows, cols)``; fill invalid pixels."""
    bands, height, width = tile.shape
    for row in range(height):
        for x in range(width):
            tile_mask[row, x] = mask[row, col + x]
    for band in range(bands):
        value = fill[band]
        for row in range(height):
            for x in range(width):
                tile[band, row, x] = pixels[band, row, col + x] if tile_mask[row, x] else value


@njit(nogil=True, cache=True)
def to_levels(
    probability: NDArray[np.float32], mask: NDArray[np.bool_], levels: NDArray[np.uint8]
) -> bool:
    """Write ``round(p * 254)``, or 255 where not valid; return False if any value is NaN."""
    finite = True
    height, width = probability.shape
    for row in range(height):
        for col in range(width):
            p = probability[row, col]
            if not mask[row, col]:
                levels[row, col] = NODATA
            elif p >= 1.0:
                levels[row, col] = 254
            elif p > 0.0:
                levels[row, col] = np.uint8(p * np.float32(254.0) + np.float32(0.5))
            else:
                levels[row, col] = 0
                if p != p:
                    finite = False
    return finite


@njit(nogil=True, cache=True)
def blend(
    levels: NDArray[np.uint8],
    row_begin: int,
    row_start: NDArray[np.int64],
    row_first: NDArray[np.int32],
    row_weight: NDArray[np.int32],
    col_begin: int,
    col_offset: int,
    col_start: NDArray[np.int64],
    col_first: NDArray[np.int32],
    col_weight: NDArray[np.int32],
    out: NDArray[np.uint8],
) -> None:
    """Blend window levels into `out`, whose upper left pixel is (`row_begin`, `col_begin`).

    ``levels`` is ``(slots, windows, tile, tile)``: row i of windows is in slot ``i % slots``,
    window column k at ``k - col_offset``. The integer sum is exact, so it depends only on the
    levels. A pixel is no data if it is in any window that contributes to it.
    """
    slots = levels.shape[0]
    for y in range(out.shape[0]):
        row = row_begin + y
        i = row_first[row]
        weight_i = row_weight[row]
        rows = 1 if weight_i == 256 else 2
        for x in range(out.shape[1]):
            col = col_begin + x
            k = col_first[col]
            weight_k = col_weight[col]
            if rows == 1 and weight_k == 256:
                out[y, x] = levels[
                    i % slots, k - col_offset, row - row_start[i], col - col_start[k]
                ]
                continue
            total = 32768
            valid = True
            for a in range(rows):
                share = weight_i if a == 0 else 256 - weight_i
                line = levels[(i + a) % slots]
                for b in range(1 if weight_k == 256 else 2):
                    level = line[k + b - col_offset, row - row_start[i + a], col - col_start[k + b]]
                    if level == 255:
                        valid = False
                    total += level * share * (weight_k if b == 0 else 256 - weight_k)
            out[y, x] = total >> 16 if valid else 255
