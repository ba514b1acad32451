"""`railmap preview`: the map over its image as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["preview_command"]


def preview_command(
    tracks: Annotated[Path, typer.Argument(help="Map made by railmap.", metavar="MAP")],
    rasters: Annotated[list[str], typer.Argument(help="The images under it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write: .png or .jpg.")],
    size: Annotated[int, typer.Option(help="Longest side in pixels.", min=64, max=20000)] = 2000,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Draw a map over its image."""

    def job(reporter: Reporter) -> None:
        from railmap.mapping import render_preview

        render_preview(
            tracks, rasters, output, max_size=size, overwrite=overwrite, reporter=reporter
        )
        reporter.result(f"wrote {output}", {"picture": str(output)})

    run_job(job, progress, debug)
