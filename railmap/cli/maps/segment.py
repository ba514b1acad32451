"""`railmap segment`: images to a track probability raster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import ComputeGroup, ReadGroup
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["segment_command"]


def segment_command(
    rasters: Annotated[
        list[str], typer.Argument(help="Georeferenced image, or several that form one mosaic.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoTIFF to write.")],
    read: ReadGroup,
    compute: ComputeGroup,
    session: Session,
    overwrite: OverwriteOption = False,
    resume: Annotated[
        bool, typer.Option(help="Continue an interrupted run, if there is one.")
    ] = True,
) -> None:
    """Write the track probability: uint8, 0-254 = p*254, 255 = no data, at the model's GSD."""

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline import segment_images

        found = segment_images(
            rasters,
            output,
            model=compute.model,
            read=read.options(),
            compute=compute.options(),
            overwrite=overwrite,
            resume=resume,
            reporter=reporter,
        )
        return Result(found.summary(), {"probability": str(found.path)})

    session.run(job)
