"""Order of work: blocks of columns, each processed one window row after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.inference.sliding.windows import Axis, make_axis

__all__ = ["BAND", "Block", "Plan", "Unit", "make_plan"]

BAND = 512
"""Rows written at a time: the tile side of the probability raster, so a tile is written once."""
BLOCK_PIXELS = 5120
"""Target width of a block in pixels: memory grows with it, not with the width of the raster."""


@dataclass(frozen=True, slots=True)
class Block:
    """Window columns that are processed together.

    Parameters
    ----------
    number
        Position in the plan.
    first, end
        First and past-last window column that are run in the block.
    left
        First window column that its pixels need; those before `first` belong to earlier blocks.
    col_begin, col_end
        Pixels that the block writes; multiples of `BAND` except at the raster's edge.
    """

    number: int
    first: int
    end: int
    left: int
    col_begin: int
    col_end: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows of a raster and the blocks in which they are processed.

    ``slots`` is the most window rows that the pixels of one band need.
    """

    rows: Axis
    cols: Axis
    blocks: tuple[Block, ...]
    slots: int

    def bands(self) -> list[tuple[int, int, int]]:
        """Return the first row, past-last row and last window row needed of each band."""
        size = self.rows.size
        begins = range(0, size, BAND)
        ends = [min(size, begin + BAND) for begin in begins]
        return [
            (begin, end, self.rows.windows_of(begin, end)[1] - 1)
            for begin, end in zip(begins, ends, strict=True)
        ]

    def share(self, row: int, col: int) -> float:
        """Return the area of the raster that one window accounts for, megapixels."""
        height = self.rows.edges[row + 1] - self.rows.edges[row]
        width = self.cols.edges[col + 1] - self.cols.edges[col]
        return float(height * width) / 1e6


@dataclass(slots=True)
class Unit:
    """One row of windows in one block, passed from the reader to the writer.

    ``todo`` counts windows whose levels are missing; ``stored`` marks a unit that an interrupted
    run has finished; ``levels`` maps window column to ``(tile, tile)`` uint8.
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
