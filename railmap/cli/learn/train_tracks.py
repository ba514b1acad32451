"""`railmap train tracks`: fine-tune the track network on your own labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.cli.learn.options import (
    DATA,
    FitGroup,
    LabelGroup,
    PackageGroup,
    SplitGroup,
    StartGroup,
    TrainRunGroup,
    training_extra,
)
from railmap.progress import Reporter

__all__ = ["train_tracks_command"]


def train_tracks_command(
    data: Annotated[
        Path,
        typer.Option(help="Georeferenced image, or a folder of images.", rich_help_panel=DATA),
    ],
    labels: LabelGroup,
    held_out: SplitGroup,
    start: StartGroup,
    fit: FitGroup,
    package: PackageGroup,
    run: TrainRunGroup,
    session: Session,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Model package to write; the folder of the run is next to it."
        ),
    ] = Path("my-tracks.onnx"),
    rendered: Annotated[
        float,
        typer.Option(
            help="Share of rendered samples, so that the network keeps what it has learned.",
            min=0.0,
            max=0.99,
            rich_help_panel=DATA,
        ),
    ] = 0.25,
    overwrite: OverwriteOption = False,
) -> None:
    """Train the track network on your own labels; the package is for `vectorize --model`."""

    def job(reporter: Reporter) -> Result:
        with training_extra():
            import torch

            from railmap.training.tracks.from_labels import LabelTraining, train_on_labels
            from railmap.training.tracks.options import TrainingOptions
        if run.threads is not None:
            torch.set_num_threads(run.threads)
        training = TrainingOptions(
            network=start.network,
            imagenet=start.imagenet,
            recipe=fit.recipe,
            epochs=fit.epochs,
            steps=fit.steps,
            minutes=fit.minutes,
            rate=fit.rate,
            batch=fit.batch,
            gsd=start.gsd,
            crop=fit.crop,
            patience=fit.patience,
            seed=fit.seed,
            device=run.device,
            workers=run.workers,
            resume=fit.resume,
        )
        done = train_on_labels(
            LabelTraining(
                source=labels.source(data),
                output=output,
                start=None if start.start == "none" else start.start,
                split=held_out.split,
                share=held_out.share,
                rendered=rendered,
                training=training,
                version=package.version,
                licence=package.licence,
            ),
            reporter,
            overwrite=overwrite,
        )
        return Result(done.summary(), {"model": str(done.model), "run": str(done.run)})

    session.run(job)
