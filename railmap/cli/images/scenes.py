"""`railmap scenes`: photos to scenes, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import CpuOption, ThreadsOption
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.cli.images.position_options import (
    PictureCrsOption,
    PositionsOption,
    TimeOffsetOption,
    TrackLogOption,
)
from railmap.cli.images.scenes_audit import scenes_audit_command
from railmap.progress import Reporter

__all__ = ["scenes_app"]

scenes_app = typer.Typer(help="Railway scenes in photos.", no_args_is_help=True)
scenes_app.command("audit")(scenes_audit_command)


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
    positions: PositionsOption = None,
    crs: PictureCrsOption = None,
    track_log: TrackLogOption = None,
    time_offset: TimeOffsetOption = 0.0,
    threads: ThreadsOption = None,
    device: CpuOption = "auto",
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Classify photos into railway scenes, and place them on the map.

    Places are the photos' own GPS, unless a table or a track log is given.
    """

    def job(reporter: Reporter) -> None:
        from railmap.mapping.sources.position_options import PositionOptions
        from railmap.mapping.sources.spots import ByExif
        from railmap.scenes.classify.classifier import SceneClassifier
        from railmap.scenes.job import SceneJob, find_scenes
        from railmap.scenes.job.options import PlacementOptions

        where = PositionOptions(positions, crs, track_log, time_offset).locator() or ByExif()
        classifier = SceneClassifier(model, device=device, threads=threads)
        found = find_scenes(
            SceneJob(
                photos=photos,
                output=output,
                tracks=to,
                locator=where,
                placement=PlacementOptions(min_probability, join, max_distance),
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


TracksArgument = Annotated[Path, typer.Argument(help="Map of the tracks.", metavar="MAP")]
OrthoArgument = Annotated[Path, typer.Argument(help="Orthophoto that shows them.", metavar="IMAGE")]
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
    device: CpuOption = "auto",
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Tell the scene of each stretch of the tracks from an orthophoto, seen from above."""

    def job(reporter: Reporter) -> None:
        from railmap.scenes.classify.classifier import SceneClassifier
        from railmap.scenes.job.along import TrackViews, scenes_along

        classifier = SceneClassifier(model, device=device, threads=threads)
        count = scenes_along(
            TrackViews(tracks, ortho, step, side),
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
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make for the views.")],
    step: StepOption = 20.0,
    side: SideOption = 40.0,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Cut the views that `along` looks at, to sort into class folders and train on."""

    def job(reporter: Reporter) -> None:
        from railmap.files.folder import atomic_folder
        from railmap.scenes.job.along import TrackViews, write_views

        with atomic_folder(output) as folder:
            count = write_views(TrackViews(tracks, ortho, step, side), folder, reporter)
        reporter.result(f"{output}: {count} views", {"folder": str(output), "views": count})

    run_job(job, progress, debug)
