"""Train a track network: the one loop behind the commands, the laboratory and the benchmarks."""

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

from railmap.errors import Cancelled, DeviceError, Option, OutputError, UsageError
from railmap.inference.backends.torch import best_device
from railmap.models.tensors import save_weights
from railmap.nets import build_network
from railmap.progress import NullReporter, Reporter
from railmap.training.fit.averaging import AveragedWeights
from railmap.training.fit.checkpoints import BEST, CHECKPOINTS, LAST, read_checkpoint
from railmap.training.fit.curves import loss_curves
from railmap.training.fit.depthwise import quicken_depthwise
from railmap.training.fit.record import write_record
from railmap.training.fit.trainer import last_checkpoint, make_trainer
from railmap.training.tracks.datamodule import TrackData
from railmap.training.tracks.module import TrackModule
from railmap.training.tracks.options import PackageOptions, TrainingOptions
from railmap.training.tracks.package import WEIGHTS, package_run
from railmap.training.tracks.recipes import Recipe, find_recipe

__all__ = ["TrackTraining", "train_tracks"]


@dataclass(frozen=True)
class TrackTraining:
    """A training run of a track network: its samples, its options and its results.

    Parameters
    ----------
    out
        Folder of the run.
    train
        Map-style data set of ``(image, target)``: ``(3, H, W)`` float32 normalised, and ``(H, W)``
        uint8, 0–254 = p·254, 255 = not judged; H and W multiples of 16. See `ResumableLoader` on
        ``set_epoch`` and ``in_order``.
    options
        How to train.
    validation
        Data sets to evaluate after every epoch, by name; images of any size. The IoU on the first
        one decides which weights are the best.
    data
        Sources of the data by name, for the record; see `write_record`.
    package
        Model package to write at the end; None writes none.
    """

    out: Path
    train: Dataset[Any]
    options: TrainingOptions = field(default_factory=TrainingOptions)
    validation: Mapping[str, Dataset[Any]] = field(default_factory=dict)
    data: Mapping[str, Path | str] = field(default_factory=dict)
    package: PackageOptions | None = None


def train_tracks(config: TrackTraining, reporter: Reporter | None = None) -> Path:
    """Train a track network, and write its model package where one is wanted.

    The run folder holds ``weights.safetensors``, ``run.json`` (configuration, versions, data), the
    checkpoints, the logs, ``curves.png`` and an image for each validation set. Where the memory of
    a GPU is too small the batch is halved and two make a step, from the last checkpoint on.

    Parameters
    ----------
    config
        Samples, options and outputs.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        The weights, ``OUT/weights.safetensors``.

    Raises
    ------
    UsageError
        If an option is out of range or unknown.
    OutputError
        If the folder holds a run and `resume` is false, or `resume` is true and it holds none.
    ModelError
        If weights or checkpoint are missing or do not fit.
    DeviceError
        If the device does not exist, or its memory is too small for one sample.
    RailmapError
        If the loss is no longer a number; the last good weights are kept.
    Cancelled
        If the reporter was cancelled; the run can be resumed from a checkpoint.
    """
    # With several GPUs this runs in a process for each; the first one writes.
    first = getattr(rank_zero_only, "rank", 0) == 0
    reporter = (reporter if first else None) or NullReporter()
    options = config.options.resolved()
    recipe = find_recipe(options.recipe or "")
    whole = recipe.batch if options.batch is None else options.batch
    config = replace(config, options=replace(options, batch=whole))
    _check(config, first)
    if first:
        _record(config, recipe)
    module = _fit_in_memory(config, recipe, whole, reporter)
    path = config.out / WEIGHTS
    if first:
        save_weights(module.network, path)
        loss_curves(config.out)
        if config.package is not None:
            package_run(config.out, config.package)
    return path


def _fit_in_memory(
    config: TrackTraining, recipe: Recipe, whole: int, reporter: Reporter
) -> TrackModule:
    """Fit; halve the batch as often as the device runs out of memory."""
    options = config.options
    batch = whole
    while True:
        try:
            return _fit(replace(config, options=options), recipe, whole, reporter)
        except torch.OutOfMemoryError as error:
            if batch == 1:
                raise DeviceError(
                    f"{config.out}: the device's memory is too small for one sample of "
                    f"{options.crop} pixels; use a smaller ",
                    Option("crop"),
                ) from error
        batch //= 2
        resume = (config.out / CHECKPOINTS / LAST).is_file()
        options = replace(options, batch=batch, resume=resume)
        reporter.warning(
            f"the device is out of memory: going on with batches of {batch}, "
            f"{-(-whole // batch)} of which make a step"
        )
        gc.collect()
        torch.cuda.empty_cache()


def _fit(config: TrackTraining, recipe: Recipe, whole: int, reporter: Reporter) -> TrackModule:
    """Run the trainer once; `whole` samples make a step."""
    options = config.options
    batch = options.batch or whole
    lightning.seed_everything(options.seed, verbose=False)
    network = build_network(options.network, weights=options.weights, imagenet=options.imagenet)
    if options.device == "cpu" or (options.device == "auto" and best_device() == "cpu"):
        quicken_depthwise(network)
    callbacks: list[Callback] = []
    if recipe.average is not None:
        callbacks.append(AveragedWeights(recipe.average))
    monitor = f"{next(iter(config.validation))}_iou" if config.validation else None
    endless = options.epochs is None and (options.steps, options.minutes) != (None, None)
    trainer = make_trainer(
        config.out,
        epochs=None if endless else options.epochs or 100,
        max_steps=-1 if options.steps is None else options.steps,
        max_minutes=options.minutes,
        save_every=options.save_every,
        monitor=monitor,
        patience=options.patience,
        device=options.device,
        precision=options.precision,
        callbacks=callbacks,
        reporter=reporter,
        accumulate_grad_batches=-(-whole // batch),
        use_distributed_sampler=False,
        limit_val_batches=1.0 if config.validation else 0,
    )
    module = TrackModule(
        network, recipe, rate=options.rate, encoder_share=options.encoder_share,
        seed=options.seed, sets=tuple(config.validation), folder=config.out,
        minutes=options.minutes,
    )  # fmt: skip
    last = last_checkpoint(config.out) if options.resume else None
    data = TrackData(
        config.train, config.validation, batch=batch, seed=options.seed, workers=options.workers
    )
    try:
        trainer.fit(module, datamodule=data, ckpt_path=last)
    except Cancelled as error:
        raise Cancelled(*error.parts, "; continue with ", Option("resume", True)) from error
    best = config.out / CHECKPOINTS / BEST
    if options.patience is not None and best.is_file():
        module.load_state_dict(read_checkpoint(best)["state_dict"])
    return module


def _check(config: TrackTraining, first: bool) -> None:
    options = config.options
    if options.crop % 16 or options.crop <= 0:
        raise UsageError(f"crop {options.crop}: must be a multiple of 16 pixels")
    for name in ("batch", "rate", "encoder_share", "minutes", "epochs", "steps"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise UsageError(f"{name} {value}: must be above 0")
    if not len(config.train):  # type: ignore[arg-type]
        raise UsageError("no training samples")
    if options.resume:
        last_checkpoint(config.out)
    elif first and any((config.out / name).exists() for name in (WEIGHTS, f"{CHECKPOINTS}/{LAST}")):
        raise OutputError(
            f"{config.out}: holds a training run; pass ",
            Option("resume", True),
            " to continue it, or give another output",
        )


def _record(config: TrackTraining, recipe: Recipe) -> None:
    """Write the record of the run; a data set is recorded by its length."""
    options = config.options
    sets = {"train": config.train} | dict(config.validation)
    values: dict[str, Any] = {f.name: getattr(options, f.name) for f in fields(options)}
    values |= {
        "out": config.out,
        "rate": options.rate or recipe.rate,
        "target_profile": recipe.target_profile,
        "samples": {name: len(data) for name, data in sets.items()},  # type: ignore[arg-type]
    }
    sources = dict(config.data) | ({"weights": options.weights} if options.weights else {})
    try:
        config.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{config.out}: cannot be made ({error.strerror})") from error
    write_record(config.out, values, sources)
