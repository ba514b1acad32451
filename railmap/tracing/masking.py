"""Build the clean mask of a whole raster, in three passes over its blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from railmap.progress import Reporter
from railmap.tracing._bits import WORD
from railmap.tracing.areas import area_runs, cut_wide, has_full_tile, merge_runs
from railmap.tracing.blocks import Block, BlockGrid, BlockMask
from railmap.tracing.cleaning import TEXTURE_RUNS, clear_texture, read_mask
from railmap.tracing.components import Rim, remove_small, small_on_rims, uniform_rim
from railmap.tracing.parallel import map_threads
from railmap.tracing.types import ReadProbability, TraceParameters

__all__ = ["build_mask"]

_NONE_SMALL = np.empty(0, np.bool_)

Key = tuple[int, int]
Words = NDArray[np.uint64]


def build_mask(
    read: ReadProbability,
    grid: BlockGrid,
    parameters: TraceParameters,
    threads: int,
    reporter: Reporter,
) -> tuple[BlockMask, NDArray[np.int64]]:
    """Threshold, open, close, remove specks, fill holes and remove wide areas.

    Parameters
    ----------
    read
        Reads a window of the probability raster.
    grid
        Blocks of the raster.
    parameters
        Parameters of tracing.
    threads
        Number of threads.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    mask
        The mask to be thinned.
    area_run
        ``(k, 3)`` int64, `area_run` of `PixelNetwork`.

    Raises
    ------
    RasterError
        If `read` returns anything but uint8 of the requested size.
    Cancelled
        If the reporter was cancelled.
    """
    builder = _MaskBuilder(read, grid, parameters, threads, reporter)
    builder.clean()
    builder.fill_holes()
    builder.cut_wide()
    return builder.mask, merge_runs(builder.areas)


@dataclass(slots=True)
class _MaskBuilder:
    """The mask and the areas found so far."""

    read: ReadProbability
    grid: BlockGrid
    parameters: TraceParameters
    threads: int
    reporter: Reporter
    mask: BlockMask = field(init=False)
    areas: list[NDArray[np.int64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mask = BlockMask(self.grid)

    def clean(self) -> None:
        """Read, threshold, open, close; remove texture and small components."""
        self.reporter.stage("mask", self.grid.width * self.grid.height / 1e6, "MP")
        rims: dict[Key, Rim] = {}
        tiles = 0
        for block, found in map_threads(self._clean_block, self.grid, self.threads):
            if found is not None:
                rims[block.i, block.j], textured, cut = found
                tiles += textured
                self.areas.extend(cut)
            self.reporter.advance(block.megapixels)
        if tiles:
            self.reporter.warning(
                f"{tiles} tiles of 64 x 64 px are texture, not tracks, and were cut out as area; "
                "open with a greater radius or raise the threshold"
            )
        self._drop_specks_on_rims(rims)

    def _clean_block(self, block: Block) -> tuple[Rim, int, list[NDArray[np.int64]]] | None:
        words = read_mask(self.read, self.grid, block, self.parameters)
        if words is None:
            return None
        textured, tiles = clear_texture(words, TEXTURE_RUNS)
        rim = self._drop_specks(block, words)
        self.mask.put(block, words)
        if not textured:
            return rim, 0, []
        if block.width % WORD:
            tiles[:, -1] &= ~np.uint64(0) >> np.uint64(WORD - block.width % WORD)
        return rim, textured, [area_runs(block, tiles)]

    def _drop_specks(self, block: Block, words: Words) -> Rim:
        limit = self.parameters.min_area
        _, area, *sides = remove_small(words, block.width, False, limit, _NONE_SMALL)
        return Rim(area, (sides[0], sides[1], sides[2], sides[3]))

    def _drop_specks_on_rims(self, rims: dict[Key, Rim]) -> None:
        self._flip(small_on_rims(self.grid, rims, False, self.parameters.min_area), False)

    def _flip(self, small: dict[Key, NDArray[np.bool_]], background: bool) -> None:
        """Flip the small components on the rims of blocks."""

        def flip(block: Block) -> None:
            words = self.mask.window(block)
            remove_small(words, block.width, background, 0, small[block.i, block.j])
            self.mask.put(block, words)

        for _ in map_threads(flip, [self.grid.block(*key) for key in small], self.threads):
            self.reporter.check()

    def fill_holes(self) -> None:
        """Fill small holes."""
        limit = self.parameters.max_hole
        if limit < 2:
            return

        def fill(block: Block) -> Rim:
            if block not in self.mask:
                return uniform_rim(block)
            words = self.mask.window(block)
            changed, area, *sides = remove_small(words, block.width, True, limit, _NONE_SMALL)
            if changed:
                self.mask.put(block, words)
            return Rim(area, (sides[0], sides[1], sides[2], sides[3]))

        rims: dict[Key, Rim] = {}
        for block, rim in map_threads(fill, self.grid, self.threads):
            rims[block.i, block.j] = rim
            self.reporter.check()
        self._flip(small_on_rims(self.grid, rims, True, limit), True)

    def cut_wide(self) -> None:
        """Remove blobs wider than a track, and the small pieces that remain of them."""
        side = self.parameters.max_width + 1
        grow = side // 4
        full = {
            (block.i, block.j)
            for block, found in map_threads(
                lambda block: has_full_tile(self.mask.window(block), side),
                self.mask.active(),
                self.threads,
            )
            if found
        }
        if not full:
            return
        halo = side - 1 + grow
        near = [
            block
            for block in self.mask.active()
            if any((other.i, other.j) in full for other in self.grid.around(block, halo))
        ]
        cut = BlockMask(self.grid)  # the mask must not change before all blocks are processed

        def find(block: Block) -> None:
            cut.put(block, cut_wide(self.mask, block, side, grow))

        for _ in map_threads(find, near, self.threads):
            self.reporter.check()
        for block in cut.active():
            words = cut.window(block)
            self.areas.append(area_runs(block, words))
            self.mask.put(block, self.mask.window(block) & ~words)
        if cut.active():
            self._drop_specks_everywhere()

    def _drop_specks_everywhere(self) -> None:
        def drop(block: Block) -> Rim:
            words = self.mask.window(block)
            rim = self._drop_specks(block, words)
            self.mask.put(block, words)
            return rim

        rims = {}
        for block, rim in map_threads(drop, self.mask.active(), self.threads):
            rims[block.i, block.j] = rim
            self.reporter.check()
        self._drop_specks_on_rims(rims)
