"""Read, run and pass on in parallel, in constant memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from railmap.errors import ModelError
from railmap.inference.backends.base import Backend
from railmap.inference.sliding.blend import to_levels
from railmap.inference.sliding.channels import Channel, Stopped
from railmap.inference.sliding.plan import Block, Plan, Unit
from railmap.inference.sliding.reading import PixelSource, Tile, read_units
from railmap.inference.sliding.units import UnitFiles
from railmap.models.tracks import TrackModel
from railmap.progress import Reporter

__all__ = ["NetworkJob", "UnitSink", "Work", "everything"]

Work = Sequence[tuple[Block, range]]
"""Blocks and the rows of windows to run in each."""


class UnitSink(Protocol):
    """What takes the finished units, such as an `Assembler`."""

    def add(self, unit: Unit) -> None:
        """Take a unit whose levels are complete, or stored by an interrupted run."""
        ...


def everything(plan: Plan) -> Work:
    """Return all units of a plan."""
    return [(block, range(len(plan.rows))) for block in plan.blocks]


class NetworkJob:
    """Three threads: one reads tiles, the caller's runs the backend, one passes units on.

    Parameters
    ----------
    source, model, backend, plan
        What is run.
    store
        Units that an interrupted run has finished.
    sink
        Takes the finished units, in the order of the work.
    reporter
        Receives the progress; can cancel.

    Attributes
    ----------
    run_count, resumed
        Windows that were run, and those of units that were stored.
    """

    def __init__(
        self,
        source: PixelSource,
        model: TrackModel,
        backend: Backend,
        plan: Plan,
        store: UnitFiles,
        sink: UnitSink,
        reporter: Reporter,
    ) -> None:
        self._source, self._model, self._backend = source, model, backend
        self._plan, self._store, self._reporter = plan, store, reporter
        self._sink = sink
        # Enough tiles to refill the backend while a strip of the raster is read.
        self._read: Channel[Unit | Tile] = Channel(2 * backend.batch + 8)
        self._written: Channel[Unit] = Channel(2)
        self._units: deque[Unit] = deque()
        self._tiles: deque[Tile] = deque()
        self.run_count = 0
        self.resumed = 0

    def run(self, work: Work) -> None:
        """Process units; raise the error of any thread."""
        area = sum(
            self._plan.share(row, col)
            for block, rows in work
            for row in rows
            for col in range(block.first, block.end)
        )
        self._reporter.stage("segment", area, "MP")
        reader = _start("railmap-reader", partial(self._reader, work), self._read)
        writer = _start("railmap-writer", self._writer, self._written)
        try:
            for probability in self._backend.map(self._feed()):
                self._accept(probability)
            self._deliver()
            self._written.close()
            while writer.is_alive():
                writer.join(0.1)
                self._reporter.check()
            self._written.check()
        finally:
            self._read.stop()
            self._written.stop()
            reader.join()
            writer.join()

    def _reader(self, work: Work) -> None:
        fill = np.array([round(min(max(m, 0.0), 1.0) * 255) for m in self._model.mean], np.uint8)
        read_units(self._source, self._plan, work, self._store, fill, self._read)
        self._read.close()

    def _writer(self) -> None:
        for unit in self._written.take():
            self._sink.add(unit)

    def _feed(self) -> Iterator[NDArray[np.uint8]]:
        for item in self._read.take(self._reporter.check):
            if isinstance(item, Tile):
                self._tiles.append(item)
                yield item.pixels
            else:
                self._units.append(item)
                self._deliver()

    def _accept(self, probability: NDArray[np.float32]) -> None:
        tile = self._tiles.popleft()
        levels = np.empty(probability.shape, np.uint8)
        if not to_levels(probability, tile.mask, levels):
            raise ModelError(
                f"{self._model.path}: the model computed NaN at window {tile.unit.row}, "
                f"{tile.col}; run it with precision fp32"
            )
        tile.unit.levels[tile.col] = levels
        tile.unit.todo -= 1
        self.run_count += 1
        self._reporter.advance(self._plan.share(tile.unit.row, tile.col))
        self._deliver()

    def _deliver(self) -> None:
        """Pass the complete units at the head of the queue to the writer."""
        while self._units and self._units[0].todo == 0:
            unit = self._units.popleft()
            block = unit.block
            skipped = [k for k in range(block.first, block.end) if k not in unit.levels]
            self.resumed += len(skipped) if unit.stored else 0
            self._written.put(unit, self._reporter.check)
            self._reporter.advance(sum(self._plan.share(unit.row, k) for k in skipped))


def _start(name: str, work: Callable[[], None], channel: Channel[Any]) -> threading.Thread:
    """Run `work` in a thread; `channel` passes its error on."""

    def guarded() -> None:
        try:
            work()
        except Stopped:
            pass
        except BaseException as error:
            channel.fail(error)

    thread = threading.Thread(target=guarded, name=name, daemon=True)
    thread.start()
    return thread
