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
        from railmap.errors import InputError, OutputError, UsageError

        if bias == (table is not None):
            raise UsageError("give --table 2, --table 3 or --bias")
        if table not in (None, 2, 3):
            raise UsageError(f"--table {table}: the scene paper's results are in tables 2 and 3")
        if bias and (data or networks or weights or imagenet):
            raise UsageError(
                "--bias renders its photos and trains the small network; leave out --data, "
                "--network, --weights and --imagenet"
            )
        if data is not None and not data.is_dir():
            raise InputError(f"{data}: no such folder; give one with a folder for each class")
        if weights is not None and not weights.is_dir():
            raise InputError(f"{weights}: no such folder of weights")
        import railmap.training.fit.trainer  # noqa: F401  (says which extra is missing)
        from railmap.scenes.training.fitting import SceneRecipe

        for network in networks or ():
            SceneRecipe(network)  # refuses a name that there isn't, before anything is made
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{output}: can't be made ({error.strerror})") from error

        if bias:
            from railmap.lab.scenes.bias import bias_table

            bias_table(
                output,
                range(seed, seed + seeds),
                reporter,
                photos=photos,
                epochs=epochs or 10,
                device=device,
                command=command_line(),
            )
            reporter.result(f"wrote {output / 'bias.md'}", {"table": str(output / "bias.md")})
            return
        from railmap.lab.scenes.tables import scene_table

        scene_table(
            table or 2,
            output,
            data=data,
            networks=networks or (),
            weights=weights,
            imagenet=imagenet,
            epochs=epochs,
            seed=seed,
            device=device,
            command=command_line(),
            reporter=reporter,
        )
        path = output / f"table-{table}.md"
        reporter.result(f"wrote {path}", {"table": str(path)})

    run_job(job, progress, debug)
