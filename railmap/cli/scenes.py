"""`railmap scenes`: photos to scenes, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.options import DeviceOption, ThreadsOption
from railmap.cli.scenes_audit import scenes_audit_command
from railmap.cli.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["scenes_app"]

scenes_app = typer.Typer(help="Railway scenes in photos.", no_args_is_help=True)
scenes_app.command("audit")(scenes_audit_command)

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


TracksArgument = Annotated[Path, typer.Argument(help="Map of the tracks.")]
OrthoArgument = Annotated[Path, typer.Argument(help="Orthophoto that shows them.")]
StepOption = Annotated[float, typer.Option("--step", min=1, help="Metres of track a view.")]
SideOption = Annotated[
    float, typer.Option("--side", min=5, help="Side of a view on the ground, metres.")
]


@scenes_app.command("along")
def scenes_along_command(
    tracks: TracksArgument,
    ortho: OrthoArgument,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model made by railmap train scenes from such views."),
    ] = None,
    step: StepOption = 20.0,
    side: SideOption = 40.0,
    min_probability: Annotated[
        float, typer.Option("--min-probability", min=0, max=1, help="Surest scenes only.")
    ] = 0.5,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Tell the scene of each stretch of the tracks from an orthophoto, seen from above."""

    def job(reporter: Reporter) -> None:
        from railmap.scenes.classifier import SceneClassifier
        from railmap.scenes.job.along import LookAlong, scenes_along

        classifier = SceneClassifier(model, device=device, threads=threads)
        count = scenes_along(
            LookAlong(tracks, ortho, step, side),
            classifier,
            min_probability=min_probability,
            reporter=reporter,
        )
        reporter.result(
            f"{tracks}: {count} stretches with a scene", {"tracks": str(tracks), "stretches": count}
        )

    run_job(job, progress, debug)


@scenes_app.command("windows")
def scenes_windows_command(
    tracks: TracksArgument,
    ortho: OrthoArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write views to.")],
    step: StepOption = 20.0,
    side: SideOption = 40.0,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Cut the views that `along` looks at, to sort into class folders and train on."""

    def job(reporter: Reporter) -> None:
        from railmap.scenes.job.along import LookAlong, write_views

        count = write_views(LookAlong(tracks, ortho, step, side), output, reporter)
        reporter.result(f"{output}: {count} views", {"folder": str(output), "views": count})

    run_job(job, progress, debug)
