"""`railmap train tracks`: fine-tune the track network on your own labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.options import DeviceOption, ThreadsOption
from railmap.cli.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["train_tracks_command"]

_DATA = "On what"
_NET = "From what"
_HOW = "How"


def train_tracks_command(
    data: Annotated[
        Path,
        typer.Option(help="Georeferenced image, or a folder of pictures.", rich_help_panel=_DATA),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Vector file of track centrelines (any CRS), or a folder of masks or of LabelMe "
            "files; not needed where labels lie with the pictures.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Model package to make; the run lies beside it.")
    ] = Path("my-tracks.onnx"),
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="Model to start from: name or ONNX file; none: from nothing.",
            rich_help_panel=_NET,
        ),
    ] = "tracks",
    network: Annotated[
        str, typer.Option(help="With --from none: the network.", rich_help_panel=_NET)
    ] = "deeplabv3plus-mobilenetv3-carafe-slim",
    imagenet: Annotated[
        bool,
        typer.Option(
            "--imagenet", help="With --from none: ImageNet weights.", rich_help_panel=_NET
        ),
    ] = False,
    gsd: Annotated[
        float | None,
        typer.Option(help="Metres per pixel to train at; else the model's.", rich_help_panel=_NET),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="lines, pairs, masks, labelme or deepglobe; else found out.", rich_help_panel=_DATA
        ),
    ] = None,
    track_label: Annotated[
        list[str] | None,
        typer.Option(help="Name of LabelMe shapes that are track.", rich_help_panel=_DATA),
    ] = None,
    track_value: Annotated[
        int | None,
        typer.Option(help="Value of track in masks of several classes.", rich_help_panel=_DATA),
    ] = None,
    picture_gsd: Annotated[
        float | None,
        typer.Option(help="GSD in metres of pictures without georeference.", rich_help_panel=_DATA),
    ] = None,
    scenes: Annotated[
        Path | None,
        typer.Option(
            help="CSV with name and scene: which pictures show one place.", rich_help_panel=_DATA
        ),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help="scene, or image as the paper does (which leaks).", rich_help_panel=_DATA
        ),
    ] = "scene",
    share: Annotated[
        float,
        typer.Option(help="Share left out to judge on; 0 for none.", rich_help_panel=_DATA),
    ] = 0.1,
    rendered: Annotated[
        float,
        typer.Option(
            help="Share of rendered samples, so that nothing is forgotten.", rich_help_panel=_DATA
        ),
    ] = 0.25,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="railmap or paper; else railmap for lines, paper for masks.", rich_help_panel=_HOW
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="When to stop; without any end, 60.", rich_help_panel=_HOW)
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="When to stop.", rich_help_panel=_HOW)] = None,
    steps: Annotated[int | None, typer.Option(help="When to stop.", rich_help_panel=_HOW)] = None,
    rate: Annotated[
        float | None, typer.Option(help="Highest learning rate.", rich_help_panel=_HOW)
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="Samples a step.", min=2, rich_help_panel=_HOW)
    ] = None,
    crop: Annotated[
        int, typer.Option(help="Side of a sample, pixels.", rich_help_panel=_HOW)
    ] = 256,
    patience: Annotated[
        int | None,
        typer.Option(help="Stop after so many epochs without gain.", min=1, rich_help_panel=_HOW),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of split, crops and order.", rich_help_panel=_HOW)] = 0,
    version: Annotated[
        str, typer.Option("--model-version", help="For the model's metadata.")
    ] = "1",
    licence: Annotated[
        str, typer.Option(help="Licence of your data, for the model's metadata.")
    ] = "not told",
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    workers: Annotated[
        int, typer.Option(help="Processes that make samples.", min=0, rich_help_panel=_HOW)
    ] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Train the track network on your own labels; the package is for `vectorize --model`."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import MissingExtraError

        try:
            import torch

            from railmap.lab.track_tuning import Tuning, tune_tracks
        except MissingExtraError:
            raise
        except ImportError as error:
            raise MissingExtraError(
                f"training needs the train extra ({error}): pip install 'railmap[train]'"
            ) from error
        if threads is not None:
            torch.set_num_threads(threads)
        done = tune_tracks(
            Tuning(
                data=data,
                output=output,
                labels=labels,
                layout=layout,
                scenes=scenes,
                track_labels=track_label or None,
                track_value=track_value,
                own_gsd=picture_gsd,
                start=None if start == "none" else start,
                network=network,
                gsd=gsd,
                imagenet=imagenet,
                recipe=recipe,
                split=split,
                share=share,
                rendered=rendered,
                epochs=epochs,
                steps=steps,
                minutes=minutes,
                rate=rate,
                batch=batch,
                crop=crop,
                patience=patience,
                seed=seed,
                device=device,
                workers=workers,
                resume=resume,
                version=version,
                licence=licence,
            ),
            reporter,
            overwrite=overwrite,
        )
        reporter.result(done.summary(), {"model": str(done.model), "run": str(done.run)})

    run_job(job, progress, debug)
