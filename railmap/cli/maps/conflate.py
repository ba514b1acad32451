"""`railmap conflate`: attributes from an existing map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["conflate_command"]


def conflate_command(
    path: Annotated[Path, typer.Argument(help="Map that takes the attributes.", metavar="MAP")],
    other: Annotated[
        Path,
        typer.Option("--with", help="OpenStreetMap extract: .osm, .osm.pbf, .gpkg or .geojson."),
    ],
    reach: Annotated[
        float, typer.Option(help="Farthest its track may lie aside, metres.", min=0.01)
    ] = 3.0,
    shortest: Annotated[
        float, typer.Option(help="Shorter tracks in only one map aren't told, metres.", min=0.0)
    ] = 20.0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take values where ours are set too.")
    ] = False,
    own_data: Annotated[
        bool,
        typer.Option("--own-data", help="The other map isn't OpenStreetMap: name no licence."),
    ] = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Take names, refs, usage, service and electrification from OpenStreetMap (ODbL)."""

    def job(reporter: Reporter) -> None:
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
        reporter.result(f"{path}: {found.summary()}", {"map": str(path)})

    run_job(job, progress, debug)
