"""`railmap milestones`: kilometre posts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.app import add_command, make_app
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["milestones_app"]

milestones_app = make_app("Kilometre posts, which give a line its chainage.")


@milestones_app.callback()
def _group() -> None:
    """Keep `add` a word of its own although it is the only command."""


def add_milestones_command(
    tracks: Annotated[Path, typer.Argument(help="Map to change.", metavar="MAP")],
    posts: Annotated[
        Path, typer.Argument(help="Posts: CSV or vector file with position_km or position_text.")
    ],
    ref: Annotated[str, typer.Option(help="Number of the line.")],
    session: Session,
    crs: Annotated[
        str | None, typer.Option("--crs", help="CRS of x and y columns, else the map's.")
    ] = None,
    max_distance: Annotated[
        float,
        typer.Option("--max-distance", help="Maximum distance from the line, metres.", min=0.1),
    ] = 30.0,
    jump: Annotated[
        float,
        typer.Option(
            "--jump", help="Kilometres that differ by more than this are jumps, metres.", min=0.01
        ),
    ] = 10.0,
) -> None:
    """Add posts to a line and calibrate its chainage with them."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.referencing.milestones import add_milestones

        found = add_milestones(
            tracks, posts, ref=ref, posts_crs=crs, max_distance_m=max_distance, jump_m=jump
        )
        for remark in found.remarks():
            reporter.warning(remark)
        line = found.line
        return Result(
            f"line {line.title}: {found.posts} posts, km {line.m[0] / 1000:.3f} to"
            f" {line.m[-1] / 1000:.3f}",
            {"tracks": str(tracks), "line_id": line.line_id, "posts": found.posts},
        )

    session.run(job)


add_command(
    milestones_app,
    "add",
    add_milestones_command,
    "railmap milestones add tracks.gpkg posts.csv --ref 6185",
)
