"""`railmap publish`: a map as a web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import KeepPathsOption, OverwriteOption, Result, Session
from railmap.errors import UsageError
from railmap.progress import Reporter

__all__ = ["publish_command"]


def publish_command(
    session: Session,
    path: Annotated[Path | None, typer.Argument(help="Map to publish.", metavar="MAP")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to create.", show_default=False)
    ] = None,
    ortho: Annotated[
        str | None,
        typer.Option("--ortho", help="Orthophoto under the map: 8 bit image or raster PMTiles."),
    ] = None,
    assets: Annotated[
        Path | None,
        typer.Option("--assets", help="Folder with MapLibre and PMTiles, instead of the CDN."),
    ] = None,
    fetch: Annotated[
        Path | None,
        typer.Option("--fetch-assets", help="Fill that folder through npm; needs no map."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the page; else the map's name.")
    ] = None,
    overwrite: OverwriteOption = False,
    keep_paths: KeepPathsOption = False,
) -> None:
    """Publish a map as a folder that any static web server shows: vector tiles and a page."""

    def job(reporter: Reporter) -> Result:
        from railmap.publishing import fetch_assets, publish_map

        if fetch is not None:
            fetch_assets(fetch)
            if path is None:
                return Result(f"{fetch}: filled", {"assets": str(fetch)})
        if path is None or output is None:
            raise UsageError("give a map and -o FOLDER, or --fetch-assets FOLDER")
        site = publish_map(
            path,
            output,
            ortho=ortho,
            assets=assets or fetch,
            title=title,
            overwrite=overwrite,
            keep_paths=keep_paths,
            reporter=reporter,
        )
        return Result(site.summary(), {"site": str(site.path)})

    session.run(job)
