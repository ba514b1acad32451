"""`railmap vectorize`: images to a map of track centrelines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import ComputeGroup, ReadGroup, RefinedLineGroup, command_line
from railmap.cli.common.session import JsonSession, OverwriteMapOption, Result
from railmap.progress import Reporter

__all__ = ["vectorize_command"]


def vectorize_command(
    rasters: Annotated[
        list[str], typer.Argument(help="Georeferenced image, or several that form one mosaic.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    read: ReadGroup,
    compute: ComputeGroup,
    lines: RefinedLineGroup,
    session: JsonSession,
    probability: Annotated[
        Path | None,
        typer.Option("--probability", help="Keep the track probability in this GeoTIFF."),
    ] = None,
    overwrite: OverwriteMapOption = False,
) -> None:
    """Extract the centreline of every track from orthophotos into a styled GeoPackage.

    An interrupted run resumes when the same command is started again.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline import vectorize

        found = vectorize(
            rasters,
            output,
            model=compute.model,
            read=read.options(),
            compute=compute.options(lines.chunk),
            lines=lines.options(),
            probability=probability,
            overwrite=overwrite,
            command=command_line(),
            reporter=reporter,
        )
        outputs = {"map": str(found.path)}
        if found.probability is not None:
            outputs["probability"] = str(found.probability)
        return Result(found.summary(), outputs, found.to_dict())

    session.run(job)
