"""`railmap lab tracks-speed`: accuracy against speed, models and GSDs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.options import DeviceOption, command_line
from railmap.cli.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["lab_track_speed_command"]


def lab_track_speed_command(
    models: Annotated[list[str], typer.Argument(help="Names or ONNX files of track models.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Path without suffix: .md, .csv, .png.")
    ],
    gsd: Annotated[
        list[float] | None,
        typer.Option(help="Metres per pixel to run at; repeat for several [0.05 0.1 0.15 0.2]."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of labelled pictures; else rendered scenes.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Its labels, if elsewhere.")] = None,
    scenes: Annotated[int, typer.Option(help="Rendered scenes of 51 m.", min=1)] = 8,
    device: DeviceOption = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 1,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Show what accuracy costs: IoU and ground an hour for each model at each GSD."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import MissingExtraError, UsageError

        try:
            from railmap.lab.track_speed import measure_models, rendered_scenes, write_speed
        except MissingExtraError:
            raise
        except ImportError as error:
            raise MissingExtraError(
                f"the laboratory needs the train extra ({error}): pip install 'railmap[train]'"
            ) from error
        steps = sorted(gsd or (0.05, 0.1, 0.15, 0.2))
        if steps[0] <= 0 or steps[-1] > 0.6:
            raise UsageError("--gsd: above 0 and up to 0.6 m per pixel")
        told = (
            f"{data.name}: labelled pictures, all of them"
            if data is not None
            else f"{scenes} rendered scenes of 51 m (seed 4000), averaged down from 5 cm"
        )
        points = measure_models(
            models,
            steps,
            rendered_scenes(scenes) if data is None else data,
            reporter,
            labels=labels,
            device=device,
            threads=threads,
        )
        notes = [
            told,
            f"speed: least of 3 turns, {threads} threads, pixels of the network's input; on a CPU "
            "their processor time",
        ]
        write_speed(output, points, notes, command_line())
        reporter.result(f"wrote {output}.md, .csv and .png", {"table": f"{output}.md"})

    run_job(job, progress, debug)
