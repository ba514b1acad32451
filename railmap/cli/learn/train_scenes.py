"""`railmap train scenes`: a scene classifier from folders of photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.cli.learn.options import training_extra
from railmap.errors import UsageError
from railmap.progress import Reporter

__all__ = ["train_scenes_command"]


@dataclass(frozen=True)
class SceneFitGroup:
    """How a scene classifier is trained.

    Parameters
    ----------
    epochs, batch, rate, seed
        See `railmap.scenes.training.fitting.SceneRecipe`.
    """

    epochs: Annotated[int | None, typer.Option(help="Else 80 (small: 30).", min=1)] = None
    batch: Annotated[int, typer.Option(help="Photos per step.", min=2)] = 32
    rate: Annotated[
        float | None,
        typer.Option(help="Learning rate, else 1e-4 (small: 3e-3).", min=1e-9, max=1.0),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of weights, split and order.", min=0)] = 0


def train_scenes_command(
    data: Annotated[
        Path, typer.Option("--data", help="Folder with one folder of photos for each scene.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model to write, without suffix.")],
    fit: SceneFitGroup,
    session: Session,
    network: Annotated[
        str,
        typer.Option(
            help="resnet50-improved (the paper's), resnet50, resnet101, resnet50-v2, "
            "resnet101-v2, inception-resnet-v2; efficientnet-lite0 to 2, with -tuned "
            "all layers train (--imagenet needs no connection); or small, which needs no ImageNet "
            "weights."
        ),
    ] = "resnet50-improved",
    weights: Annotated[
        Path | None,
        typer.Option(help="ImageNet weights of the network (safetensors of torchvision or timm)."),
    ] = None,
    imagenet: Annotated[
        bool, typer.Option("--imagenet", help="Let torchvision or timm download ImageNet weights.")
    ] = False,
    split: Annotated[
        Path | None, typer.Option(help="CSV of `railmap scenes audit --rebalance`; else 7:2:1.")
    ] = None,
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
) -> None:
    """Train a scene classifier; writes NAME.onnx and the folder NAME-run."""

    def job(reporter: Reporter) -> Result:
        from railmap.files.output import check_output

        if fit.rate is not None and not 0 < fit.rate < 1:
            raise UsageError(f"--rate {fit.rate}: must be between 0 and 1, such as 1e-4")
        if output.suffix in (".onnx", ".safetensors"):
            raise UsageError(f"-o {output}: name the model without {output.suffix}")
        check_output(output.with_name(f"{output.name}.onnx"), overwrite=overwrite)
        with training_extra():
            import railmap.training.fit.trainer  # noqa: F401  (reports the missing extra)
            from railmap.scenes.training.fitting import SceneRecipe
            from railmap.scenes.training.train import train_scenes
        recipe = SceneRecipe(network, fit.epochs, fit.batch, fit.rate, fit.seed, weights, imagenet)
        fitted = train_scenes(data, output, recipe, split=split, device=device, reporter=reporter)
        for part, scores in fitted.scores.items():
            third = "" if scores.top3 is None else f", top-3 {100 * scores.top3:.1f} %"
            reporter.message(
                f"{part}: {scores.photos} photos, top-1 {100 * scores.top1:.1f} %{third}"
            )
        return Result(f"wrote {output}.onnx", {"model": f"{output}.onnx", "run": f"{output}-run"})

    session.run(job)
