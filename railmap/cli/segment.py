"""`railmap segment`: images to a track probability raster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.options import (
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
from railmap.cli.session import DebugOption, OverwriteOption, ProgressOption, run_job
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
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    threads: ThreadsOption = None,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Write the track probability: uint8, 0-254 = p*254, 255 = no data, at the model's GSD."""

    def job(reporter: Reporter) -> None:
        from railmap.inference import segment
        from railmap.models.package import load_model
        from railmap.pipeline.output import check_probability_output
        from railmap.raster import open_raster

        check_probability_output(output, overwrite, rasters)
        package = load_model(model)
        with open_raster(
            rasters,
            gsd=package.gsd_m,
            bands=parse_bands(bands),
            aoi=aoi,
            assume_gsd=gsd,
            assume_crs=crs,
        ) as source:
            result = segment(
                source,
                package,
                output,
                device=device,
                threads=threads,
                precision=precision,  # type: ignore[arg-type]
                overwrite=overwrite,
                resume=resume,
                inputs=rasters,
                reporter=reporter,
            )
            for hole in source.damaged:
                reporter.warning(f"{hole.uri}: not readable: {hole.reason}; no data there")
        speed = result.megapixels / max(result.seconds, 1e-9)
        reporter.result(
            f"{result.path}: {result.megapixels:.1f} MP in {result.seconds:.1f} s "
            f"({speed:.1f} MP/s, {result.backend})",
            {"probability": str(result.path)},
        )

    run_job(job, progress, debug)
