"""Write finished windows to the probability raster, one band of rows after the other."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from railmap.inference.sliding.blend import NODATA, blend
from railmap.inference.sliding.plan import Block, Plan, Unit
from railmap.inference.sliding.units import UnitFiles

__all__ = ["Assembler", "LevelWriter"]


class LevelWriter(Protocol):
    """Interface for writing levels, implemented by `railmap.raster.ProbabilityWriter`."""

    def write(self, row: int, col: int, levels: NDArray[np.uint8], /) -> None:
        """Write levels with their upper left pixel at (row, col); the rest stays no data."""
        ...


class Assembler:
    """Blend units in the order of the plan and write the pixels that later units cannot change."""

    def __init__(self, plan: Plan, store: UnitFiles, writer: LevelWriter) -> None:
        self._plan = plan
        self._store = store
        self._writer = writer
        self._bands = plan.bands()
        self._block: Block | None = None
        self._band = 0
        self._ring = np.empty((0, 0, 0, 0), np.uint8)
        self._filled = np.empty(0, np.bool_)

    def add(self, unit: Unit) -> None:
        """Add a unit whose levels are complete, or stored by an interrupted run."""
        block, row = unit.block, unit.row
        if block is not self._block:
            self._begin(block)
        levels = unit.levels
        if unit.stored:
            levels = self._store.load(block.number, row, block.first, block.end)
        else:
            self._save(unit)
        slot = row % self._plan.slots
        self._ring[slot] = NODATA
        for col, values in levels.items():
            self._ring[slot, col - block.left] = values
        loaded = 0
        for other in self._plan.blocks[: block.number]:
            if other.end > block.left:
                for col, values in self._store.load(
                    other.number, row, max(other.first, block.left), other.end
                ).items():
                    self._ring[slot, col - block.left] = values
                    loaded += 1
        self._filled[slot] = bool(levels) or loaded > 0
        self._emit(row)

    def _begin(self, block: Block) -> None:
        plan, tile = self._plan, self._plan.cols.tile
        self._block, self._band = block, 0
        self._ring = np.full((plan.slots, block.end - block.left, tile, tile), NODATA, np.uint8)
        self._filled = np.zeros(plan.slots, np.bool_)

    def _save(self, unit: Unit) -> None:
        """Save all levels if the run can be resumed, else those that blocks to the right need."""
        levels = unit.levels
        if not self._store.resume:
            later = [b.left for b in self._plan.blocks[unit.block.number + 1 :]]
            border = min(later, default=len(self._plan.cols))
            if border >= unit.block.end:
                return
            levels = {col: values for col, values in levels.items() if col >= border}
        self._store.save(unit.block.number, unit.row, levels)

    def _emit(self, row: int) -> None:
        block, plan = self._block, self._plan
        assert block is not None  # set by `add`
        while self._band < len(self._bands) and self._bands[self._band][2] <= row:
            begin, end, _ = self._bands[self._band]
            self._band += 1
            first, last = plan.rows.windows_of(begin, end)
            slots = [i % plan.slots for i in range(first, last)]
            # Pixels that are never written are no data and take neither time nor space.
            if block.col_end == block.col_begin or not self._filled[slots].any():
                continue
            out = np.empty((end - begin, block.col_end - block.col_begin), np.uint8)
            blend(
                self._ring,
                begin,
                plan.rows.start,
                plan.rows.first,
                plan.rows.weight,
                block.col_begin,
                block.left,
                plan.cols.start,
                plan.cols.first,
                plan.cols.weight,
                out,
            )
            self._writer.write(begin, block.col_begin, out)
