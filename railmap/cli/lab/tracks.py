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
        from railmap.errors import UsageError
        from railmap.lab.tracks.paper import paper_table

        wanted = paper_table(table)
        if kernel < 1 or kernel % 2 == 0:
            raise UsageError(f"--kernel {kernel}: an odd number of pixels")
        if size % 16:
            raise UsageError(f"--size {size}: must be a multiple of 16 pixels")
        with training_extra():
            import torch

            from railmap.lab.tracks.data import lab_data
            from railmap.lab.tracks.runs import LabSettings
            from railmap.lab.tracks.tables import make_table
            from railmap.training.tracks.recipes import find_recipe
        if threads is not None:
            torch.set_num_threads(threads)
        target = find_recipe(recipe).target_profile
        found = lab_data(
            wanted.domain,
            size=size,
            rendered=(0 if data is not None else 600) if rendered is None else rendered,
            tests=tests,
            target=target,
            data=data,
            labels=labels,
            split=split,
            share=share,
            scenes=scenes,
            gsd=gsd,
            layout=layout,
            track_labels=track_label or None,
            track_value=track_value,
            own_gsd=picture_gsd,
        )
        settings = LabSettings(
            steps=steps,
            batch=batch,
            size=size,
            seeds=seeds,
            recipe=recipe,
            kernel=kernel,
            imagenet=imagenet,
            device=device,
            workers=workers,
        )
        make_table(wanted, found, settings, output, reporter, command_line())
        stem = output / f"table{table}"
        reporter.result(
            f"wrote {stem}.md, .csv and .png",
            {"table": f"{stem}.md", "csv": f"{stem}.csv", "figure": f"{stem}.png"},
        )

    run_job(job, progress, debug)
