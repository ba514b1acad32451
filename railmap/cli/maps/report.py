"""`railmap report`: what a survey found, to read and to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import KeepPathsOption, OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["report_command"]


def report_command(
    session: Session,
    path: Annotated[Path, typer.Argument(help="Map to report on.", metavar="MAP")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")],
    before: Annotated[
        Path | None, typer.Option("--before", help="Map of the survey before, for the changes.")
    ] = None,
    images: Annotated[
        list[str] | None,
        typer.Option(
            "--image",
            help="Image to cut pictures from, may be repeated; else those that the map names.",
            metavar="FILE",
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the report; else the map's name.")
    ] = None,
    pictures: Annotated[
        int, typer.Option(help="Maximum number of worst places shown.", min=0, max=60)
    ] = 12,
    overwrite: OverwriteOption = False,
    keep_paths: KeepPathsOption = False,
) -> None:
    """Write a report of the survey as one HTML file: tables, pictures of the worst places."""

    def job(reporter: Reporter) -> Result:
        from railmap.publishing import write_report

        made = write_report(
            path,
            output,
            before=before,
            images=images or (),
            title=title,
            pictures=pictures,
            overwrite=overwrite,
            keep_paths=keep_paths,
            reporter=reporter,
        )
        return Result(made.summary(), {"report": str(made.path)})

    session.run(job)
