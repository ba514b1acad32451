"""`railmap lab scenes`: the tables of the scene paper, and its bias work-flow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["lab_scenes_command"]


@dataclass(frozen=True)
class BiasGroup:
    """The bias work-flow, and rendered photos.

    Parameters
    ----------
    bias, photos, seeds
        See `railmap.lab.scenes.job.SceneLabOptions`.
    """

    bias: Annotated[
        bool,
        typer.Option("--bias", help="Plant a bias in rendered photos, audit, rebalance, compare."),
    ] = False
    photos: Annotated[
        int, typer.Option(help="Photos of each class for --bias and --rendered.", min=20)
    ] = 160
    seeds: Annotated[
        int | None, typer.Option(help="Number of seeds; else 3, or 1 with --data.", min=1)
    ] = None


@dataclass(frozen=True)
class WeightsGroup:
    """ImageNet weights.

    Parameters
    ----------
    weights, imagenet
        See `railmap.lab.scenes.job.SceneLabOptions`.
    """

    weights: Annotated[
        Path | None, typer.Option(help="Folder of ImageNet weights, NETWORK.safetensors.")
    ] = None
    imagenet: Annotated[
        bool, typer.Option("--imagenet", help="Let torchvision and timm download the weights.")
    ] = False


def lab_scenes_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    bias: BiasGroup,
    start: WeightsGroup,
    session: Session,
    table: Annotated[
        int | None, typer.Option(help="2: top-1 and top-3; 3: top-3 of each class.", min=1)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Railway12, or any folder of class folders.")
    ] = None,
    rendered: Annotated[
        bool,
        typer.Option("--rendered", help="Render photos of all 12 scenes in place of --data."),
    ] = False,
    networks: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            help="Network to measure, may be repeated; else the paper's, or with --rendered those "
            "whose ImageNet weights are installed.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Else those of the network; 10 for --bias.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="First seed.", min=0)] = 0,
    device: DeviceOption = "auto",
) -> None:
    """Reproduce the scene paper's tables 2 and 3, or show its bias work-flow."""

    def job(reporter: Reporter) -> Result:
        from railmap.lab.scenes.job import SceneLabOptions, run_scene_lab

        options = SceneLabOptions(
            output=output,
            table=table,
            bias=bias.bias,
            data=data,
            rendered=rendered,
            networks=networks or (),
            weights=start.weights,
            imagenet=start.imagenet,
            epochs=epochs,
            photos=bias.photos,
            seeds=bias.seeds,
            seed=seed,
            device=device,
        )
        path = run_scene_lab(options, command_line(), reporter)
        return Result(f"wrote {path}", {"table": str(path)})

    session.run(job)
