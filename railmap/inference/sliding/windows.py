"""Where the windows of a raster lie and with what weight each one speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FULL_WEIGHT", "Axis", "make_axis"]

FULL_WEIGHT = 256


@dataclass(frozen=True, slots=True)
class Axis:
    """Windows along one axis of a raster.

    The windows are spread evenly, so that the first begins and the last ends with the raster and
    every one of them is full of pixels (unless the raster is smaller than a window). Each pixel
    takes its value from one window, or in a short ramp from two neighbours whose weights sum to
    exactly `FULL_WEIGHT`; the rim of a window, where the network sees its own padding, has weight
    zero except at the raster's edge.

    Parameters
    ----------
    size, tile
        Pixels of the raster and of a window.
    start
        ``(n,)`` int64, first pixel of each window.
    support
        ``(n, 2)`` int64, first and past-last pixel with a weight in each window.
    edges
        ``(n + 1,)`` int64, middles of the ramps between 0 and `size`: each window's own share.
    first
        ``(size,)`` int32, the first window that speaks for a pixel.
    weight
        ``(size,)`` int32, its weight; the rest up to `FULL_WEIGHT` is the next window's.
    """

    size: int
    tile: int
    start: NDArray[np.int64]
    support: NDArray[np.int64]
    edges: NDArray[np.int64]
    first: NDArray[np.int32]
    weight: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    def windows_of(self, begin: int, end: int) -> tuple[int, int]:
        """First and past-last window that speak for the pixels ``begin`` to ``end - 1``."""
        last = int(self.first[end - 1])
        return int(self.first[begin]), last + (2 if self.weight[end - 1] < FULL_WEIGHT else 1)


def make_axis(size: int, tile: int, overlap: int) -> Axis:
    """Spread windows of `tile` pixels that overlap by at least `overlap` over `size` pixels.

    Raises
    ------
    ValueError
        If `overlap` is more than half a tile.
    """
    if not 0 <= 2 * overlap <= tile:
        raise ValueError(f"overlap {overlap} must be 0 to half the tile ({tile})")
    rest = max(0, size - tile)
    count = -(-rest // (tile - overlap)) + 1
    numbers = np.arange(count, dtype=np.int64)
    start = (numbers * rest + (count - 1) // 2) // max(1, count - 1)
    # Half of the overlap blends, a quarter on each side has weight zero.
    ramp = overlap - 2 * (overlap // 4)
    middle = (start[:-1] + tile + start[1:]) // 2
    low, high = middle - ramp // 2, middle - ramp // 2 + ramp

    first = np.searchsorted(high, np.arange(size), side="right").astype(np.int32)
    weight = np.full(size, FULL_WEIGHT, np.int32)
    steps = np.arange(ramp, dtype=np.int64)
    fade = FULL_WEIGHT - ((2 * steps + 1) * FULL_WEIGHT + ramp) // (2 * max(1, ramp))
    for k in range(count - 1):
        weight[low[k] : high[k]] = fade
    support = np.stack([np.append(0, low), np.append(high, size)], axis=1)
    edges = np.concatenate([[0], middle, [size]])
    return Axis(size, tile, start, support, edges, first, weight)
