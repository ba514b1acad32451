"""`railmap lab tracks-speed`: accuracy against speed, models and networks at several GSDs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.cli.learn.track_options import DATA, LabelsOption, training_extra
from railmap.progress import Reporter

__all__ = ["lab_track_speed_command"]

_EQUAL = "Networks trained for this"


def lab_track_speed_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Path without suffix: .md, .csv, .png; trained ones in .runs."
        ),
    ],
    models: Annotated[
        list[str] | None, typer.Argument(help="Names or ONNX files of track models.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            help="Network to train from nothing at each GSD; repeat for several.",
            rich_help_panel=_EQUAL,
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            help="Time of each one's training steps; processor time on a CPU.",
            min=1.0,
            rich_help_panel=_EQUAL,
        ),
    ] = 120.0,
    size: Annotated[
        int, typer.Option(help="Side of a crop, pixels.", min=32, rich_help_panel=_EQUAL)
    ] = 128,
    batch: Annotated[int, typer.Option(help="Crops a step.", min=2, rich_help_panel=_EQUAL)] = 8,
    rendered: Annotated[
        int, typer.Option(help="Rendered pictures at each GSD.", min=1, rich_help_panel=_EQUAL)
    ] = 400,
    seed: Annotated[int, typer.Option(help="Of weights and crops.", rich_help_panel=_EQUAL)] = 0,
    gsd: Annotated[
        list[float] | None,
        typer.Option(
            help="Metres per pixel; repeat for several [0.05 0.1 0.15 0.2; with --network 0.1 0.2]."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of labelled pictures to judge on; else rendered scenes.",
            rich_help_panel=DATA,
        ),
    ] = None,
    labels: LabelsOption = None,
    scenes: Annotated[
        int, typer.Option(help="Rendered scenes of 51 m to judge on.", min=1, rich_help_panel=DATA)
    ] = 8,
    device: DeviceOption = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 1,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Show what accuracy costs: IoU against megapixels a second and ground an hour.

    Models that are there run at every GSD; networks (--network) are trained for each GSD, all of
    them for the same time. A comparison that was interrupted goes on where it was.
    """

    def job(reporter: Reporter) -> None:
        with training_extra():
            from railmap.lab.tracks.equal import EqualTime
            from railmap.lab.tracks.speed_job import SpeedOptions, compare_speed
            from railmap.training.data import LabelSource
        options = SpeedOptions(
            output=output,
            models=models or (),
            networks=network or (),
            gsds=gsd,
            source=None if data is None else LabelSource(data, labels),
            scenes=scenes,
            budget=EqualTime(seconds, batch, size, rendered, seed=seed, device=device),
            threads=threads,
        )
        path = compare_speed(options, command_line(), reporter)
        reporter.result(f"wrote {output}.md, .csv and .png", {"table": str(path)})

    run_job(job, progress, debug)
