"""`railmap segment`: images to a track probability raster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import (
    COMPUTE,
    AoiOption,
    BandsOption,
    CrsOption,
    DeviceOption,
    GsdOption,
    ModelOption,
    PrecisionOption,
    ThreadsOption,
    parse_bands,
)
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["segment_command"]


def segment_command(
    rasters: Annotated[
        list[str], typer.Argument(help="Georeferenced image, or several that make one mosaic.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoTIFF to write.")],
    overwrite: OverwriteOption = False,
    resume: Annotated[
        bool, typer.Option(help="Go on from a run that was killed, if there is one.")
    ] = True,
    bands: BandsOption = None,
    aoi: AoiOption = None,
    gsd: GsdOption = None,
    crs: CrsOption = None,
    model: ModelOption = None,
    device: DeviceOption = COMPUTE.device,
    precision: PrecisionOption = COMPUTE.precision,
    threads: ThreadsOption = None,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Write the track probability: uint8, 0-254 = p*254, 255 = no data, at the model's GSD."""

    def job(reporter: Reporter) -> None:
        from railmap.pipeline import ComputeOptions, ReadOptions, segment_images

        result = segment_images(
            rasters,
            output,
            model=model,
            read=ReadOptions(bands=parse_bands(bands), aoi=aoi, gsd=gsd, crs=crs),
            compute=ComputeOptions(device=device, precision=precision, threads=threads),
            overwrite=overwrite,
            resume=resume,
            reporter=reporter,
        )
        speed = result.megapixels / max(result.seconds, 1e-9)
        reporter.result(
            f"{result.path}: {result.megapixels:.1f} MP in {result.seconds:.1f} s "
            f"({speed:.1f} MP/s, {result.backend})",
            {"probability": str(result.path)},
        )

    run_job(job, progress, debug)
