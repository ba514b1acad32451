"""Trace a probability raster to links and nodes in pixels."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from railmap.errors import UsageError
from railmap.progress import NullReporter, Reporter
from railmap.tracing._bits import WORD
from railmap.tracing.blocks import Block, BlockGrid, BlockMask
from railmap.tracing.chunks import CHUNK
from railmap.tracing.fragments import Fragments, find_fragments
from railmap.tracing.masking import build_mask
from railmap.tracing.parallel import map_threads
from railmap.tracing.stitching import assemble, partners
from railmap.tracing.thinning import thin
from railmap.tracing.types import PixelNetwork, ReadProbability, TraceParameters

__all__ = ["trace"]

# halo of the first attempt, in thinning iterations: enough for tracks up to about 120 px wide
_FIRST_ITERATIONS = 62
# larger values need larger halos, so time and memory; such a raster should be resampled
_MAX_WIDTH = 1024
_MAX_RADIUS = 256


def trace(
    read: ReadProbability,
    width: int,
    height: int,
    parameters: TraceParameters | None = None,
    *,
    chunk: int = CHUNK,
    threads: int | None = None,
    reporter: Reporter | None = None,
) -> PixelNetwork:
    """Trace the links and nodes of a track probability raster.

    Steps: threshold; opening and closing with squares or discs; removal of components smaller than
    `min_area` (8-connected); filling of holes smaller than `max_hole` (4-connected, not at the
    raster's edge); removal of blobs wider than `max_width`; Guo–Hall thinning; chains of skeleton
    pixels. No data, and everything outside the raster, is background.

    An aligned tile of 64 × 64 px whose mask has more than 1024 runs, along rows and columns
    together, is texture: it becomes part of ``area_run``, with a warning. This limits the time
    that noise can take.

    The result depends on the raster and the parameters only; `chunk` and `threads` affect speed
    and memory.

    Parameters
    ----------
    read
        ``read(row, col, height, width)`` returns ``(height, width)`` uint8: 0-254 is probability,
        255 no data. Only called for windows inside the raster; called from several threads.
    width, height
        Size of the raster, px.
    parameters
        Parameters, in pixels.
    chunk
        Side of the blocks, px; rounded up to a multiple of 64.
    threads
        Number of blocks processed at the same time; None uses all processor cores.
    reporter
        Receives the stages in megapixels; can cancel after every block.

    Returns
    -------
    PixelNetwork
        Links, nodes and areas in canonical order. A component that thins to a single pixel is a
        node of degree 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    RasterError
        If `read` returns anything but uint8 of the requested size.
    Cancelled
        If the reporter was cancelled.

    Examples
    --------
    >>> import numpy as np
    >>> from railmap.tracing import trace
    >>> probability = np.zeros((100, 100), np.uint8)
    >>> probability[45:56] = 254
    >>> net = trace(lambda r, c, h, w: probability[r : r + h, c : c + w], 100, 100, threads=1)
    >>> len(net.link_node), sorted(net.node_degree.tolist())
    (1, [1, 1])
    """
    parameters = parameters or TraceParameters()
    _check(parameters, width, height, chunk, threads)
    threads = threads or os.cpu_count() or 1
    reporter = reporter or NullReporter()
    grid = BlockGrid(width, height, -(-chunk // WORD) * WORD)
    mask, area_run = build_mask(read, grid, parameters, threads, reporter)
    fragments = _thin(mask, parameters.max_width, threads, reporter)
    del mask
    return _stitch(grid, fragments, area_run)


def _check(
    parameters: TraceParameters, width: int, height: int, chunk: int, threads: int | None
) -> None:
    if width < 1 or height < 1:
        raise UsageError(f"the raster has {width} x {height} pixels; it needs one at least")
    if not 0 <= parameters.threshold <= 1:
        raise UsageError(f"the threshold is {parameters.threshold}; give one from 0 to 1")
    for name in ("open_radius", "close_radius"):
        value = getattr(parameters, name)
        if not 0 <= value <= _MAX_RADIUS:
            raise UsageError(f"{name} is {value} px; give 0 to {_MAX_RADIUS}")
    if parameters.kernel not in ("square", "disc"):
        raise UsageError(f"the kernel is {parameters.kernel!r}; give square or disc")
    for name in ("min_area", "max_hole"):
        if getattr(parameters, name) < 0:
            raise UsageError(f"{name} is {getattr(parameters, name)} px; give 0 or more")
    if not 1 <= parameters.max_width <= _MAX_WIDTH:
        raise UsageError(
            f"max_width is {parameters.max_width} px; give 1 to {_MAX_WIDTH}, "
            "or trace at a coarser resolution"
        )
    if chunk < 1:
        raise UsageError(f"the chunk is {chunk} px; give 1 or more")
    if threads is not None and threads < 1:
        raise UsageError(f"{threads} threads are asked for; give 1 or more")


def _thin(mask: BlockMask, max_width: int, threads: int, reporter: Reporter) -> list[Fragments]:
    """Thin every block and find its chains, with a halo that is wide enough for all blocks.

    An iteration of thinning is two steps of one pixel, so the pixels of a block are correct after
    K iterations if 2 K pixels around it are known. If no block changes after K iterations, the
    skeleton is that of the whole raster.
    """
    # A band at 45° contains no square of side s up to a width of s·√2, and thinning removes 1/√2 px
    # from either side of it per iteration. Anything that takes longer stays thick, independently
    # of the chunks.
    most = max_width + 8
    for iterations in sorted({min(_FIRST_ITERATIONS, most), most}):
        fragments = _thin_with_halo(mask, iterations, iterations == most, threads, reporter)
        if fragments is not None:
            return fragments
    raise AssertionError("the last attempt accepts any number of iterations")


def _thin_with_halo(
    mask: BlockMask, iterations: int, is_last: bool, threads: int, reporter: Reporter
) -> list[Fragments] | None:
    """Thin with a halo for a number of iterations; None if a block needs more."""
    halo = 2 * (iterations + 1) + 2
    margin = -(-halo // WORD) * WORD

    def thin_block(block: Block) -> tuple[Fragments, bool]:
        window = mask.window(block, halo, ring=1)
        skeleton = window.copy()
        needed = thin(skeleton, iterations)
        top, left = halo + 1, margin + WORD
        fragments, complete = find_fragments(
            skeleton,
            window,
            (top, left, top + block.height, left + block.width),
            (block.row - top, block.col - left),
            mask.grid.width,
            halo - 3,
        )
        return fragments, is_last or (needed <= iterations and complete)

    blocks = mask.active()
    reporter.stage("links", sum(block.megapixels for block in blocks), "MP")
    found = []
    for block, (fragments, complete) in map_threads(thin_block, blocks, threads):
        if not complete:
            return None
        found.append(fragments)
        reporter.advance(block.megapixels)
    return found


def _stitch(
    grid: BlockGrid, fragments: list[Fragments], area_run: NDArray[np.int64]
) -> PixelNetwork:
    """Join the chains of all blocks at the links that two blocks share."""
    arrays = {}
    for name, empty in (
        ("size", np.empty(0, np.int64)),
        ("pixel", np.empty(0, np.int64)),
        ("half", np.empty(0, np.float32)),
        ("edge", np.empty((0, 2), np.int64)),
        ("node", np.empty(0, np.int64)),
        ("degree", np.empty(0, np.int32)),
    ):
        arrays[name] = np.concatenate([empty, *(getattr(part, name) for part in fragments)])
    fragments.clear()  # they take as much memory as the network
    partner = partners(arrays.pop("edge").reshape(-1))
    return assemble(
        grid.width, grid.height, partner=partner, overlap=0, area_run=area_run, **arrays
    )
