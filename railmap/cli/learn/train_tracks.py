"""`railmap train tracks`: fine-tune the track network on your own labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, ThreadsOption
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.cli.learn.track_options import (
    DATA,
    HOW,
    NET,
    ImagenetOption,
    LabelsOption,
    LayoutOption,
    PictureGsdOption,
    ScenesOption,
    ShareOption,
    SplitOption,
    TrackLabelOption,
    TrackValueOption,
    WorkersOption,
    training_extra,
)
from railmap.progress import Reporter

__all__ = ["train_tracks_command"]


def train_tracks_command(
    data: Annotated[
        Path,
        typer.Option(help="Georeferenced image, or a folder of pictures.", rich_help_panel=DATA),
    ],
    labels: LabelsOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Model package to make; the run lies beside it.")
    ] = Path("my-tracks.onnx"),
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="Model to start from: name or ONNX file; none: from nothing.",
            rich_help_panel=NET,
        ),
    ] = "tracks",
    network: Annotated[
        str, typer.Option(help="With --from none: the network.", rich_help_panel=NET)
    ] = "deeplabv3plus-mobilenetv3-carafe-slim",
    imagenet: ImagenetOption = False,
    gsd: Annotated[
        float | None,
        typer.Option(help="Metres per pixel to train at; else the model's.", rich_help_panel=NET),
    ] = None,
    layout: LayoutOption = None,
    track_label: TrackLabelOption = None,
    track_value: TrackValueOption = None,
    picture_gsd: PictureGsdOption = None,
    scenes: ScenesOption = None,
    split: SplitOption = "scene",
    share: ShareOption = 0.1,
    rendered: Annotated[
        float,
        typer.Option(
            help="Share of rendered samples, so that nothing is forgotten.", rich_help_panel=DATA
        ),
    ] = 0.25,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="railmap or paper; else railmap for lines, paper for masks.", rich_help_panel=HOW
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="When to stop; without any end, 60.", rich_help_panel=HOW)
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="When to stop.", rich_help_panel=HOW)] = None,
    steps: Annotated[int | None, typer.Option(help="When to stop.", rich_help_panel=HOW)] = None,
    rate: Annotated[
        float | None, typer.Option(help="Highest learning rate.", rich_help_panel=HOW)
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Samples a step.", min=2, rich_help_panel=HOW)
    ] = None,
    crop: Annotated[int, typer.Option(help="Side of a sample, pixels.", rich_help_panel=HOW)] = 256,
    patience: Annotated[
        int | None,
        typer.Option(help="Stop after so many epochs without gain.", min=1, rich_help_panel=HOW),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of split, crops and order.", rich_help_panel=HOW)] = 0,
    version: Annotated[
        str, typer.Option("--model-version", help="For the model's metadata.")
    ] = "1",
    licence: Annotated[
        str, typer.Option(help="Licence of your data, for the model's metadata.")
    ] = "not stated",
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    workers: WorkersOption = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Train the track network on your own labels; the package is for `vectorize --model`."""

    def job(reporter: Reporter) -> None:
        with training_extra():
            import torch

            from railmap.training.data import LabelSource
            from railmap.training.tracks.from_labels import LabelTraining, train_on_labels
            from railmap.training.tracks.options import TrainingOptions
        if threads is not None:
            torch.set_num_threads(threads)
        training = TrainingOptions(
            network=network,
            imagenet=imagenet,
            recipe=recipe,
            epochs=epochs,
            steps=steps,
            minutes=minutes,
            rate=rate,
            batch=batch,
            gsd=gsd,
            crop=crop,
            patience=patience,
            seed=seed,
            device=device,
            workers=workers,
            resume=resume,
        )
        source = LabelSource(
            data, labels, layout, track_label or None, track_value, picture_gsd, scenes
        )
        done = train_on_labels(
            LabelTraining(
                source=source,
                output=output,
                start=None if start == "none" else start,
                split=split,
                share=share,
                rendered=rendered,
                training=training,
                version=version,
                licence=licence,
            ),
            reporter,
            overwrite=overwrite,
        )
        reporter.result(done.summary(), {"model": str(done.model), "run": str(done.run)})

    run_job(job, progress, debug)
