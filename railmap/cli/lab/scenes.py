"""`railmap lab scenes`: the scene paper's tables, and its bias work-flow on rendered photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["lab_scenes_command"]


def lab_scenes_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    table: Annotated[
        int | None, typer.Option(help="2: top-1 and top-3; 3: top-3 of each class.")
    ] = None,
    bias: Annotated[
        bool,
        typer.Option("--bias", help="Plant a bias in rendered photos, audit, rebalance, compare."),
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Railway12, or any folder of class folders.")
    ] = None,
    networks: Annotated[
        list[str] | None,
        typer.Option("--network", help="Network to measure, may be repeated; else the paper's."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of ImageNet weights, NETWORK.safetensors.")
    ] = None,
    imagenet: Annotated[
        bool, typer.Option("--imagenet", help="Let torchvision and timm download the weights.")
    ] = False,
    epochs: Annotated[int | None, typer.Option(help="Else 80; 10 for --bias.", min=1)] = None,
    photos: Annotated[int, typer.Option(help="Photos of each class for --bias.", min=20)] = 160,
    seeds: Annotated[int, typer.Option(help="Seeds for --bias.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
    device: DeviceOption = "auto",
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Make the scene paper's tables 2 and 3, or show its bias work-flow."""

    def job(reporter: Reporter) -> None:
        from railmap.lab.scenes.job import SceneLabOptions, run_scene_lab

        options = SceneLabOptions(
            output=output,
            table=table,
            bias=bias,
            data=data,
            networks=networks or (),
            weights=weights,
            imagenet=imagenet,
            epochs=epochs,
            photos=photos,
            seeds=seeds,
            seed=seed,
            device=device,
        )
        path = run_scene_lab(options, command_line(), reporter)
        reporter.result(f"wrote {path}", {"table": str(path)})

    run_job(job, progress, debug)
