"""Run a model over a whole raster: read, run, blend and write in parallel, in constant memory."""

from __future__ import annotations

import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap._version import __version__
from railmap.errors import ModelError
from railmap.files.output import check_output
from railmap.inference.backends.base import Backend, Precision
from railmap.inference.backends.choose import make_backend
from railmap.inference.sliding.assembly import Assembler, LevelWriter
from railmap.inference.sliding.blend import to_levels
from railmap.inference.sliding.channels import Channel, Stopped
from railmap.inference.sliding.plan import Plan, Unit, make_plan
from railmap.inference.sliding.reading import PixelSource, Tile, read_units
from railmap.inference.sliding.store import Keep, WindowStore, has_record
from railmap.models.tracks import TrackModel
from railmap.progress import NullReporter, Reporter
from railmap.raster import ProbabilityWriter
from railmap.raster.types import Coverage, Grid, PixelWindow

__all__ = ["SegmentResult", "segment"]


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """Result of `segment`.

    Parameters
    ----------
    path, grid
        The probability raster: uint8, 0-254 = p * 254, 255 = no data.
    seconds, megapixels
        Time taken including loading the model, and size of the raster.
    windows_run, windows_skipped, windows_resumed
        Windows computed, those without data, and those finished by an interrupted run.
    backend
        Name, device and precision, such as "openvino bf16 on AMD EPYC".
    looked_at
        How much of the images an area of interest left; None if there was none.
    """

    path: Path
    grid: Grid
    seconds: float
    megapixels: float
    windows_run: int
    windows_skipped: int
    windows_resumed: int
    backend: str
    looked_at: Coverage | None = None

    def summary(self) -> str:
        """Return one line for a person."""
        speed = self.megapixels / max(self.seconds, 1e-9)
        part = f", {self.looked_at.summary()}" if self.looked_at is not None else ""
        return (
            f"{self.path}: {self.megapixels:.1f} MP in {self.seconds:.1f} s "
            f"({speed:.1f} MP/s, {self.backend}){part}"
        )


def segment(
    source: PixelSource,
    model: TrackModel,
    output: str | Path,
    *,
    device: str = "auto",
    threads: int | None = None,
    precision: Precision = "auto",
    backend: Backend | None = None,
    overwrite: bool = False,
    resume: bool = True,
    reporter: Reporter | None = None,
    keep: Keep = "nothing",
    inputs: Sequence[str | Path] = (),
) -> SegmentResult:
    """Compute the track probability of a raster and write it to a GeoTIFF.

    The result depends only on the model and the raster, not on threads, batch or
    interruptions. Windows without valid pixels are not run.

    Parameters
    ----------
    source
        The raster at the model's GSD.
    model
        From `load_model`.
    output
        GeoTIFF to write; it appears only when it is complete.
    device, threads, precision
        See `make_backend`.
    backend
        The model ready to run, in place of `device`, `threads` and `precision`.
    overwrite
        Whether `output` may replace an existing file.
    resume
        Resume a killed run with the same raster, model and output, if there is one. A run whose
        output is complete, but which was killed before it ended, is only ended.
    reporter
        Receives the progress; can cancel the run.
    keep
        "windows" keeps finished windows after a cancel or an error, so that the same call resumes
        the run; "record" keeps, after success, the record that the output is complete, so that the
        same call returns at once until `forget_run`.
    inputs
        The raster's files: they are not overwritten, and a run is not resumed if they changed.

    Returns
    -------
    SegmentResult
        The written raster and statistics of the run.

    Raises
    ------
    Cancelled
        If `reporter.cancel` was called.
    OutputError
        If the output exists or cannot be written.
    RasterError
        If the raster cannot be read.
    ModelError, DeviceError, MissingExtraError, UsageError
        As for `make_backend`.
    """
    began = time.perf_counter()
    output = Path(output)
    reporter = reporter or NullReporter()
    grid = source.grid
    if abs(grid.gsd / model.gsd_m - 1) > 0.02:
        reporter.warning(
            f"the raster is read at {grid.gsd:g} m per pixel, the model expects {model.gsd_m:g} m"
        )
    plan = make_plan(grid.height, grid.width, model.tile_size, model.overlap)
    tags = {
        "RAILMAP_MODEL": model.name,
        "RAILMAP_MODEL_SHA256": model.sha256,
        "RAILMAP_PROFILE": model.profile,
        "RAILMAP_THRESHOLD": f"{model.threshold:g}",
        "RAILMAP_SOURCE_GSD": f"{source.source_gsd:g}",
    }
    if "piece_model" in model.metadata:
        tags["RAILMAP_PIECE_MODEL"] = model.metadata["piece_model"]
    check_output(output, overwrite=overwrite or has_record(output), inputs=inputs)
    if backend is None:
        backend = make_backend(model, device, threads, precision)
    signature = _signature(source, model, backend, inputs) if resume else {}
    store = WindowStore(output, signature, model.tile_size, resume=resume, keep=keep)
    run, resumed = 0, len(plan.rows) * len(plan.cols)
    if store.is_finished():
        with store:
            pass  # leaves what it is to keep
    else:
        # The windows stay until the output has its name.
        with (
            ExitStack() as stack,
            ProbabilityWriter(
                output, grid, overwrite=overwrite, tags=tags, inputs=inputs
            ) as writer,
        ):
            stack.enter_context(store)
            writer.completed = store.finish
            job = _Job(source, model, backend, plan, store, writer, reporter)
            job.run()
        run, resumed = job.run_count, job.resumed
    return SegmentResult(
        path=output,
        grid=grid,
        seconds=time.perf_counter() - began,
        megapixels=grid.width * grid.height / 1e6,
        windows_run=run,
        windows_skipped=len(plan.rows) * len(plan.cols) - run - resumed,
        windows_resumed=resumed,
        backend=f"{backend.name} {backend.precision} on {backend.device}",
    )


def _signature(
    source: PixelSource, model: TrackModel, backend: Backend, inputs: Sequence[str | Path]
) -> dict[str, Any]:
    """Return everything that the levels depend on; 16 windows also compare pixels."""
    files = [(str(p), Path(p).stat()) for p in inputs if Path(p).is_file()]
    grid = source.grid
    crc = 0
    for row in np.linspace(0, max(0, grid.height - 64), 4).astype(int):
        for col in np.linspace(0, max(0, grid.width - 64), 4).astype(int):
            patch = source.read(PixelWindow(int(row), int(col), 64, 64))
            crc = zlib.crc32(patch.pixels.tobytes(), crc)
            crc = zlib.crc32(patch.mask.tobytes(), crc)
    return {
        "railmap": __version__,
        "model": model.sha256,
        "backend": [backend.name, backend.device, backend.precision, _library(backend.name)],
        "crs": grid.crs.to_wkt(),
        "transform": list(grid.transform)[:6],
        "size": [grid.height, grid.width],
        "tiling": [model.tile_size, model.overlap],
        "numpy": np.__version__,
        "source": source.identity(),
        "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in files],
        "pixels": crc,
    }


def _library(name: str) -> str:
    """Return the version of the library of a backend: another one may round otherwise."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


class _Job:
    """Three threads: one reads tiles, the caller's runs the backend, one blends and writes."""

    def __init__(
        self,
        source: PixelSource,
        model: TrackModel,
        backend: Backend,
        plan: Plan,
        store: WindowStore,
        writer: LevelWriter,
        reporter: Reporter,
    ) -> None:
        self._source, self._model, self._backend = source, model, backend
        self._plan, self._store, self._reporter = plan, store, reporter
        self._assembler = Assembler(plan, store, writer)
        # Enough tiles to refill the backend while a strip of the raster is read.
        self._read: Channel[Unit | Tile] = Channel(2 * backend.batch + 8)
        self._written: Channel[Unit] = Channel(2)
        self._units: deque[Unit] = deque()
        self._tiles: deque[Tile] = deque()
        self.run_count = 0
        self.resumed = 0

    def run(self) -> None:
        """Process all units; raise the error of any thread."""
        grid = self._source.grid
        self._reporter.stage("segment", grid.width * grid.height / 1e6, "MP")
        reader = _start("railmap-reader", self._reader, self._read)
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

    def _reader(self) -> None:
        fill = np.array([round(min(max(m, 0.0), 1.0) * 255) for m in self._model.mean], np.uint8)
        read_units(self._source, self._plan, self._store, fill, self._read)
        self._read.close()

    def _writer(self) -> None:
        for unit in self._written.take():
            self._assembler.add(unit)

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
