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
    basemap: Annotated[
        list[str] | None,
        typer.Option(
            help="Map of another server that a reader may choose: 'NAME=https://HOST/{z}/{x}/{y}.png"
            " ATTRIBUTION'. Several are possible.",
            metavar="TEXT",
        ),
    ] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder with the photos that events, defects and scenes name. Several are"
            " possible; photos beside the map are found anyway.",
            metavar="FOLDER",
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before", help="Map of an earlier survey, shown beside with a slider.", metavar="MAP"
        ),
    ] = None,
    before_ortho: Annotated[
        str | None,
        typer.Option("--before-ortho", help="Orthophoto of an earlier survey, shown beside."),
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
            basemaps=basemap or (),
            photos=photos or (),
            before=before,
            before_ortho=before_ortho,
            title=title,
            overwrite=overwrite,
            keep_paths=keep_paths,
            reporter=reporter,
        )
        return Result(site.summary(), {"site": str(site.path)})

    session.run(job)
