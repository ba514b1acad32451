"""Convert probability to a mask, block by block: threshold, opening, closing, texture.

No data, and everything outside the raster, is background of an infinite plane. A track that leaves
the raster survives the opening, as kernels that fit into it reach the edge.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.errors import RasterError
from railmap.tracing._bits import WORD, count_ones, pack
from railmap.tracing.blocks import Block, BlockGrid
from railmap.tracing.morphology.disc import dilate_disc, erode_disc
from railmap.tracing.morphology.square import dilate, erode
from railmap.tracing.types import CERTAIN, ReadProbability, TraceParameters

__all__ = ["TEXTURE_RUNS", "clear_texture", "read_mask"]

TEXTURE_RUNS = 1024
"""A tile of 64 x 64 px with more runs than this, along rows and columns together, is texture.

Random noise of density 0.16 to 0.84 has more; tracks 4 px wide and 4 px apart have fewer at any
angle.
"""


def read_mask(
    read: ReadProbability, grid: BlockGrid, block: Block, parameters: TraceParameters
) -> NDArray[np.uint64] | None:
    """Read, threshold, open and close one block.

    Parameters
    ----------
    read
        Reads a window; only called for windows inside the raster.
    grid, block
        The grid, and the block of it to read.
    parameters
        Threshold, radii and kernel.

    Returns
    -------
    ndarray or None
        ``(block.height, block.words)`` uint64, packed; None if there is no track.

    Raises
    ------
    RasterError
        If `read` returns anything but uint8 of the requested size.
    """
    # a kernel of side n reaches n - 1 pixels, in the erosion and again in the dilation
    halo = 2 * (parameters.open_radius + parameters.close_radius)
    margin = ceil(halo / WORD)
    row, col = max(0, block.row - halo), max(0, block.col - halo)
    height = min(grid.height, block.row + block.height + halo) - row
    width = min(grid.width, block.col + block.width + halo) - col
    probability = read(row, col, height, width)
    if probability.dtype != np.uint8 or probability.shape != (height, width):
        raise RasterError(
            f"reading the probability at row {row}, col {col} gave {probability.dtype} "
            f"{probability.shape}, not uint8 {(height, width)}; give it as uint8, 255 = no data"
        )
    words = np.zeros((block.height + 2 * halo, block.words + 2 * margin), np.uint64)
    found = pack(
        np.ascontiguousarray(probability),
        # the small term keeps a threshold of k / 254 at level k
        ceil(parameters.threshold * CERTAIN - 1e-9),
        words,
        row - block.row + halo,
        col - block.col + margin * WORD,
    )
    if not found:
        return None
    if parameters.kernel == "disc":
        erode_disc(words, parameters.open_radius)
        dilate_disc(words, parameters.open_radius)
        dilate_disc(words, parameters.close_radius)
        erode_disc(words, parameters.close_radius)
    else:
        erode(words, 2 * parameters.open_radius + 1)
        dilate(words, 2 * parameters.open_radius + 1)
        dilate(words, 2 * parameters.close_radius + 1)
        erode(words, 2 * parameters.close_radius + 1)
    core = words[halo : halo + block.height, margin : margin + block.words].copy()
    if block.width % WORD:  # closing may have spilled past the raster
        core[:, -1] &= ~np.uint64(0) >> np.uint64(WORD - block.width % WORD)
    return core


@njit(nogil=True, cache=True)
def clear_texture(words: NDArray[np.uint64], most: int) -> tuple[int, NDArray[np.uint64]]:
    """Clear, in place, the aligned 64 × 64 tiles with more than `most` runs.

    The rule uses the pixels of the tile only, so the result does not depend on the blocks.

    Parameters
    ----------
    words
        Packed mask.
    most
        Largest number of runs along rows and columns together.

    Returns
    -------
    count
        Number of tiles that were cleared.
    area
        Packed mask of these tiles, of the shape of `words`.
    """
    rows, n = words.shape
    area = np.zeros_like(words)
    count = 0
    for top in range(0, rows, 64):
        bottom = min(rows, top + 64)
        for k in range(n):
            edges = 0
            above = np.uint64(0)
            for y in range(top, bottom):
                w = words[y, k]
                if w | above:
                    edges += count_ones(w & ~(w << np.uint64(1))) + count_ones(w & ~above)
                above = w
            if edges > most:
                count += 1
                for y in range(top, bottom):
                    words[y, k] = 0
                    area[y, k] = ~np.uint64(0)
    return count, area
