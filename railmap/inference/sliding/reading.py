"""Cut tiles from a raster; each pixel is read once per column block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from railmap.inference.sliding.blend import cut_tile
from railmap.inference.sliding.channels import Channel
from railmap.inference.sliding.plan import Block, Plan, Unit
from railmap.inference.sliding.units import UnitFiles
from railmap.raster.types import Grid, Patch, PixelWindow

__all__ = ["PixelSource", "Tile", "read_units"]


# Rows read at a time. The memory for reading grows with it, above all where a fine raster is
# averaged. Whole rows, because many rasters are stored in strips.
_READ_ROWS = 128


class PixelSource(Protocol):
    """Interface of the raster, implemented by `railmap.raster.RasterSource`."""

    @property
    def grid(self) -> Grid:
        """The working grid."""
        ...

    @property
    def source_gsd(self) -> float:
        """GSD of the finest image, metres."""
        ...

    def identity(self) -> dict[str, Any]:
        """Return what the pixels depend on, JSON-serializable; a run is resumed if it is equal."""
        ...

    def read(self, window: PixelWindow) -> Patch:
        """Read 3 bands of uint8; the mask is False beyond the edge."""
        ...

    def has_data(self, window: PixelWindow) -> bool:
        """Return whether any pixel may be valid; False only if none is."""
        ...


class Tile(NamedTuple):
    """Pixels ``(3, T, T)`` of one window for the network, and their validity mask."""

    unit: Unit
    col: int
    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_]


class _Strip:
    """Pixels of one row of windows; moving down reads only the new rows."""

    def __init__(self, source: PixelSource, plan: Plan, block: Block) -> None:
        cols = plan.cols
        tile = cols.tile
        self._source = source
        self._starts = plan.rows.start
        self._tile = tile
        self.col = int(cols.start[block.first])
        end = int(cols.start[block.end - 1]) + tile
        self._cells = [*(int(c) for c in cols.start[block.first : block.end]), end]
        self.pixels = np.zeros((3, tile, end - self.col), np.uint8)
        self.mask = np.zeros((tile, end - self.col), np.bool_)
        self._row: int | None = None

    def move(self, row: int) -> None:
        """Move to window row `row`."""
        start = int(self._starts[row])
        new_rows = self._tile
        if self._row == row - 1 and row > 0:
            new_rows = min(new_rows, start - int(self._starts[row - 1]))
        keep = self._tile - new_rows
        self.pixels[:, :keep] = self.pixels[:, new_rows:]
        self.mask[:keep] = self.mask[new_rows:]
        self.pixels[:, keep:] = 0
        self.mask[keep:] = False
        self._row = row
        spans = list(self._data_spans(start + keep, new_rows))
        for top in range(keep, self._tile, _READ_ROWS):
            bottom = min(self._tile, top + _READ_ROWS)
            for begin, end in spans:
                window = PixelWindow(start + top, begin, bottom - top, end - begin)
                patch = self._source.read(window)
                at = slice(begin - self.col, end - self.col)
                self.pixels[:, top:bottom, at] = patch.pixels
                self.mask[top:bottom, at] = patch.mask

    def _data_spans(self, row: int, height: int) -> Iterator[tuple[int, int]]:
        """Yield the spans of columns that may have data."""
        cells = self._cells
        if not self._source.has_data(PixelWindow(row, cells[0], height, cells[-1] - cells[0])):
            return
        begin: int | None = None
        for low, high in pairwise(cells):
            has_data = self._source.has_data(PixelWindow(row, low, height, high - low))
            if has_data and begin is None:
                begin = low
            elif not has_data and begin is not None:
                yield begin, low
                begin = None
        if begin is not None:
            yield begin, cells[-1]


def _columns_to_run(strip: _Strip, plan: Plan, block: Block, row: int) -> list[int]:
    """Return the window columns that have a valid pixel where their weight is not zero."""
    top, bottom = plan.rows.support[row] - plan.rows.start[row]
    valid = np.logical_or.reduce(strip.mask[top:bottom], axis=0)
    return [
        k
        for k in range(block.first, block.end)
        if valid[plan.cols.support[k, 0] - strip.col : plan.cols.support[k, 1] - strip.col].any()
    ]


def read_units(
    source: PixelSource,
    plan: Plan,
    work: Sequence[tuple[Block, range]],
    store: UnitFiles,
    fill: NDArray[np.uint8],
    channel: Channel[Unit | Tile],
) -> None:
    """Put every unit of the work into `channel`, each followed by its tiles to run."""
    tile = plan.cols.tile
    for block, rows in work:
        strip = _Strip(source, plan, block)
        for row in rows:
            unit = Unit(block, row)
            if store.has(block.number, row):
                unit.stored = True
                channel.put(unit)
                continue
            strip.move(row)
            todo = _columns_to_run(strip, plan, block, row)
            unit.todo = len(todo)
            channel.put(unit)
            for k in todo:
                pixels = np.empty((3, tile, tile), np.uint8)
                mask = np.empty((tile, tile), np.bool_)
                at = int(plan.cols.start[k]) - strip.col
                cut_tile(strip.pixels, strip.mask, at, fill, pixels, mask)
                channel.put(Tile(unit, k, pixels, mask))
