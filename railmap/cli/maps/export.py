"""`railmap export`: a map in the format of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import KeepPathsOption, OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["export_command"]


def export_command(
    path: Annotated[Path, typer.Argument(help="Map to export.", metavar="MAP")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help=".geojson, .fgb, .kml, .parquet, .shp, .gpkg, .osm, .dxf, .xml (LandXML), "
            ".ifc (IFC 4.3), .ttl (RINF), .csv (events) or .qgz.",
        ),
    ],
    session: Session,
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            help="Layer for .geojson, .fgb, .kml, .parquet and .shp, else railway_link; event "
            "layer for .csv, else all.",
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    keep_paths: KeepPathsOption = False,
) -> None:
    """Write a map in a format of another program, with its licences and origin."""

    def job(reporter: Reporter) -> Result:
        from railmap.publishing import export_map

        reporter.stage("export", 1)
        written = export_map(
            path, output, layer=layer, overwrite=overwrite, keep_paths=keep_paths, reporter=reporter
        )
        reporter.advance(1)
        return Result(f"{output}: {written}", {"file": str(output)})

    session.run(job)
