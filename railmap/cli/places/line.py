"""`railmap line`: routes through the network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["line_app"]

line_app = typer.Typer(
    help="Railway lines: routes through the tracks, with chainage.", no_args_is_help=True
)


@line_app.command("add")
def add_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    ref: Annotated[str, typer.Option(help="Number of the line.")],
    start: Annotated[
        str, typer.Option("--from", help="Node: its node_id, the start of it, or x,y.")
    ],
    end: Annotated[str, typer.Option("--to", help="Node where the line ends.")],
    via: Annotated[list[str] | None, typer.Option(help="Node in between; may be repeated.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the line.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a line of this number and its posts.")
    ] = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Add the shortest run between two nodes, without reversing, as a line."""

    def job(reporter: Reporter) -> None:
        from railmap.mapping.referencing.lines import add_line

        line = add_line(
            tracks, ref=ref, start=start, end=end, via=via or (), name=name, replace=replace
        )
        reporter.result(
            f"line {line.ref}: {len(line.run)} links, {line.length:.1f} m",
            {"tracks": str(tracks), "line_id": line.line_id},
        )

    run_job(job, progress, debug)


@line_app.command("auto")
def auto_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    min_length: Annotated[
        float, typer.Option("--min-length", help="Shorter runs get no line, metres.", min=0.0)
    ] = 50.0,
    prefix: Annotated[str, typer.Option(help="Of numbers that are made up.")] = "T",
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Add a line for every run of track that goes straight on."""

    def job(reporter: Reporter) -> None:
        from railmap.mapping.referencing.lines import auto_lines

        lines = auto_lines(tracks, min_length_m=min_length, prefix=prefix)
        total = sum(line.length for line in lines)
        reporter.result(
            f"{len(lines)} new lines, {total:.1f} m",
            {"tracks": str(tracks), "line_id": [line.line_id for line in lines]},
        )

    run_job(job, progress, debug)
