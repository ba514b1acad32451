"""`railmap scenes`: photos to scenes, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.options import DeviceOption, ThreadsOption
from railmap.cli.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["scenes_app"]

scenes_app = typer.Typer(help="Railway scenes in photos.", no_args_is_help=True)

_WHERE = "Where the photos were taken [their own GPS]"


@scenes_app.command("classify")
def scenes_classify_command(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of them, or patterns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to make.")],
    to: Annotated[Path | None, typer.Option("--to", help="Map to attach the scenes to.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model made by railmap train scenes.")
    ] = None,
    min_probability: Annotated[
        float,
        typer.Option("--min-probability", min=0, max=1, help="Surest scenes only go on the map."),
    ] = 0.5,
    join: Annotated[
        float,
        typer.Option("--join", min=0, help="Photos of a scene this near make a stretch, metres."),
    ] = 100.0,
    max_distance: Annotated[
        float, typer.Option("--max-distance", min=0, help="Farther is on no track, metres.")
    ] = 50.0,
    report: Annotated[
        Path | None, typer.Option("--report", help="HTML page of photos and explanations to make.")
    ] = None,
    positions: Annotated[
        Path | None,
        typer.Option("--positions", rich_help_panel=_WHERE, help="CSV: image, and lon,lat or x,y."),
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", rich_help_panel=_WHERE, help="CRS of x,y in --positions.")
    ] = None,
    track_log: Annotated[
        Path | None,
        typer.Option("--track-log", rich_help_panel=_WHERE, help="GPX, or CSV with time,lon,lat."),
    ] = None,
    time_offset: Annotated[
        float,
        typer.Option(
            "--time-offset",
            rich_help_panel=_WHERE,
            help="Seconds to add to the camera's time to get UTC.",
        ),
    ] = 0.0,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Classify photos into railway scenes, and place them on the map."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import UsageError
        from railmap.mapping.spots import ByExif, ByTable, ByTrackLog, Locator
        from railmap.scenes.classifier import SceneClassifier
        from railmap.scenes.job import SceneJob, find_scenes

        if positions is not None and track_log is not None:
            raise UsageError("give either --positions or --track-log")
        where: Locator = ByExif()
        if positions is not None:
            where = ByTable(positions, crs)
        elif track_log is not None:
            where = ByTrackLog(track_log, time_offset)
        classifier = SceneClassifier(model, device=device, threads=threads)
        found = find_scenes(
            SceneJob(
                photos=photos,
                output=output,
                tracks=to,
                locator=where,
                min_probability=min_probability,
                join_m=join,
                max_distance_m=max_distance,
                sheet=report,
                overwrite=overwrite,
            ),
            classifier,
            reporter,
        )
        outputs = {
            "photos": str(output),
            "classified": found.photos - found.bad,
            "bad": found.bad,
            "placed": found.placed,
            "stretches": found.stretches,
        }
        if report is not None:
            outputs["report"] = str(report)
        if to is not None:
            outputs["tracks"] = str(to)
        reporter.result(f"{output}: {found.summary()}", outputs)

    run_job(job, progress, debug)
