"""`railmap vectorize`: images to track centrelines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import (
    COMPUTE,
    LINES,
    AoiOption,
    BandsOption,
    ChunkOption,
    CrsOption,
    DeviceOption,
    GsdOption,
    MaxGapOption,
    MinLengthOption,
    ModelOption,
    PrecisionOption,
    RefineOption,
    ThreadsOption,
    ThresholdOption,
    ToleranceOption,
    command_line,
    parse_bands,
)
from railmap.cli.common.session import DebugOption, OverwriteMapOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["vectorize_command"]


def vectorize_command(
    rasters: Annotated[
        list[str], typer.Argument(help="Georeferenced image, or several that make one mosaic.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    probability: Annotated[
        Path | None,
        typer.Option("--probability", help="Keep the track probability here (GeoTIFF)."),
    ] = None,
    overwrite: OverwriteMapOption = False,
    bands: BandsOption = None,
    aoi: AoiOption = None,
    gsd: GsdOption = None,
    crs: CrsOption = None,
    model: ModelOption = None,
    device: DeviceOption = COMPUTE.device,
    precision: PrecisionOption = COMPUTE.precision,
    threads: ThreadsOption = None,
    threshold: ThresholdOption = None,
    min_length: MinLengthOption = LINES.min_length,
    tolerance: ToleranceOption = LINES.tolerance,
    max_gap: MaxGapOption = LINES.max_gap,
    refine: RefineOption = LINES.refine,
    chunk: ChunkOption = COMPUTE.chunk,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Extract every track's centreline from orthophotos into a styled GeoPackage."""

    def job(reporter: Reporter) -> None:
        from railmap.pipeline import ComputeOptions, LineOptions, ReadOptions, vectorize

        result = vectorize(
            rasters,
            output,
            model=model,
            read=ReadOptions(bands=parse_bands(bands), aoi=aoi, gsd=gsd, crs=crs),
            compute=ComputeOptions(
                device=device, precision=precision, threads=threads, chunk=chunk
            ),
            lines=LineOptions(
                threshold=threshold,
                min_length=min_length,
                tolerance=tolerance,
                max_gap=max_gap,
                refine=refine,
            ),
            probability=probability,
            overwrite=overwrite,
            command=command_line(),
            reporter=reporter,
        )
        outputs = {"map": str(result.path)}
        if result.probability is not None:
            outputs["probability"] = str(result.probability)
        reporter.result(result.summary(), outputs)

    run_job(job, progress, debug)
