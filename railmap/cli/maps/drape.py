"""`railmap drape`: heights of the tracks from an elevation model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.height_options import HeightGroup
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["drape_command"]


def drape_command(
    path: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    dem: Annotated[
        str, typer.Option("--dem", help="Elevation model: any raster of heights, any CRS.")
    ],
    heights: HeightGroup,
    session: Session,
) -> None:
    """Give tracks heights, gradients and a vertical alignment from an elevation model."""

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline.drape import drape_map

        found = drape_map(path, dem, options=heights.options(), reporter=reporter)
        return Result(found.summary(), {"map": str(path)})

    session.run(job)
