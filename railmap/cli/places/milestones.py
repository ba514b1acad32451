"""`railmap milestones`: kilometre posts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["milestones_app"]

milestones_app = typer.Typer(
    help="Kilometre posts, which give a line its chainage.", no_args_is_help=True
)


@milestones_app.callback()
def _group() -> None:
    """Keep `add` a word of its own though it is the only one."""


@milestones_app.command("add")
def add_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    posts: Annotated[
        Path, typer.Argument(help="Posts: CSV or vector file with position_km or position_text.")
    ],
    ref: Annotated[str, typer.Option(help="Number of the line.")],
    crs: Annotated[
        str | None, typer.Option("--crs", help="CRS of x and y columns, else the map's.")
    ] = None,
    max_distance: Annotated[
        float, typer.Option("--max-distance", help="Farthest post from the line, metres.", min=0.1)
    ] = 30.0,
    jump: Annotated[
        float,
        typer.Option(
            "--jump", help="Kilometres off by more than this are jumps, metres.", min=0.01
        ),
    ] = 10.0,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Add posts to a line and calibrate its chainage with them."""

    def job(reporter: Reporter) -> None:
        from railmap.mapping.referencing.milestones import add_milestones

        found = add_milestones(
            tracks, posts, ref=ref, posts_crs=crs, max_distance_m=max_distance, jump_m=jump
        )
        for remark in found.remarks():
            reporter.warning(remark)
        line = found.line
        reporter.result(
            f"line {line.title}: {found.posts} posts, km {line.m[0] / 1000:.3f} to"
            f" {line.m[-1] / 1000:.3f}",
            {"tracks": str(tracks), "line_id": line.line_id, "posts": found.posts},
        )

    run_job(job, progress, debug)
