"""`railmap lab tracks`: the track paper's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, ThreadsOption, command_line
from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.cli.learn.track_options import (
    DATA,
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

__all__ = ["lab_tracks_command"]

_SIZE = "How large"


def lab_tracks_command(
    table: Annotated[
        int,
        typer.Option(
            help="1: comparison on rail data, 3: on road data, 5: ablation on rail data, "
            "6: on road data."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of labelled pictures (any layout of `railmap train tracks`, DeepGlobe's "
            "too); tested on its left-out part. Without it: rendered pictures.",
            rich_help_panel=DATA,
        ),
    ] = None,
    labels: LabelsOption = None,
    layout: LayoutOption = None,
    track_label: TrackLabelOption = None,
    track_value: TrackValueOption = None,
    picture_gsd: PictureGsdOption = None,
    scenes: ScenesOption = None,
    split: SplitOption = "scene",
    share: ShareOption = 0.1,
    gsd: Annotated[
        float | None,
        typer.Option(help="Metres per pixel to train at; else 0.1.", rich_help_panel=DATA),
    ] = None,
    rendered: Annotated[
        int | None,
        typer.Option(
            help="Rendered pictures to train on; else 600, or none with --data.",
            min=0,
            rich_help_panel=DATA,
        ),
    ] = None,
    tests: Annotated[
        int,
        typer.Option(help="Rendered pictures to test on.", min=1, rich_help_panel=DATA),
    ] = 96,
    steps: Annotated[
        int, typer.Option(help="Training steps a network.", min=1, rich_help_panel=_SIZE)
    ] = 300,
    size: Annotated[
        int, typer.Option(help="Side of a crop, pixels.", min=32, rich_help_panel=_SIZE)
    ] = 128,
    batch: Annotated[int, typer.Option(help="Crops a step.", min=2, rich_help_panel=_SIZE)] = 8,
    seeds: Annotated[
        int, typer.Option(help="Times each network is trained.", min=1, rich_help_panel=_SIZE)
    ] = 1,
    recipe: Annotated[
        str, typer.Option(help="paper (SGD) or railmap.", rich_help_panel=_SIZE)
    ] = "paper",
    kernel: Annotated[
        int, typer.Option(help="Side of the morphology's square, pixels.", rich_help_panel=_SIZE)
    ] = 5,
    imagenet: ImagenetOption = False,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    workers: WorkersOption = 0,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Make a table of the track paper anew: train its networks, judge them, write both numbers.

    A table that was interrupted goes on where it was; finished runs aren't repeated.
    """

    def job(reporter: Reporter) -> None:
        from railmap.lab.tracks.paper import paper_table

        paper_table(table)  # needs no torch
        with training_extra():
            from railmap.lab.tracks.job import TrackLabOptions, run_track_lab
            from railmap.lab.tracks.runs import LabSettings
            from railmap.training.data import LabelSource
            from railmap.training.tracks.options import TrainingOptions
        source = None
        if data is not None:
            source = LabelSource(
                data, labels, layout, track_label or None, track_value, picture_gsd, scenes
            )
        training = TrainingOptions(
            steps=steps,
            batch=batch,
            crop=size,
            recipe=recipe,
            imagenet=imagenet,
            device=device,
            workers=workers,
        )
        options = TrackLabOptions(
            table=table,
            output=output,
            source=source,
            split=split,
            share=share,
            gsd=gsd,
            rendered=rendered,
            tests=tests,
            settings=LabSettings(training, seeds, kernel),
            threads=threads,
        )
        stem = run_track_lab(options, command_line(), reporter)
        reporter.result(
            f"wrote {stem}.md, .csv and .png",
            {"table": f"{stem}.md", "csv": f"{stem}.csv", "figure": f"{stem}.png"},
        )

    run_job(job, progress, debug)
