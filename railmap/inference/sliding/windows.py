"""Positions and blending weights of the windows of a raster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FULL_WEIGHT", "Axis", "make_axis"]

FULL_WEIGHT = 256
"""Sum of the weights of the windows at a pixel."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Windows along one axis of a raster.

    The windows are spaced evenly: the first begins and the last ends at the raster's edge, and
    all are full of pixels unless the raster is smaller than a window. Each pixel takes its value
    from one window, or in a short ramp from two neighbours whose weights sum to `FULL_WEIGHT`.
    The border of a window, where the network sees its own padding, has weight zero except at the
    raster's edge.

    Parameters
    ----------
    size, tile
        Pixels of the raster and of a window.
    start
        ``(n,)`` int64, first pixel of each window.
    support
        ``(n, 2)`` int64, first and past-last pixel with a weight in each window.
    edges
        ``(n + 1,)`` int64, 0, the middles of the ramps, and `size`: limits of the area that each
        window accounts for.
    first
        ``(size,)`` int32, the first window that contributes to a pixel.
    weight
        ``(size,)`` int32, its weight; the next window has the rest of `FULL_WEIGHT`.
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
        """Return the first and past-last window of the pixels ``begin`` to ``end - 1``."""
        last = int(self.first[end - 1])
        return int(self.first[begin]), last + (2 if self.weight[end - 1] < FULL_WEIGHT else 1)


def make_axis(size: int, tile: int, overlap: int) -> Axis:
    """Space windows of `tile` pixels that overlap by at least `overlap` over `size` pixels.

    Parameters
    ----------
    size, tile, overlap
        Pixels.

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
