"""`railmap lab tracks`: the tables and figures of the track paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import command_line
from railmap.cli.common.session import Result, Session
from railmap.cli.learn.options import (
    DATA,
    ImagenetOption,
    LabelGroup,
    SplitGroup,
    TrainRunGroup,
    training_extra,
)
from railmap.progress import Reporter

__all__ = ["lab_tracks_command"]

_SIZE = "Size of the experiment"


@dataclass(frozen=True)
class ImageGroup:
    """Images to train and test on.

    Parameters
    ----------
    data, gsd, rendered, tests
        See `railmap.lab.tracks.job.TrackLabOptions`.
    """

    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of labelled images (any layout of `railmap train tracks`, DeepGlobe's "
            "too), tested on its held-out part; else rendered images.",
            rich_help_panel=DATA,
        ),
    ] = None
    gsd: Annotated[
        float | None,
        typer.Option(
            help="Metres per pixel to train at; else 0.1.", min=0.0001, rich_help_panel=DATA
        ),
    ] = None
    rendered: Annotated[
        int | None,
        typer.Option(
            help="Rendered images to train on; else 600, or none with --data.",
            min=0,
            rich_help_panel=DATA,
        ),
    ] = None
    tests: Annotated[
        int, typer.Option(help="Rendered images to test on.", min=1, rich_help_panel=DATA)
    ] = 96


@dataclass(frozen=True)
class SizeGroup:
    """Size of the experiment.

    Parameters
    ----------
    steps, size, batch, seeds, recipe, kernel, keep_every
        See `railmap.lab.tracks.runs.LabSettings`.
    """

    steps: Annotated[
        int, typer.Option(help="Training steps per network.", min=1, rich_help_panel=_SIZE)
    ] = 300
    size: Annotated[
        int, typer.Option(help="Side of a crop, pixels.", min=32, rich_help_panel=_SIZE)
    ] = 128
    batch: Annotated[int, typer.Option(help="Crops per step.", min=2, rich_help_panel=_SIZE)] = 8
    seeds: Annotated[
        int, typer.Option(help="Runs of each network.", min=1, rich_help_panel=_SIZE)
    ] = 1
    recipe: Annotated[str, typer.Option(help="paper (SGD) or railmap.", rich_help_panel=_SIZE)] = (
        "paper"
    )
    kernel: Annotated[
        int,
        typer.Option(
            help="Side of the morphological kernel, pixels.", min=1, rich_help_panel=_SIZE
        ),
    ] = 5
    keep_every: Annotated[
        int | None,
        typer.Option(
            help="Also keep the weights every so many epochs of 50 steps; 5 in the paper.",
            min=1,
            rich_help_panel=_SIZE,
        ),
    ] = None


def lab_tracks_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    images: ImageGroup,
    labels: LabelGroup,
    held_out: SplitGroup,
    size: SizeGroup,
    run: TrainRunGroup,
    session: Session,
    table: Annotated[
        int | None,
        typer.Option(
            help="1: comparison on rail data, 3: on road data; 2, 4: masks of their networks; "
            "5: ablation on rail data, 6: on road data.",
            min=1,
        ),
    ] = None,
    figure: Annotated[
        int | None,
        typer.Option(help="Losses of four networks on rail data (8) or road data (9).", min=1),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model (name or file) to evaluate on the test images of the table too; may be "
            "repeated."
        ),
    ] = None,
    imagenet: ImagenetOption = False,
) -> None:
    """Reproduce a table or figure of the track paper: train its networks and evaluate them.

    An interrupted table resumes; finished runs are not repeated.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.lab.tracks.paper import paper_table

        if table is not None:
            paper_table(table)  # needs no torch
        with training_extra():
            from railmap.lab.tracks.job import TrackLabOptions, run_track_lab
            from railmap.lab.tracks.runs import LabSettings
            from railmap.training.tracks.options import TrainingOptions
        training = TrainingOptions(
            steps=size.steps,
            batch=size.batch,
            crop=size.size,
            recipe=size.recipe,
            imagenet=imagenet,
            device=run.device,
            workers=run.workers,
        )
        options = TrackLabOptions(
            output,
            table,
            figure,
            source=None if images.data is None else labels.source(images.data),
            split=held_out.split,
            share=held_out.share,
            gsd=images.gsd,
            rendered=images.rendered,
            tests=images.tests,
            settings=LabSettings(training, size.seeds, size.kernel, size.keep_every),
            threads=run.threads,
            models=tuple(model or ()),
        )
        written = run_track_lab(options, command_line(), reporter)
        return Result(
            f"wrote {', '.join(str(path) for path in written.values())}",
            {kind: str(path) for kind, path in written.items()},
        )

    session.run(job)
