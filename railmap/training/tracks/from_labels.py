"""Train or fine-tune a track network on labelled images, and write a model package."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from railmap.errors import InputError, ModelError, Option, UsageError
from railmap.evaluation.paper_metrics import PaperScores, paper_scores
from railmap.files.output import check_output
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from railmap.nets import build_network
from railmap.progress import NullReporter, Reporter
from railmap.training.data import (
    CropDataset,
    Labelled,
    LabelledImage,
    LabelSource,
    TileDataset,
    read_images,
    rendered_images,
    split_images,
)
from railmap.training.tracks.options import PackageOptions, TrainingOptions
from railmap.training.tracks.predict import predictor
from railmap.training.tracks.recipes import find_recipe
from railmap.training.tracks.train import TrackTraining, train_tracks

__all__ = ["LabelTraining", "LabelTrainingResult", "train_on_labels"]

_EVALUATED = 64  # tiles
_FINE_TUNING_RATE = {"railmap": 3e-4, "paper": 7e-4}
"""A fifth to a tenth of the recipes' rates, so that the network keeps most of its knowledge."""
_MINUTES = 60.0
_STEPS_AN_EPOCH = 50
_RENDERED_SEED = 3000


@dataclass(frozen=True, slots=True)
class LabelTraining:
    """A training on labelled images.

    Parameters
    ----------
    source
        Images and labels.
    output
        ONNX file of the model package to write; the run is in the folder ``NAME.run``.
    start
        Name or ONNX file of the model to start from; None: random or ImageNet weights.
    split, share
        How validation data is split off, see `split_images`; share 0 keeps none.
    rendered
        Share of rendered samples, so that the network does not forget what the labels lack.
    training
        How to train. With a model to start from, `network` and `weights` are those of the model,
        and `gsd` and `rate` are the model's GSD and a low rate where they are None. `recipe` None:
        "railmap" for line labels, "paper" for masks. Without an end (epochs, steps, minutes) it
        takes 60 minutes.
    version, licence
        Version of the model and licence of the data, for the model's metadata.
    """

    source: LabelSource
    output: Path
    start: str | None = "tracks"
    split: str = "scene"
    share: float = 0.1
    rendered: float = 0.25
    training: TrainingOptions = field(default_factory=TrainingOptions)
    version: str = "1"
    licence: str = "not stated"


@dataclass(frozen=True, slots=True)
class LabelTrainingResult:
    """Files and scores of a training on labelled images.

    Parameters
    ----------
    model
        The ONNX file; its weights are next to it.
    run
        Folder of the run: record, log, curves, images.
    before, after
        Scores on the validation data before and after training; None without.
    """

    model: Path
    run: Path
    before: PaperScores | None
    after: PaperScores | None

    def summary(self) -> str:
        """Return one line for a person."""
        if self.after is None:
            return f"{self.model}: trained; there was no validation data to evaluate it"
        text = f"IoU {_percent(self.after.iou)} on the validation images"
        if self.before is not None:
            text += f", {_percent(self.before.iou)} before"
        return f"{self.model}: {text}"


def train_on_labels(
    job: LabelTraining, reporter: Reporter | None = None, *, overwrite: bool = False
) -> LabelTrainingResult:
    """Read, split, train, write the package, and evaluate on the validation data.

    Parameters
    ----------
    job
        Data, options and output.
    reporter
        Receives the progress and may cancel.
    overwrite
        Whether an existing package and its run may be replaced.

    Returns
    -------
    LabelTrainingResult

    Raises
    ------
    InputError, RasterError, GeoreferenceError
        If images or labels cannot be used.
    UsageError, ModelError, OutputError, DeviceError, RailmapError
        As `train_tracks`.
    """
    reporter = reporter or NullReporter()
    if job.output.suffix.lower() != ".onnx":
        raise UsageError(f"{job.output}: the model package is an .onnx file")
    if not 0 <= job.rendered < 1:
        raise UsageError(f"the rendered share is 0 or more and below 1, not {job.rendered}")
    check_output(job.output, overwrite=overwrite)
    run = job.output.with_suffix(".run")
    base = None if job.start is None else load_model(job.start)
    options = _start(job.training, base)
    gsd = options.gsd or 0.0
    found = _read(job, gsd)
    for remark in found.remarks:
        reporter.warning(remark)
    recipe = options.recipe or ("railmap" if found.target == "tent" else "paper")
    if find_recipe(recipe).target_profile == "tent" and found.target == "mask":
        raise UsageError(
            "masks cannot teach the tent of the recipe railmap; use ", Option("recipe", "paper")
        )
    options = _settled(options, recipe, fine_tuned=base is not None)
    train, held = _split(job, found.images)
    reporter.message(
        f"{len(train)} images to train on, {len(held)} to validate on, {gsd:g} m per pixel"
    )
    tiles = TileDataset(held, options.crop, most=_EVALUATED)
    threshold = base.threshold if base is not None else 0.5
    config = TrackTraining(
        run,
        _crops([*train, *_rendered(job, train, gsd, found.target)], options),
        options,
        validation={"held": tiles} if len(tiles) else {},
        data=job.source.sources(),
        package=PackageOptions(
            job.output,
            job.version,
            threshold=threshold,
            training_data=[
                *(base.training_data if base else ()),
                {"name": job.source.data.name, "licence": job.licence},
            ],
            piece_model=base.metadata.get("piece_model", "") if base else "",
        ),
    )
    if run.exists() and overwrite and not options.resume:
        shutil.rmtree(run)
    trained = train_tracks(config, reporter)
    network, weights = options.network, options.weights
    before = None if weights is None else _evaluate(network, weights, tiles, threshold)
    after = _evaluate(network, trained, tiles, threshold)
    if before and after and (before.iou or 0) > (after.iou or 0):
        reporter.warning(
            f"on the validation images the new model is worse (IoU {_percent(after.iou)}) than the "
            f"one that it started from ({_percent(before.iou)}); keep that one, or train longer, "
            "at a lower learning rate, or with more labels"
        )
    return LabelTrainingResult(job.output, run, before, after)


def _start(options: TrainingOptions, base: TrackModel | None) -> TrainingOptions:
    """Fill in network, weights and GSD of the model to start from."""
    if base is None:
        if options.gsd is None:
            raise UsageError(
                "a network that starts from random weights needs ", Option("gsd", "METRES")
            )
        return options
    if base.weights is None:
        raise ModelError(
            f"{base.path}: holds no weights that training can start from; use a model that "
            "this version of railmap trained or exported"
        )
    if base.network is None:
        raise ModelError(f"{base.path}: names no network of railmap; it cannot be trained on")
    return replace(
        options, network=base.network, weights=base.weights, gsd=options.gsd or base.gsd_m
    )


def _settled(options: TrainingOptions, recipe: str, *, fine_tuned: bool) -> TrainingOptions:
    """Fill in recipe, rate and end."""
    rate = options.rate or (_FINE_TUNING_RATE[recipe] if fine_tuned else None)
    endless = (options.epochs, options.steps, options.minutes) == (None, None, None)
    minutes = _MINUTES if endless else options.minutes
    return replace(options, recipe=recipe, rate=rate, minutes=minutes)


def _read(job: LabelTraining, gsd: float) -> Labelled:
    target = "mask" if job.training.recipe == "paper" else "tent"
    return read_images(job.source, gsd=gsd, target=target)


def _split(
    job: LabelTraining, images: list[LabelledImage]
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    if job.share == 0:
        return images, []
    try:
        return split_images(images, by=job.split, share=job.share, seed=job.training.seed)
    except InputError as error:
        raise InputError(
            *error.parts, "; ", Option("share", 0), " trains on everything, without evaluation"
        ) from error


def _crops(images: list[LabelledImage], options: TrainingOptions) -> CropDataset:
    """Return the training samples, at least as many as 50 steps take.

    Each epoch ends with a validation: with a small orthophoto it would follow every step.
    """
    recipe = options.recipe or ""
    augmentation = "paper" if recipe == "paper" else "railmap"
    dataset = CropDataset(images, options.crop, seed=options.seed, augmentation=augmentation)
    least = _STEPS_AN_EPOCH * (options.batch or find_recipe(recipe).batch)
    if len(dataset) >= least:
        return dataset
    return CropDataset(
        images, options.crop, seed=options.seed, augmentation=augmentation, crops=least
    )


def _rendered(
    job: LabelTraining, train: list[LabelledImage], gsd: float, target: str
) -> list[LabelledImage]:
    if not job.rendered:
        return []
    from railmap.rendering import render_crop

    crop = job.training.crop
    crops = sum(max(1.0, rows * cols / crop**2) for rows, cols in (p.shape for p in train))
    count = max(1, round(crops * job.rendered / (1 - job.rendered)))
    return list(
        rendered_images(
            render_crop, count, crop, gsd, seed=_RENDERED_SEED, target=target, keep=False
        )
    )


def _evaluate(
    network: str, weights: Path, tiles: TileDataset, threshold: float
) -> PaperScores | None:
    if not len(tiles):
        return None
    predict = predictor(build_network(network, weights=weights), threshold)
    samples = [tiles.sample(index) for index in range(len(tiles))]
    return paper_scores([predict(s.image) for s in samples], [s.target for s in samples])


def _percent(value: float | None) -> str:
    return "unknown" if value is None or np.isnan(value) else f"{100 * value:.1f} %"
