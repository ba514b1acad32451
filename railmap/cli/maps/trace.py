"""`railmap trace`: a probability or mask raster to track centrelines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import (
    LINES,
    ChunkOption,
    CrsOption,
    GsdOption,
    MaxGapOption,
    MinLengthOption,
    ThreadsOption,
    ThresholdOption,
    ToleranceOption,
    command_line,
)
from railmap.cli.common.session import DebugOption, OverwriteMapOption, ProgressOption, run_job
from railmap.pipeline.options import CHUNK
from railmap.progress import Reporter

__all__ = ["trace_command"]


def trace_command(
    raster: Annotated[str, typer.Argument(help="Probability (0-1 or 0-255) or mask raster.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    overwrite: OverwriteMapOption = False,
    gsd: GsdOption = None,
    crs: CrsOption = None,
    threads: ThreadsOption = None,
    threshold: ThresholdOption = None,
    min_length: MinLengthOption = LINES.min_length,
    tolerance: ToleranceOption = LINES.tolerance,
    max_gap: MaxGapOption = LINES.max_gap,
    chunk: ChunkOption = CHUNK,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Trace a probability or mask raster, by whoever made it, into centrelines."""

    def job(reporter: Reporter) -> None:
        from railmap.pipeline import LineOptions, trace_probability

        result = trace_probability(
            raster,
            output,
            gsd=gsd,
            crs=crs,
            lines=LineOptions(
                threshold=threshold, min_length=min_length, tolerance=tolerance, max_gap=max_gap
            ),
            overwrite=overwrite,
            threads=threads,
            chunk=chunk,
            command=command_line(),
            reporter=reporter,
        )
        reporter.result(result.summary(), {"map": str(result.path)})

    run_job(job, progress, debug)
