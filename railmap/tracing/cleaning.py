"""From probability to mask, block by block: threshold, open, close, and what is no track.

Outside the raster and no data are background of an endless plane. So opening keeps a track that
runs off the raster (the squares that fit into it reach the edge), and closing, which never takes
a pixel away, doesn't eat at the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.errors import RasterError
from railmap.tracing._bits import WORD, count_ones, dilate, erode, pack
from railmap.tracing.blocks import Block, BlockGrid
from railmap.tracing.types import TraceParameters

__all__ = ["BUSY_EDGES", "ReadProbability", "busy_tiles", "read_mask"]

ReadProbability = Callable[[int, int, int, int], NDArray[np.uint8]]

# A 64 x 64 tile with more run starts than this, rows and columns together, is texture and no
# track: random noise of density 0.16-0.84 passes it, 4 px tracks 4 px apart at any angle don't.
BUSY_EDGES = 1024


def read_mask(
    read: ReadProbability, grid: BlockGrid, block: Block, parameters: TraceParameters
) -> NDArray[np.uint64] | None:
    """Read, threshold, open and close one block.

    Parameters
    ----------
    read
        ``read(row, col, height, width)`` gives uint8 probability; asked only inside the raster.
    grid, block
        The block of the grid to read.
    parameters
        Threshold and radii.

    Returns
    -------
    NDArray[np.uint64] or None
        ``(block.height, block.words)``, or None if there is no track.

    Raises
    ------
    RasterError
        If `read` gives something else than uint8 of the asked size.
    """
    # A square of side n reaches n - 1 pixels, once for the erosion and once for the dilation.
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
        # The tiny amount keeps a threshold of k / 254 at level k.
        ceil(parameters.threshold * 254 - 1e-9),
        words,
        row - block.row + halo,
        col - block.col + margin * WORD,
    )
    if not found:
        return None
    side = 2 * parameters.open_radius + 1
    erode(words, side)
    dilate(words, side)
    side = 2 * parameters.close_radius + 1
    dilate(words, side)
    erode(words, side)
    core = words[halo : halo + block.height, margin : margin + block.words].copy()
    if block.width % WORD:  # closing may have spilled past the raster
        core[:, -1] &= ~np.uint64(0) >> np.uint64(WORD - block.width % WORD)
    return core


@njit(nogil=True, cache=True)
def busy_tiles(words: NDArray[np.uint64], most: int) -> tuple[int, NDArray[np.uint64]]:
    """Clear (in place) the aligned 64 × 64 tiles with more than `most` run starts.

    A tile is judged by its own pixels alone, so blocks can't matter.

    Returns
    -------
    count
        How many tiles were cleared.
    area
        Like `words`, set in these tiles.
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
