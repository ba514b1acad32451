"""`railmap publish`: a map as a web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import KeepPathsOption, OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["publish_command"]


def publish_command(
    session: Session,
    path: Annotated[Path, typer.Argument(help="Map to publish.", metavar="MAP")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to create.")],
    ortho: Annotated[
        str | None,
        typer.Option("--ortho", help="Orthophoto under the map: 8 bit image or raster PMTiles."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the page; else the map's name.")
    ] = None,
    overwrite: OverwriteOption = False,
    keep_paths: KeepPathsOption = False,
) -> None:
    """Publish a map as a folder that any static web server shows: vector tiles and a page."""

    def job(reporter: Reporter) -> Result:
        from railmap.publishing import publish_map

        site = publish_map(
            path,
            output,
            ortho=ortho,
            title=title,
            overwrite=overwrite,
            keep_paths=keep_paths,
            reporter=reporter,
        )
        return Result(site.summary(), {"site": str(site.path)})

    session.run(job)
