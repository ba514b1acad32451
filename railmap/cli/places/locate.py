"""`railmap locate`: from chainage to a place and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["locate_command"]


def locate_command(
    tracks: Annotated[Path, typer.Argument(help="Map with lines.", metavar="MAP")],
    place: Annotated[
        str | None,
        typer.Argument(help='Such as "6185 km 12.400 +3.2" or "6185 km 12.4 +3.2 right 1.5".'),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="x,y: tell its chainage.")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="CRS of --at, else the map's.")] = None,
    max_distance: Annotated[
        float, typer.Option("--max-distance", help="Farthest place from a line, metres.", min=0.0)
    ] = 50.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Tell where a kilometre is, or at which kilometre a place is."""

    def job(reporter: Reporter) -> None:
        import dataclasses
        import json

        from railmap.errors import UsageError
        from railmap.mapping.referencing.locate import locate, locate_at

        if (place is None) == (at is None):
            raise UsageError('give either a place such as "6185 km 12.400 +3.2" or --at x,y')
        if place is not None:
            found = locate(tracks, place)
        else:
            try:
                x, y = (float(part) for part in str(at).split(","))
            except ValueError as error:
                raise UsageError(f"--at {at}: give x,y, such as 500100.5,5400020") from error
            found = [locate_at(tracks, x, y, crs=crs, max_distance_m=max_distance)]
        if as_json:
            typer.echo(json.dumps([dataclasses.asdict(entry) for entry in found]))
            return
        for entry in found:
            typer.echo(entry.text)
            typer.echo(f"x, y      {entry.x:.4f}, {entry.y:.4f}")
            typer.echo(f"lon, lat  {entry.lon:.9f}, {entry.lat:.9f}")
            typer.echo(f"link      {entry.link_id} at {entry.link_m:.4f} m")

    run_job(job, progress, debug)
