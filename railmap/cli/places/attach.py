"""`railmap attach`: events onto the tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import ThreadsOption
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["attach_command"]


def attach_command(
    events: Annotated[
        Path, typer.Argument(help="GeoPackage, GeoJSON, CSV, a photo or a folder of photos.")
    ],
    tracks: Annotated[Path, typer.Option("--to", help="Map to change.")],
    session: Session,
    layer: Annotated[
        str | None,
        typer.Option(
            help="defect, scene_event or any name; else derived from the columns or file name."
        ),
    ] = None,
    source_layer: Annotated[
        str | None, typer.Option("--source-layer", help="Layer to read, of a file with several.")
    ] = None,
    position_accuracy: Annotated[
        float | None,
        typer.Option(
            "--position-accuracy",
            help="Standard deviation of positions, metres [1, photos 5].",
            min=0.001,
            max=999.0,
        ),
    ] = None,
    max_distance: Annotated[
        float,
        typer.Option(
            "--max-distance", help="Maximum distance from a track, metres.", min=0.001, max=10_000.0
        ),
    ] = 25.0,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="CRS of the events, also instead of the one that they state."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out events without a usable position.")
    ] = False,
    threads: ThreadsOption = None,
) -> None:
    """Place events on the tracks: link, measure, chainage, offset, side, ambiguity."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping.attach.attach import attach_events

        found = attach_events(
            tracks,
            events,
            layer=layer,
            source_layer=source_layer,
            position_accuracy_m=position_accuracy,
            max_distance_m=max_distance,
            events_crs=crs,
            skip_bad=skip_bad,
            threads=threads,
            reporter=reporter,
        )
        outputs = {
            "tracks": str(tracks),
            "layer": found.layer,
            "events": found.events,
            "matched": found.matched,
            "ambiguous": found.ambiguous,
        }
        return Result(found.summary(), outputs)

    session.run(job)
