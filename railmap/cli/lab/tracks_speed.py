"""`railmap lab tracks-speed`: accuracy against speed, models and networks at several GSDs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import Result, Session
from railmap.cli.learn.options import DATA, LabelsOption, training_extra
from railmap.progress import Reporter

__all__ = ["lab_track_speed_command"]

_EQUAL = "Networks trained for the same time"


@dataclass(frozen=True)
class EqualTimeGroup:
    """Networks that are trained for the same time.

    Parameters
    ----------
    network, seconds, size, batch, rendered, seed
        See `railmap.lab.tracks.equal.EqualTime`.
    """

    network: Annotated[
        list[str] | None,
        typer.Option(
            help="Network to train from random weights at each GSD; may be repeated.",
            rich_help_panel=_EQUAL,
        ),
    ] = None
    seconds: Annotated[
        float,
        typer.Option(
            help="Time of the training steps of each; processor time on a CPU.",
            min=1.0,
            rich_help_panel=_EQUAL,
        ),
    ] = 120.0
    size: Annotated[
        int, typer.Option(help="Side of a crop, pixels.", min=32, rich_help_panel=_EQUAL)
    ] = 128
    batch: Annotated[int, typer.Option(help="Crops per step.", min=2, rich_help_panel=_EQUAL)] = 8
    rendered: Annotated[
        int, typer.Option(help="Rendered images at each GSD.", min=1, rich_help_panel=_EQUAL)
    ] = 400
    seed: Annotated[
        int, typer.Option(help="Seed of weights and crops.", min=0, rich_help_panel=_EQUAL)
    ] = 0


def lab_track_speed_command(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Path without suffix: .md, .csv, .png; runs in .runs."),
    ],
    equal: EqualTimeGroup,
    session: Session,
    models: Annotated[
        list[str] | None, typer.Argument(help="Names or ONNX files of track models.")
    ] = None,
    gsd: Annotated[
        list[float] | None,
        typer.Option(
            help="Metres per pixel; may be repeated [0.05 0.1 0.15 0.2; with --network 0.1 0.2]."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of labelled images to evaluate on; else rendered images.",
            rich_help_panel=DATA,
        ),
    ] = None,
    labels: LabelsOption = None,
    scenes: Annotated[
        int,
        typer.Option(help="Rendered images of 51 m to evaluate on.", min=1, rich_help_panel=DATA),
    ] = 8,
    device: DeviceOption = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 1,
) -> None:
    """Show what accuracy costs: IoU against megapixels per second and ground per hour.

    Given models are evaluated at every GSD; networks (--network) are trained for each GSD, all of
    them for the same time. An interrupted comparison resumes.
    """

    def job(reporter: Reporter) -> Result:
        with training_extra():
            from railmap.lab.tracks.equal import EqualTime
            from railmap.lab.tracks.speed_job import SpeedOptions, compare_speed
            from railmap.training.data import LabelSource
        options = SpeedOptions(
            output=output,
            models=models or (),
            networks=equal.network or (),
            gsds=gsd,
            source=None if data is None else LabelSource(data, labels),
            scenes=scenes,
            budget=EqualTime(
                equal.seconds,
                equal.batch,
                equal.size,
                equal.rendered,
                seed=equal.seed,
                device=device,
            ),
            threads=threads,
        )
        path = compare_speed(options, command_line(), reporter)
        return Result(f"wrote {output}.md, .csv and .png", {"table": str(path)})

    session.run(job)
