"""Option groups of the commands that train networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from railmap.cli.common.options import DeviceOption, ThreadsOption

if TYPE_CHECKING:
    from railmap.training.data import LabelSource

__all__ = [
    "DATA",
    "HOW",
    "NETWORK",
    "FitGroup",
    "ImagenetOption",
    "LabelGroup",
    "LabelsOption",
    "PackageGroup",
    "SplitGroup",
    "StartGroup",
    "TrainRunGroup",
    "training_extra",
]

DATA, NETWORK, HOW = "Data", "Network", "Training"

LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="Vector file of track centrelines (any CRS), or a folder of masks or of LabelMe "
        "files; not needed where the labels are next to the images.",
        rich_help_panel=DATA,
    ),
]
ImagenetOption = Annotated[
    bool,
    typer.Option(
        "--imagenet",
        help="Start backbones from ImageNet weights (train tracks: with --from none).",
        rich_help_panel=HOW,
    ),
]


@dataclass(frozen=True)
class LabelGroup:
    """Labels of images.

    Parameters
    ----------
    labels, layout, track_label, track_value, picture_gsd, scenes
        See `railmap.training.data.LabelSource`.
    """

    labels: LabelsOption = None
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            help="lines, pairs, masks, labelme or deepglobe; else detected.",
            rich_help_panel=DATA,
        ),
    ] = None
    track_label: Annotated[
        list[str] | None,
        typer.Option(
            "--track-label", help="Name of LabelMe shapes that are track.", rich_help_panel=DATA
        ),
    ] = None
    track_value: Annotated[
        int | None,
        typer.Option(
            "--track-value",
            help="Value of track in masks of several classes.",
            min=0,
            max=255,
            rich_help_panel=DATA,
        ),
    ] = None
    picture_gsd: Annotated[
        float | None,
        typer.Option(
            "--picture-gsd",
            help="GSD in metres of images without georeference.",
            min=0.0001,
            rich_help_panel=DATA,
        ),
    ] = None
    scenes: Annotated[
        Path | None,
        typer.Option(
            "--scenes",
            help="CSV with name and scene: which images show one site.",
            rich_help_panel=DATA,
        ),
    ] = None

    def source(self, data: Path) -> LabelSource:
        """Return the images with their labels."""
        from railmap.training.data import LabelSource

        return LabelSource(
            data,
            self.labels,
            self.layout,
            self.track_label or None,
            self.track_value,
            self.picture_gsd,
            self.scenes,
        )


@dataclass(frozen=True)
class SplitGroup:
    """Data that is held out.

    Parameters
    ----------
    split
        ``scene`` or ``image``.
    share
        0 to 1.
    """

    split: Annotated[
        str,
        typer.Option(
            "--split",
            help="scene, or image as in the paper (which leaks).",
            rich_help_panel=DATA,
        ),
    ] = "scene"
    share: Annotated[
        float,
        typer.Option(
            "--share",
            help="Share of the data held out for evaluation; 0 for none (train tracks).",
            min=0.0,
            max=0.99,
            rich_help_panel=DATA,
        ),
    ] = 0.1


@dataclass(frozen=True)
class StartGroup:
    """Network and weights to start from.

    Parameters
    ----------
    start
        Name or ONNX file of a model, or ``none``.
    network, imagenet, gsd
        See `railmap.training.tracks.options.TrainingOptions`.
    """

    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="Model to start from: name or ONNX file; none: random weights.",
            rich_help_panel=NETWORK,
        ),
    ] = "tracks"
    network: Annotated[
        str, typer.Option(help="With --from none: the network.", rich_help_panel=NETWORK)
    ] = "deeplabv3plus-mobilenetv3-carafe-slim"
    imagenet: ImagenetOption = False
    gsd: Annotated[
        float | None,
        typer.Option(
            help="Metres per pixel to train at; else the model's.",
            min=0.0001,
            rich_help_panel=NETWORK,
        ),
    ] = None


@dataclass(frozen=True)
class FitGroup:
    """How a network is trained.

    Parameters
    ----------
    recipe, minutes, epochs, steps, rate, batch, crop, patience, seed, resume
        See `railmap.training.tracks.options.TrainingOptions`.
    """

    recipe: Annotated[
        str | None,
        typer.Option(
            help="railmap or paper; else railmap for lines, paper for masks.", rich_help_panel=HOW
        ),
    ] = None
    minutes: Annotated[
        float | None,
        typer.Option(
            help="Stop after so many minutes; 60 if no end is given.",
            min=0.001,
            rich_help_panel=HOW,
        ),
    ] = None
    epochs: Annotated[
        int | None, typer.Option(help="Stop after so many epochs.", min=1, rich_help_panel=HOW)
    ] = None
    steps: Annotated[
        int | None, typer.Option(help="Stop after so many steps.", min=1, rich_help_panel=HOW)
    ] = None
    rate: Annotated[
        float | None,
        typer.Option(help="Highest learning rate.", min=1e-9, max=1.0, rich_help_panel=HOW),
    ] = None
    batch: Annotated[
        int | None, typer.Option(help="Samples per step.", min=2, rich_help_panel=HOW)
    ] = None
    crop: Annotated[
        int, typer.Option(help="Side of a sample, pixels.", min=32, rich_help_panel=HOW)
    ] = 256
    patience: Annotated[
        int | None,
        typer.Option(
            help="Stop after so many epochs without improvement.", min=1, rich_help_panel=HOW
        ),
    ] = None
    seed: Annotated[
        int, typer.Option(help="Seed of split, crops and order.", min=0, rich_help_panel=HOW)
    ] = 0
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted run.", rich_help_panel=HOW)
    ] = False


@dataclass(frozen=True)
class PackageGroup:
    """Metadata of the model that is written.

    Parameters
    ----------
    version
        Version of the model.
    licence
        Licence of the data.
    """

    version: Annotated[str, typer.Option("--model-version", help="For the model's metadata.")] = "1"
    licence: Annotated[
        str, typer.Option(help="Licence of your data, for the model's metadata.")
    ] = "not stated"


@dataclass(frozen=True)
class TrainRunGroup:
    """Device, threads and processes of a training.

    Parameters
    ----------
    device, threads
        See `railmap.ComputeOptions`.
    workers
        Processes that create samples.
    """

    device: DeviceOption = "auto"
    threads: ThreadsOption = None
    workers: Annotated[
        int,
        typer.Option(
            "--workers", help="Processes that create samples.", min=0, rich_help_panel=HOW
        ),
    ] = 0


@contextmanager
def training_extra() -> Iterator[None]:
    """Report in one line what to install where an import of training code fails.

    Raises
    ------
    MissingExtraError
        In place of an `ImportError`.
    """
    from railmap.errors import MissingExtraError, missing_extra

    try:
        yield
    except MissingExtraError:
        raise
    except ImportError as error:
        raise missing_extra("this command", "train", error) from error
