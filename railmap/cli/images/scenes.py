"""`railmap scenes`: photos to scenes, and onto the map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.app import add_command, make_app
from railmap.cli.common.options import CpuGroup
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.cli.images.options import PositionGroup, ViewGroup
from railmap.cli.images.scenes_audit import scenes_audit_command
from railmap.cli.images.scenes_teach import scenes_teach_command
from railmap.progress import Reporter

__all__ = ["scenes_app"]

scenes_app = make_app("Railway scenes in photos.")

TracksArgument = Annotated[Path, typer.Argument(help="Map of the tracks.", metavar="MAP")]
OrthoArgument = Annotated[Path, typer.Argument(help="Orthophoto that shows them.", metavar="IMAGE")]
SceneModelOption = Annotated[
    Path | None, typer.Option("--model", help="Model of scenes teach or train scenes.")
]


def scenes_classify_command(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of them, or patterns.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoPackage to write.")],
    where: PositionGroup,
    run: CpuGroup,
    session: Session,
    to: Annotated[Path | None, typer.Option("--to", help="Map to attach the scenes to.")] = None,
    model: SceneModelOption = None,
    min_probability: Annotated[
        float,
        typer.Option(
            "--min-probability", min=0, max=1, help="Minimum probability of a scene on the map."
        ),
    ] = 0.5,
    join: Annotated[
        float,
        typer.Option(
            "--join", min=0, help="Photos of a scene at most this far apart form a stretch, metres."
        ),
    ] = 100.0,
    max_distance: Annotated[
        float, typer.Option("--max-distance", min=0, help="Maximum distance from a track, metres.")
    ] = 50.0,
    report: Annotated[
        Path | None, typer.Option("--report", help="HTML page of photos and explanations to write.")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Classify photos into railway scenes, and place them on the map.

    Positions are the GPS positions in the photos, unless a table or a track log is given.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.scenes.job.options import PlacementOptions
        from railmap.scenes.job.with_model import classify_photos

        found = classify_photos(
            photos,
            output,
            tracks=to,
            model=model,
            positions=where.options(),
            placement=PlacementOptions(min_probability, join, max_distance),
            report=report,
            device=run.device,
            threads=run.threads,
            overwrite=overwrite,
            reporter=reporter,
        )
        outputs = {
            "photos": str(output),
            "classified": found.photos - found.bad,
            "bad": found.bad,
            "placed": found.placed,
            "stretches": found.stretches,
            "report": report,
            "tracks": to,
        }
        given = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in outputs.items()
            if value is not None
        }
        return Result(f"{output}: {found.summary()}", given)

    session.run(job)


def scenes_along_command(
    tracks: TracksArgument,
    ortho: OrthoArgument,
    views: ViewGroup,
    run: CpuGroup,
    session: Session,
    model: SceneModelOption = None,
    min_probability: Annotated[
        float, typer.Option("--min-probability", min=0, max=1, help="Minimum probability.")
    ] = 0.5,
) -> None:
    """Classify each stretch of the tracks in an orthophoto, seen from above.

    The model must be made from such views (railmap scenes windows).
    """

    def job(reporter: Reporter) -> Result:
        from railmap.scenes.classify.classifier import SceneClassifier
        from railmap.scenes.job.along import TrackViews, scenes_along

        count = scenes_along(
            TrackViews(tracks, ortho, views.step, views.side),
            SceneClassifier(model, device=run.device, threads=run.threads),
            min_probability=min_probability,
            reporter=reporter,
        )
        return Result(
            f"{tracks}: {count} stretches with a scene", {"tracks": str(tracks), "stretches": count}
        )

    session.run(job)


def scenes_windows_command(
    tracks: TracksArgument,
    ortho: OrthoArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to create.")],
    views: ViewGroup,
    session: Session,
) -> None:
    """Cut the views that `along` classifies, to sort into class folders and teach."""

    def job(reporter: Reporter) -> Result:
        from railmap.files.folder import atomic_folder
        from railmap.scenes.job.along import TrackViews, write_views

        with atomic_folder(output) as folder:
            count = write_views(TrackViews(tracks, ortho, views.step, views.side), folder, reporter)
        return Result(f"{output}: {count} views", {"folder": str(output), "views": count})

    session.run(job)


add_command(
    scenes_app,
    "teach",
    scenes_teach_command,
    "railmap scenes teach my-photos/ -o my-scenes.onnx",
)
add_command(
    scenes_app,
    "classify",
    scenes_classify_command,
    "railmap scenes classify photos/ -o photos.gpkg --model my-scenes.onnx --to tracks.gpkg",
)
add_command(
    scenes_app,
    "along",
    scenes_along_command,
    "railmap scenes along tracks.gpkg ortho.tif --model above.onnx",
)
add_command(
    scenes_app,
    "windows",
    scenes_windows_command,
    "railmap scenes windows tracks.gpkg ortho.tif -o views/",
)
add_command(
    scenes_app,
    "audit",
    scenes_audit_command,
    "railmap scenes audit photos/ -o audit.html --rebalance split.csv",
)
