"""Run a model over a whole raster: read, run, blend and write in parallel, in constant memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from railmap.files.output import check_output
from railmap.inference.backends.base import Backend, Precision
from railmap.inference.backends.choose import make_backend
from railmap.inference.sliding.assembly import Assembler, LevelWriter
from railmap.inference.sliding.job import NetworkJob, everything
from railmap.inference.sliding.plan import make_plan
from railmap.inference.sliding.reading import PixelSource
from railmap.inference.sliding.signature import describe, run_signature
from railmap.inference.sliding.store import Keep, WindowStore, has_record
from railmap.models.tracks import TrackModel
from railmap.progress import NullReporter, Reporter
from railmap.raster import ProbabilityWriter
from railmap.raster.types import Coverage, Grid

__all__ = ["SegmentResult", "segment", "write_levels"]


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
    reporter = reporter or NullReporter()
    check_output(output, overwrite=overwrite or has_record(Path(output)), inputs=inputs)
    if backend is None:
        backend = make_backend(model, device, threads, precision)
    plan = make_plan(source.grid.height, source.grid.width, model.tile_size, model.overlap)

    def compute(store: WindowStore, writer: LevelWriter) -> tuple[int, int]:
        job = NetworkJob(source, model, backend, plan, store, Assembler(plan, store, writer),
                         reporter)  # fmt: skip
        job.run(everything(plan))
        return job.run_count, job.resumed

    return write_levels(
        source,
        model,
        Path(output),
        compute,
        signature=run_signature(source, model, describe(backend), inputs) if resume else None,
        backend=f"{backend.name} {backend.precision} on {backend.device}",
        overwrite=overwrite,
        keep=keep,
        inputs=inputs,
        reporter=reporter,
        began=began,
    )


def write_levels(
    source: PixelSource,
    model: TrackModel,
    output: Path,
    compute: Callable[[WindowStore, LevelWriter], tuple[int, int]],
    *,
    signature: dict[str, Any] | None,
    backend: str,
    overwrite: bool,
    keep: Keep,
    inputs: Sequence[str | Path],
    reporter: Reporter,
    began: float,
) -> SegmentResult:
    """Write the levels of a raster, unless an earlier run has completed them.

    Parameters
    ----------
    source, model, output, overwrite, keep, inputs, reporter
        See `segment`.
    compute
        Writes all levels, and returns how many windows it ran and how many it took from an earlier
        run.
    signature
        From `run_signature`; None if no run is resumed.
    backend
        What computes, for people.
    began
        `time.perf_counter` at the start.

    Raises
    ------
    OutputError
        If the output cannot be written. What `compute` raises is raised unchanged.
    """
    grid = source.grid
    if abs(grid.gsd / model.gsd_m - 1) > 0.02:
        reporter.warning(
            f"the raster is read at {grid.gsd:g} m per pixel, the model expects {model.gsd_m:g} m"
        )
    store = WindowStore(
        output, signature or {}, model.tile_size, resume=signature is not None, keep=keep
    )
    plan = make_plan(grid.height, grid.width, model.tile_size, model.overlap)
    windows = len(plan.rows) * len(plan.cols)
    run, resumed = 0, windows
    if store.is_finished():
        with store:
            pass  # leaves what it is to keep
    else:
        # The windows stay until the output has its name.
        with (
            ExitStack() as stack,
            ProbabilityWriter(
                output, grid, overwrite=overwrite, tags=_tags(source, model), inputs=inputs
            ) as writer,
        ):
            stack.enter_context(store)
            writer.completed = store.finish
            run, resumed = compute(store, writer)
    return SegmentResult(
        path=output,
        grid=grid,
        seconds=time.perf_counter() - began,
        megapixels=grid.width * grid.height / 1e6,
        windows_run=run,
        windows_skipped=windows - run - resumed,
        windows_resumed=resumed,
        backend=backend,
    )


def _tags(source: PixelSource, model: TrackModel) -> dict[str, str]:
    tags = {
        "RAILMAP_MODEL": model.name,
        "RAILMAP_MODEL_SHA256": model.sha256,
        "RAILMAP_PROFILE": model.profile,
        "RAILMAP_THRESHOLD": f"{model.threshold:g}",
        "RAILMAP_SOURCE_GSD": f"{source.source_gsd:g}",
    }
    if "piece_model" in model.metadata:
        tags["RAILMAP_PIECE_MODEL"] = model.metadata["piece_model"]
    return tags
