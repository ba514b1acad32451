"""Train a track network: one description in, one run folder out."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch
from lightning.pytorch import Callback
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.data import Dataset

from railmap.errors import DeviceError, Option, OutputError, UsageError
from railmap.inference.backends.torch import best_device
from railmap.nets import build_network, save_weights
from railmap.progress import NullReporter, Reporter
from railmap.training.fit.averaging import AveragedWeights
from railmap.training.fit.checkpoints import BEST, CHECKPOINTS, LAST, read_checkpoint
from railmap.training.fit.curves import loss_curves
from railmap.training.fit.depthwise import quicken_depthwise
from railmap.training.fit.record import write_record
from railmap.training.fit.trainer import last_checkpoint, make_trainer
from railmap.training.tracks.datamodule import TrackData
from railmap.training.tracks.module import TrackModule
from railmap.training.tracks.recipes import Recipe, find_recipe

__all__ = ["WEIGHTS", "TrackTraining", "train_tracks"]

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class TrackTraining:
    """All that a training run of a track network depends on.

    Parameters
    ----------
    out
        Folder of the run.
    train
        Map-style data set of ``(image, target)``: ``(3, H, W)`` float32 normalised, and ``(H, W)``
        uint8, 0–254 = p·254, 255 = not judged; H and W multiples of 16. See `ResumableLoader` on
        ``set_epoch`` and ``in_order``.
    validation
        Sets to judge on after every epoch, by name; any size of picture. The first is watched.
    data
        Where the data came from, for the record; see `write_record`.
    network
        Name in `railmap.nets.NETWORKS`.
    weights
        Safetensors file to start from: of the network, or of its backbone.
    imagenet
        Start the backbone from ImageNet weights.
    recipe
        "railmap" (ours) or "paper" (the track paper's); see `RECIPES`.
    epochs, steps, minutes
        When to stop, whichever comes first; the learning rate ends there. None of them: 100
        epochs, as the paper.
    rate, batch
        Highest learning rate, and samples of a step (of each GPU); None: the recipe's.
    encoder_share
        The encoder's share of the rate: below 1 it keeps more of the weights that it starts from.
    gsd
        Metres per pixel of the samples.
    crop
        Side of the training samples, pixels.
    save_every
        Epochs between checkpoints.
    patience
        Stop after this many validations without a better IoU; the best weights are kept then.
    seed
        Of the first weights, the order and the network's own randomness.
    device, precision
        As for `make_trainer`.
    workers
        Processes that make samples.
    resume
        Go on from the run's last checkpoint.
    """

    out: Path
    train: Dataset[Any]
    validation: Mapping[str, Dataset[Any]] = field(default_factory=dict)
    data: Mapping[str, Path | str] = field(default_factory=dict)
    network: str = "deeplabv3plus-mobilenetv3-carafe-slim"
    weights: Path | None = None
    imagenet: bool = False
    recipe: str = "railmap"
    epochs: int | None = None
    steps: int | None = None
    minutes: float | None = None
    rate: float | None = None
    encoder_share: float = 1.0
    batch: int | None = None
    gsd: float = 0.10
    crop: int = 256
    save_every: int = 5
    patience: int | None = None
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    workers: int = 0
    resume: bool = False


def train_tracks(config: TrackTraining, reporter: Reporter | None = None) -> Path:
    """Train, and return the weights, ``OUT/weights.safetensors``.

    The run folder also holds ``run.json`` (configuration, versions, data), the checkpoints, the
    logs, ``curves.png`` and a picture for each validation set. Where a GPU's memory is too small
    the batch is halved and two make a step, from the last checkpoint on.

    Raises
    ------
    UsageError
        If an option is out of range or unknown.
    OutputError
        If the folder holds a run and `resume` is false, or the other way round.
    ModelError
        If weights or checkpoint are missing or don't fit.
    DeviceError
        If the device is not there, or its memory too small for one sample.
    RailmapError
        If the loss is no longer a number; the last good weights are kept.
    Cancelled
        If the reporter was cancelled; a checkpoint is there to resume from.
    """
    # With several GPUs this runs in a process for each; the first one writes.
    first = getattr(rank_zero_only, "rank", 0) == 0
    reporter = (reporter if first else None) or NullReporter()
    recipe = find_recipe(config.recipe)
    whole = recipe.batch if config.batch is None else config.batch
    _check(config, whole, first)
    if first:
        _record(config, recipe, whole)
    batch, resume = whole, config.resume
    while True:
        try:
            module = _fit(replace(config, batch=batch, resume=resume), recipe, whole, reporter)
            break
        except torch.OutOfMemoryError as error:
            if batch == 1:
                raise DeviceError(
                    f"{config.out}: the device's memory is too small for one sample of "
                    f"{config.crop} pixels; use a smaller ",
                    Option("crop"),
                ) from error
        batch //= 2
        resume = (config.out / CHECKPOINTS / LAST).is_file()
        reporter.warning(
            f"the device is out of memory: going on with batches of {batch}, "
            f"{-(-whole // batch)} of which make a step"
        )
        gc.collect()
        torch.cuda.empty_cache()
    path = config.out / WEIGHTS
    if first:
        save_weights(module.network, path)
        loss_curves(config.out)
    return path


def _fit(config: TrackTraining, recipe: Recipe, whole: int, reporter: Reporter) -> TrackModule:
    """Run the trainer once; `whole` samples make a step."""
    lightning.seed_everything(config.seed, verbose=False)
    network = build_network(config.network, weights=config.weights, imagenet=config.imagenet)
    if config.device == "cpu" or (config.device == "auto" and best_device() == "cpu"):
        quicken_depthwise(network)
    callbacks: list[Callback] = []
    if recipe.average is not None:
        callbacks.append(AveragedWeights(recipe.average))
    monitor = f"{next(iter(config.validation))}_iou" if config.validation else None
    endless = config.epochs is None and (config.steps, config.minutes) != (None, None)
    trainer = make_trainer(
        config.out,
        epochs=None if endless else config.epochs or 100,
        max_steps=-1 if config.steps is None else config.steps,
        max_minutes=config.minutes,
        save_every=config.save_every,
        monitor=monitor,
        patience=config.patience,
        device=config.device,
        precision=config.precision,
        callbacks=callbacks,
        reporter=reporter,
        accumulate_grad_batches=-(-whole // (config.batch or whole)),
        use_distributed_sampler=False,
        limit_val_batches=1.0 if config.validation else 0,
    )
    module = TrackModule(
        network, recipe, rate=config.rate, encoder_share=config.encoder_share, seed=config.seed,
        sets=tuple(config.validation), folder=config.out, minutes=config.minutes,
    )  # fmt: skip
    last = last_checkpoint(config.out) if config.resume else None
    data = TrackData(
        config.train, config.validation, batch=config.batch or whole, seed=config.seed,
        workers=config.workers,
    )  # fmt: skip
    trainer.fit(module, datamodule=data, ckpt_path=last)
    best = config.out / CHECKPOINTS / BEST
    if config.patience is not None and best.is_file():
        module.load_state_dict(read_checkpoint(best)["state_dict"])
    return module


def _check(config: TrackTraining, batch: int, first: bool) -> None:
    if config.crop % 16 or config.crop <= 0:
        raise UsageError(f"crop {config.crop}: must be a multiple of 16 pixels")
    for name, value in (("batch", batch), ("rate", config.rate),
                        ("encoder_share", config.encoder_share), ("minutes", config.minutes),
                        ("epochs", config.epochs), ("steps", config.steps)):  # fmt: skip
        if value is not None and not value > 0:
            raise UsageError(f"{name} {value}: must be above 0")
    if not len(config.train):  # type: ignore[arg-type]
        raise UsageError("no training samples")
    if config.resume:
        last_checkpoint(config.out)
    elif first and any((config.out / name).exists() for name in (WEIGHTS, f"{CHECKPOINTS}/{LAST}")):
        raise OutputError(
            f"{config.out}: holds a training run; pass ",
            Option("resume", True),
            " to continue it, or give another output",
        )


def _record(config: TrackTraining, recipe: Recipe, batch: int) -> None:
    """Write the record; data sets are told by their length."""
    told: dict[str, Any] = {
        f.name: getattr(config, f.name)
        for f in fields(config)
        if f.name not in ("train", "validation", "data")
    }
    sets = {"train": config.train} | dict(config.validation)
    told |= {"batch": batch, "rate": config.rate or recipe.rate}
    told["target_profile"] = recipe.target_profile
    told["samples"] = {k: len(v) for k, v in sets.items()}  # type: ignore[arg-type]
    sources = dict(config.data) | ({"weights": config.weights} if config.weights else {})
    try:
        config.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{config.out}: can't be made ({error.strerror})") from error
    write_record(config.out, told, sources)
