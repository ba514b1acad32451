"""`railmap conflate`: attributes from another map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["conflate_command"]


def conflate_command(
    path: Annotated[Path, typer.Argument(help="Map that takes the attributes.", metavar="MAP")],
    other: Annotated[
        Path,
        typer.Option("--with", help="OpenStreetMap extract: .osm, .osm.pbf, .gpkg or .geojson."),
    ],
    session: Session,
    reach: Annotated[
        float, typer.Option(help="Maximum lateral distance of its track, metres.", min=0.01)
    ] = 3.0,
    shortest: Annotated[
        float,
        typer.Option(
            help="Minimum length of a track in only one map that is reported, metres.", min=0.0
        ),
    ] = 20.0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace values that are set already.")
    ] = False,
    own_data: Annotated[
        bool,
        typer.Option("--own-data", help="The other map is not OpenStreetMap: store no licence."),
    ] = False,
) -> None:
    """Take names, refs, usage, service and electrification from OpenStreetMap (ODbL)."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.compare.conflate import conflate_map
        from railmap.mapping.store.licences import ODBL

        reporter.stage("conflate", 1)
        found = conflate_map(
            path,
            other,
            reach_m=reach,
            shortest_m=shortest,
            replace=replace,
            licence=None if own_data else ODBL,
        )
        reporter.advance(1)
        return Result(f"{path}: {found.summary()}", {"map": str(path)})

    session.run(job)
