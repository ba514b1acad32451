"""Areas: blobs too wide for a track are removed from the mask.

Every square of `side` pixels that fits into the mask is removed, with the mask within `grow` pixels
of it: corners of a blob that no square reaches would be traced as tracks. The rule is local, so the
result does not depend on the blocks.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing._bits import WORD, shift_left
from railmap.tracing.blocks import Block, BlockMask
from railmap.tracing.morphology.square import dilate, erode
from railmap.tracing.runs import find_runs

__all__ = ["area_runs", "cut_wide", "has_full_tile", "merge_runs"]


@njit(nogil=True, cache=True)
def has_full_tile(words: NDArray[np.uint64], side: int) -> bool:
    """Whether a square of `side` pixels may fit in the mask: some aligned tile of it is full.

    The tile's size is the largest power of two such that every such square contains a tile.

    Parameters
    ----------
    words
        Packed mask.
    side
        Side of the square, px.

    Returns
    -------
    bool
        False only if no such square fits.
    """
    tile = 64
    while tile > 1 and 2 * tile - 1 > side:
        tile //= 2
    rows, n = words.shape
    aligned = np.uint64(0)
    for b in range(0, 64, tile):
        aligned |= np.uint64(1) << np.uint64(b)
    for top in range(0, rows - tile + 1, tile):
        for k in range(n):
            w = ~np.uint64(0)
            for y in range(top, top + tile):
                w &= words[y, k]
                if w == 0:
                    break
            step = 1
            while step < tile:
                w &= w >> np.uint64(step)
                step *= 2
            if w & aligned:
                return True
    return False


def cut_wide(mask: BlockMask, block: Block, side: int, grow: int) -> NDArray[np.uint64]:
    """Find the pixels of a block that belong to blobs too wide for a track.

    Parameters
    ----------
    mask
        The mask.
    block
        A block of it.
    side
        Side of the square that a track cannot contain, px.
    grow
        Margin that is removed around such squares, px.

    Returns
    -------
    ndarray
        ``(block.height, block.words)`` uint64, packed.
    """
    halo = side - 1 + grow
    margin = -(-halo // WORD)
    words = mask.window(block, halo)
    core = words[halo : halo + block.height, margin : margin + block.words].copy()
    erode(words, side)
    dilate(words, side + 2 * grow)
    shift_left(words, grow)
    top = halo + grow
    return core & words[top : top + block.height, margin : margin + block.words]


def area_runs(block: Block, words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Convert the set pixels of a block to runs.

    Parameters
    ----------
    block
        The block.
    words
        ``(block.height, block.words)`` uint64, packed.

    Returns
    -------
    ndarray
        ``(k, 3)`` int64: row, first column, past-last column in the raster.
    """
    offset, first, past = find_runs(words, block.width, False)
    row = np.repeat(np.arange(block.height, dtype=np.int64), np.diff(offset))
    return np.stack([row + block.row, first + np.int64(block.col), past + np.int64(block.col)], 1)


def merge_runs(runs: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Sort runs by row and column, and merge adjacent ones.

    Parameters
    ----------
    runs
        ``(k, 3)`` int64 each, as from `area_runs`; disjoint.

    Returns
    -------
    ndarray
        ``(m, 3)`` int64.
    """
    if not runs:
        return np.empty((0, 3), np.int64)
    every = np.concatenate(runs)
    row, first, past = every[np.lexsort((every[:, 1], every[:, 0]))].T
    starts = np.ones(row.size, np.bool_)
    # areas are disjoint, so runs of one row cannot overlap, only touch
    starts[1:] = (row[1:] != row[:-1]) | (first[1:] > past[:-1])
    begin = np.flatnonzero(starts)
    end = np.append(begin[1:], row.size) - 1
    return np.stack([row[begin], first[begin], past[end]], 1)
