"""`railmap trace`: a probability or mask raster to a map of track centrelines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import GeoreferenceGroup, LineGroup, ThreadsOption, command_line
from railmap.cli.common.session import OverwriteMapOption, Result, Session
from railmap.errors import Option, UsageError
from railmap.progress import Reporter

__all__ = ["trace_command"]


def trace_command(
    raster: Annotated[str, typer.Argument(help="Probability (0-1 or 0-255) or mask raster.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    position: GeoreferenceGroup,
    lines: LineGroup,
    session: Session,
    levels: Annotated[
        str | None,
        typer.Option(
            "--levels",
            help="Value of certain track (100 for percent), or those of no track and of certain "
            "track (1,2 for classes); else told from the raster.",
            rich_help_panel="How the raster is read",
        ),
    ] = None,
    overwrite: OverwriteMapOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Trace a probability or mask raster from any source into centrelines."""

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline import trace_probability

        found = trace_probability(
            raster,
            output,
            gsd=position.gsd,
            crs=position.crs,
            levels=_levels(levels),
            lines=lines.options(),
            overwrite=overwrite,
            threads=threads,
            chunk=lines.chunk,
            command=command_line(),
            reporter=reporter,
        )
        return Result(found.summary(), {"map": str(found.path)})

    session.run(job)


def _levels(text: str | None) -> float | tuple[float, float] | None:
    if text is None:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) == 1:
        return values[0]
    if len(values) == 2:
        return values[0], values[1]
    raise UsageError(Option("levels", text), ": give one number or two, such as 100 or 1,2")
