"""`railmap compare`: changes between two surveys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import JsonSession, OverwriteOption, Result
from railmap.progress import Reporter

__all__ = ["compare_command"]


def compare_command(
    old: Annotated[Path, typer.Argument(help="Map of the earlier survey.")],
    new: Annotated[Path, typer.Argument(help="Map of the later survey.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage of changes to write.")],
    session: JsonSession,
    carry: Annotated[
        bool,
        typer.Option("--carry-ids", help="Give the objects of the new map the ids they had."),
    ] = False,
    reach: Annotated[
        float, typer.Option(help="Maximum distance that a track has moved, metres.", min=0.01)
    ] = 1.75,
    defect_reach: Annotated[
        float, typer.Option(help="Maximum distance of one defect in both, metres.", min=0.001)
    ] = 0.5,
    shortest: Annotated[
        float, typer.Option(help="Minimum length of a change of track, metres.", min=0.0)
    ] = 5.0,
    overwrite: OverwriteOption = False,
) -> None:
    """Find what is new, removed, moved or changed between two surveys, and defects that grew."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.compare.surveys import compare_maps
        from railmap.mapping.compare.tracks import CompareLimits

        limits = CompareLimits(reach_m=reach, defect_reach_m=defect_reach, shortest_m=shortest)
        found = compare_maps(
            old, new, output, limits=limits, carry=carry, overwrite=overwrite, reporter=reporter
        )
        return Result(
            f"{output}: {found.summary()}",
            {"changes": str(output)},
            {"counts": found.counts(), "ids": found.ids},
        )

    session.run(job)
