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
_GSDS, _TRAINED_GSDS = (0.05, 0.1, 0.15, 0.2), (0.1, 0.2)


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
        from railmap.errors import UsageError

        gsds = sorted(set(gsd or (_TRAINED_GSDS if network else _GSDS)))
        if gsds[0] <= 0 or gsds[-1] > 0.6:
            raise UsageError("--gsd: above 0 and up to 0.6 m per pixel")
        if not models and not network:
            raise UsageError("name models, or networks to train with --network")
        if size % 16:
            raise UsageError(f"--size {size}: must be a multiple of 16 pixels")
        with training_extra():
            import torch

            from railmap.lab.tracks.equal import EqualTime, train_equally
            from railmap.lab.tracks.scenes import SCENE_METRES, SCENE_SEED, rendered_scenes
            from railmap.lab.tracks.speed import Candidate, measure_models, write_speed
            from railmap.nets import NETWORKS
        unknown = [name for name in network or () if name not in NETWORKS]
        if unknown:
            raise UsageError(
                f"no network is called {unknown[0]!r}; there are: {', '.join(NETWORKS)}"
            )
        torch.set_num_threads(threads)
        told = (
            f"judged on {data.name}: labelled pictures, all of them"
            if data is not None
            else f"judged on {scenes} rendered scenes of {SCENE_METRES} m (seed {SCENE_SEED}), "
            "averaged down from 5 cm"
        )
        notes = [
            told,
            f"speed: least of 5 turns of all models, {threads} threads, pixels of the network's "
            "input; on a CPU their processor time",
        ]
        candidates = [Candidate(name, metres) for metres in gsds for name in models or ()]
        if network:
            budget = EqualTime(seconds, batch, size, rendered, seed=seed, device=device)
            folder = output.with_name(f"{output.name}.runs")
            candidates += train_equally(network, gsds, budget, folder, reporter)
            notes.append(
                f"networks: from random weights, {seconds:g} s of training steps each (processor "
                f"time on a CPU, {threads} threads) of {batch} crops of {size} px at the GSD that "
                f"they are judged at, {rendered} rendered pictures, recipe {budget.recipe}, "
                f"seed {seed}"
            )
        points = measure_models(
            candidates,
            rendered_scenes(scenes) if data is None else data,
            reporter,
            labels=labels,
            device=device,
            threads=threads,
        )
        write_speed(output, points, notes, command_line())
        reporter.result(f"wrote {output}.md, .csv and .png", {"table": f"{output}.md"})

    run_job(job, progress, debug)
