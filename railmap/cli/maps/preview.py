"""`railmap preview`: a map over its image, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["preview_command"]


def preview_command(
    tracks: Annotated[Path, typer.Argument(help="Map that railmap wrote.", metavar="MAP")],
    rasters: Annotated[list[str], typer.Argument(help="Images under it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write: .png or .jpg.")],
    session: Session,
    size: Annotated[int, typer.Option(help="Longest side, pixels.", min=64, max=20000)] = 2000,
    overwrite: OverwriteOption = False,
) -> None:
    """Draw a map over its image."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping import render_preview

        render_preview(
            tracks, rasters, output, max_size=size, overwrite=overwrite, reporter=reporter
        )
        return Result(f"wrote {output}", {"picture": str(output)})

    session.run(job)
