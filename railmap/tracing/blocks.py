"""Square blocks of a raster, and a packed mask stored block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.tracing._bits import WORD, compress, expand

__all__ = ["Block", "BlockGrid", "BlockMask"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a raster.

    Parameters
    ----------
    i, j
        Its block row and block column.
    row, col
        Its upper left pixel in the raster.
    height, width
        Its size, clipped to the raster, px.
    """

    i: int
    j: int
    row: int
    col: int
    height: int
    width: int

    @property
    def words(self) -> int:
        """Number of words in a row of the block."""
        return -(-self.width // WORD)

    @property
    def megapixels(self) -> float:
        """Size in millions of pixels."""
        return self.height * self.width / 1e6


@dataclass(frozen=True, slots=True)
class BlockGrid:
    """Division of a raster into blocks, from its upper left corner.

    Parameters
    ----------
    width, height
        Size of the raster, px.
    size
        Side of a block, px; a multiple of 64.
    """

    width: int
    height: int
    size: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of block rows and block columns."""
        return -(-self.height // self.size), -(-self.width // self.size)

    def block(self, i: int, j: int) -> Block:
        """Return block (`i`, `j`)."""
        row, col, size = i * self.size, j * self.size, self.size
        return Block(i, j, row, col, min(size, self.height - row), min(size, self.width - col))

    def __iter__(self) -> Iterator[Block]:
        rows, cols = self.shape
        return (self.block(i, j) for i in range(rows) for j in range(cols))

    def around(self, block: Block, halo: int) -> Iterator[Block]:
        """Yield the blocks that have pixels within `halo` pixels of a block, including itself."""
        rows, cols = self.shape
        reach = -(-halo // self.size)
        for i in range(max(0, block.i - reach), min(rows, block.i + reach + 1)):
            for j in range(max(0, block.j - reach), min(cols, block.j + reach + 1)):
                yield self.block(i, j)


Compressed = tuple[NDArray[np.int32], NDArray[np.uint16], NDArray[np.uint64]]


@dataclass(slots=True)
class BlockMask:
    """A packed mask that stores only words other than 0.

    Threads may write different blocks at the same time.
    """

    grid: BlockGrid
    _blocks: dict[tuple[int, int], Compressed] = field(default_factory=dict)

    def __contains__(self, block: Block) -> bool:
        return (block.i, block.j) in self._blocks

    def active(self) -> list[Block]:
        """Return the blocks with any pixel set, in the order of the grid."""
        return [self.grid.block(*key) for key in sorted(self._blocks)]

    def put(self, block: Block, words: NDArray[np.uint64]) -> None:
        """Store the pixels of a block.

        Parameters
        ----------
        block
            The block.
        words
            ``(block.height, block.words)`` uint64, packed.
        """
        kept = compress(words)
        if kept[2].size:
            self._blocks[block.i, block.j] = kept
        else:
            self._blocks.pop((block.i, block.j), None)

    def window(self, block: Block, halo: int = 0, ring: int = 0) -> NDArray[np.uint64]:
        """Decompress a block and at least `halo` pixels around it.

        Parameters
        ----------
        block
            The block.
        halo
            Margin around it, px.
        ring
            Number of further rows and words around the edge, which are 0.

        Returns
        -------
        ndarray
            uint64, packed; the block starts at row ``halo + ring`` and word
            ``ceil(halo / 64) + ring``.
        """
        margin = -(-halo // WORD)
        words = np.zeros(
            (block.height + 2 * (halo + ring), block.words + 2 * (margin + ring)), np.uint64
        )
        inner = words[ring : words.shape[0] - ring, ring : words.shape[1] - ring]
        for other in self.grid.around(block, max(halo, margin * WORD)):
            kept = self._blocks.get((other.i, other.j))
            if kept is not None:
                expand(
                    *kept,
                    inner,
                    other.row - block.row + halo,
                    (other.col - block.col) // WORD + margin,
                )
        return words
