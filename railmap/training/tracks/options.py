"""Options of a training run of a track network, and of the model package written from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["DEFAULT_GSD_M", "PackageOptions", "TrainingOptions"]

DEFAULT_GSD_M = 0.10


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a track network is trained.

    Parameters
    ----------
    network
        Name in `railmap.nets.NETWORKS`.
    weights
        Safetensors file to start from: of the network, or of its backbone.
    imagenet
        Start the backbone from ImageNet weights.
    recipe
        "railmap" (ours) or "paper" (the track paper's), see `RECIPES`. None: "railmap", or what
        suits the labels (`train_on_labels`).
    epochs, steps, minutes
        When to stop, whichever comes first; the learning rate ends there. None of them: 100
        epochs, as the paper.
    rate, batch
        Highest learning rate, and samples of a step (of each GPU); None: the recipe's.
    encoder_share
        The encoder's share of the rate: below 1 it keeps more of the weights that it starts from.
    gsd
        Metres per pixel of the samples. None: 0.10, or that of the model to start from
        (`train_on_labels`).
    crop
        Side of the training samples, pixels; a multiple of 16.
    save_every
        Epochs between checkpoints.
    patience
        Stop after this many validations without a better IoU, and keep the best weights.
    seed
        Seed of the first weights, the order of the samples and the network's own randomness.
    device, precision
        As for `make_trainer`.
    workers
        Processes that create samples.
    resume
        Continue from the run's last checkpoint.
    """

    network: str = "deeplabv3plus-mobilenetv3-carafe-slim"
    weights: Path | None = None
    imagenet: bool = False
    recipe: str | None = None
    epochs: int | None = None
    steps: int | None = None
    minutes: float | None = None
    rate: float | None = None
    encoder_share: float = 1.0
    batch: int | None = None
    gsd: float | None = None
    crop: int = 256
    save_every: int = 5
    patience: int | None = None
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    workers: int = 0
    resume: bool = False

    def resolved(self) -> TrainingOptions:
        """Return the options with recipe and GSD filled in."""
        return replace(self, recipe=self.recipe or "railmap", gsd=self.gsd or DEFAULT_GSD_M)


@dataclass(frozen=True, slots=True)
class PackageOptions:
    """Model package written from a run.

    Parameters
    ----------
    path
        ONNX file to write; the stem is the model's name.
    version
        Version of the model.
    tile
        Side of a tile, pixels.
    threshold
        Probability from which a pixel counts as track.
    training_data
        One mapping with "name" and "licence" for each source.
    licence
        Licence of the model.
    source_commit
        Commit of the code that trained the model.
    piece_model
        JSON of the `railmap.geometry.judge.model.PieceModel` for this network; empty if none.
    """

    path: Path
    version: str = "1"
    tile: int = 512
    threshold: float = 0.5
    training_data: Sequence[Mapping[str, str]] = ()
    licence: str = ""
    source_commit: str = ""
    piece_model: str = ""
