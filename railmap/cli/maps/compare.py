"""`railmap compare`: two surveys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["compare_command"]


def compare_command(
    old: Annotated[Path, typer.Argument(help="Map of the earlier survey.")],
    new: Annotated[Path, typer.Argument(help="Map of the later survey.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage of changes to make.")],
    carry: Annotated[
        bool,
        typer.Option("--carry-ids", help="Give the new map's objects the ids they had before."),
    ] = False,
    reach: Annotated[
        float, typer.Option(help="Farthest a track may have moved, metres.", min=0.01)
    ] = 1.75,
    defect_reach: Annotated[
        float, typer.Option(help="Farthest apart one defect may lie, metres.", min=0.001)
    ] = 0.5,
    shortest: Annotated[
        float, typer.Option(help="Shorter changes of track aren't told, metres.", min=0.0)
    ] = 5.0,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Find what is new, removed, moved or changed between two surveys, and defects that grew."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import UsageError
        from railmap.files.inputs import is_same_file
        from railmap.mapping.compare.surveys import compare_maps
        from railmap.mapping.compare.tracks import CompareLimits

        limits = CompareLimits(reach_m=reach, defect_reach_m=defect_reach, shortest_m=shortest)
        if output.suffix.lower() != ".gpkg":
            raise UsageError(f"{output}: changes are a GeoPackage; name it *.gpkg")
        if is_same_file(old, new):
            reporter.warning(f"{new}: is compared with itself; name the map of another survey")
        reporter.stage("compare", 1)
        found = compare_maps(old, new, output, limits=limits, carry=carry, overwrite=overwrite)
        reporter.advance(1)
        reporter.result(f"{output}: {found.summary()}", {"changes": str(output)})

    run_job(job, progress, debug)
