"""The order of work: column blocks, in each one window row after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.inference.sliding.windows import Axis, make_axis

__all__ = ["BAND", "Block", "Plan", "Unit", "make_plan"]

# The probability raster's own tiles are this large, so each is written once and whole.
BAND = 512
# Memory goes with the width of a block, not with that of the raster.
BLOCK_PIXELS = 5120


@dataclass(frozen=True, slots=True)
class Block:
    """Window columns that are worked off together.

    Parameters
    ----------
    number
        Place in the plan.
    first, end
        First and past-last window column that the block runs.
    left
        First window column that its pixels need; those before `first` are of earlier blocks.
    col_begin, col_end
        Pixels that the block writes; multiples of `BAND` but for the raster's edge.
    """

    number: int
    first: int
    end: int
    left: int
    col_begin: int
    col_end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows of a raster and the blocks they are worked off in.

    ``slots`` is how many window rows the pixels of one band need at most.
    """

    rows: Axis
    cols: Axis
    blocks: tuple[Block, ...]
    slots: int

    def bands(self) -> list[tuple[int, int, int]]:
        """First row, past-last row and last window row needed of each band of pixels."""
        size = self.rows.size
        begins = range(0, size, BAND)
        ends = [min(size, begin + BAND) for begin in begins]
        return [
            (begin, end, self.rows.windows_of(begin, end)[1] - 1)
            for begin, end in zip(begins, ends, strict=True)
        ]

    def share(self, row: int, col: int) -> float:
        """Megapixels of the raster that fall to one window."""
        height = self.rows.edges[row + 1] - self.rows.edges[row]
        width = self.cols.edges[col + 1] - self.cols.edges[col]
        return float(height * width) / 1e6


@dataclass(slots=True)
class Unit:
    """One row of windows in one block, on its way from the reader to the writer.

    ``todo`` counts windows whose levels aren't there yet; ``stored`` marks a unit that an
    interrupted run has finished; ``levels`` maps window column to ``(tile, tile)`` uint8.
    """

    block: Block
    row: int
    todo: int = 0
    stored: bool = False
    levels: dict[int, NDArray[np.uint8]] = field(default_factory=dict)


def make_plan(height: int, width: int, tile: int, overlap: int) -> Plan:
    """Plan the windows of a raster of `height` x `width` pixels."""
    rows, cols = make_axis(height, tile, overlap), make_axis(width, tile, overlap)
    per_block = max(2, BLOCK_PIXELS // (tile - overlap))
    count = -(-len(cols) // per_block)
    splits = [len(cols) * n // count for n in range(count + 1)]
    blocks: list[Block] = []
    col_begin = 0
    for number in range(count):
        first, end = splits[number], splits[number + 1]
        last = number == count - 1
        col_end = width if last else int(cols.support[end, 0]) // BAND * BAND
        if col_end > col_begin:
            left = min(first, int(cols.first[col_begin]))
        else:
            col_end, left = col_begin, first
        blocks.append(Block(number, first, end, left, col_begin, col_end))
        col_begin = col_end
    begins = range(0, height, BAND)
    spans = [rows.windows_of(b, min(height, b + BAND)) for b in begins]
    return Plan(rows, cols, tuple(blocks), max(end - first for first, end in spans))
