"""`railmap line`: railway lines, paths through the track network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.app import add_command, make_app
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["line_app"]

line_app = make_app("Railway lines: paths through the tracks, with chainage.")


def add_line_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    ref: Annotated[str, typer.Option(help="Number of the line.")],
    start: Annotated[
        str, typer.Option("--from", help="Node: its node_id, the first characters of it, or x,y.")
    ],
    end: Annotated[str, typer.Option("--to", help="Node where the line ends.")],
    session: Session,
    via: Annotated[list[str] | None, typer.Option(help="Node in between; may be repeated.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the line.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a line of this number and its posts.")
    ] = False,
) -> None:
    """Add the shortest path between two nodes, without reversing, as a line."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.referencing.lines import add_line

        line = add_line(
            tracks, ref=ref, start=start, end=end, via=via or (), name=name, replace=replace
        )
        return Result(
            f"line {line.ref}: {len(line.sequence)} links, {line.length:.1f} m",
            {"tracks": str(tracks), "line_id": line.line_id},
        )

    session.run(job)


def auto_lines_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    session: Session,
    min_length: Annotated[
        float, typer.Option("--min-length", help="Minimum length of a line, metres.", min=0.0)
    ] = 50.0,
    prefix: Annotated[str, typer.Option(help="Prefix of generated numbers.")] = "T",
) -> None:
    """Add a line along each sequence of tracks that continues straight through its switches."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.referencing.lines import auto_lines

        lines = auto_lines(tracks, min_length_m=min_length, prefix=prefix)
        total = sum(line.length for line in lines)
        return Result(
            f"{len(lines)} new lines, {total:.1f} m",
            {"tracks": str(tracks), "line_id": [line.line_id for line in lines]},
        )

    session.run(job)


add_command(
    line_app,
    "add",
    add_line_command,
    "railmap line add tracks.gpkg --ref 6185 --from 4f1c --to 500120.5,5700033",
)
add_command(line_app, "auto", auto_lines_command, "railmap line auto tracks.gpkg --min-length 100")
