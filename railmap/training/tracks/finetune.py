"""Train or fine-tune a track network on your own labels, and make a model package of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from railmap.errors import InputError, ModelError, Option, UsageError
from railmap.evaluation.paper_metrics import PaperScores, paper_scores
from railmap.files.output import check_output
from railmap.models.package import ModelPackage, load_model
from railmap.nets import build_network
from railmap.progress import NullReporter, Reporter
from railmap.training.data import (
    CropDataset,
    Labelled,
    Picture,
    TileDataset,
    read_pictures,
    rendered_pictures,
    split_pictures,
)
from railmap.training.tracks.package import package_run
from railmap.training.tracks.predict import predictor
from railmap.training.tracks.recipes import find_recipe
from railmap.training.tracks.train import TrackTraining, train_tracks

__all__ = ["Tuned", "Tuning", "tune_tracks"]

_JUDGED = 64  # tiles
_TUNING_RATE = {"railmap": 3e-4, "paper": 7e-4}
"""A fifth to a tenth of the recipes' rates: what the network knows is to be kept."""
_MINUTES = 60.0
_STEPS_AN_EPOCH = 50
_RENDERED_SEED = 3000


@dataclass(frozen=True, slots=True)
class Tuning:
    """What to train on, from what, and how.

    Parameters
    ----------
    data, labels, layout, scenes, track_labels, track_value, own_gsd
        As for `read_pictures`.
    output
        ONNX file of the model package to make.
    start
        Name or ONNX file of the model to start from; None: random or ImageNet weights.
    network, gsd, imagenet
        With `start` None: the network, its GSD in metres, and whether it starts from ImageNet.
    recipe
        "railmap", "paper", or None: railmap for line labels, paper for masks.
    split, share
        As for `split_pictures`; share 0 keeps nothing for validation.
    rendered
        Share of the samples that are rendered, so that what the labels lack isn't forgotten.
    epochs, steps, minutes, rate, batch, crop, patience, seed, device, workers, resume
        As for `TrackTraining`; without an end, 60 minutes.
    version, licence
        For the model's metadata.
    """

    data: Path
    output: Path
    labels: Path | None = None
    layout: str | None = None
    scenes: Path | None = None
    track_labels: Sequence[str] | None = None
    track_value: int | None = None
    own_gsd: float | None = None
    start: str | None = "tracks"
    network: str = "deeplabv3plus-mobilenetv3-carafe-slim"
    gsd: float | None = None
    imagenet: bool = False
    recipe: str | None = None
    split: str = "scene"
    share: float = 0.1
    rendered: float = 0.25
    epochs: int | None = None
    steps: int | None = None
    minutes: float | None = None
    rate: float | None = None
    batch: int | None = None
    crop: int = 256
    patience: int | None = None
    seed: int = 0
    device: str = "auto"
    workers: int = 0
    resume: bool = False
    version: str = "1"
    licence: str = "not told"


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came out.

    Parameters
    ----------
    model
        The ONNX file; its weights stand beside it.
    run
        Folder of the run: record, log, curves, pictures.
    before, after
        Scores on the pictures left out, before and after; None without.
    """

    model: Path
    run: Path
    before: PaperScores | None
    after: PaperScores | None

    def summary(self) -> str:
        """One line for a person."""
        if self.after is None:
            return f"{self.model}: trained; nothing was left out to judge it on"
        told = f"IoU {_percent(self.after.iou)} on what was left out"
        if self.before is not None:
            told += f", {_percent(self.before.iou)} before"
        return f"{self.model}: {told}"


def tune_tracks(
    tuning: Tuning, reporter: Reporter | None = None, *, overwrite: bool = False
) -> Tuned:
    """Read, divide, train, judge, and write the package.

    The run lies beside the package, as ``NAME.run``.

    Raises
    ------
    InputError, RasterError, GeoreferenceError
        If pictures or labels can't be used.
    UsageError, ModelError, OutputError, DeviceError, RailmapError
        As `train_tracks`.
    """
    reporter = reporter or NullReporter()
    if tuning.output.suffix.lower() != ".onnx":
        raise UsageError(f"{tuning.output}: the model package is an .onnx file")
    if not 0 <= tuning.rendered < 1:
        raise UsageError(f"the rendered share is 0 or more and below 1, not {tuning.rendered}")
    check_output(tuning.output, overwrite=overwrite)
    run = tuning.output.with_suffix(".run")
    base = None if tuning.start is None else load_model(tuning.start)
    network, gsd, weights = _start(tuning, base)
    found = _read(tuning, gsd)
    for remark in found.remarks:
        reporter.warning(remark)
    recipe = tuning.recipe or ("railmap" if found.target == "tent" else "paper")
    if find_recipe(recipe).target_profile == "tent" and found.target == "mask":
        raise UsageError(
            "masks can't teach the tent of the recipe railmap; use ", Option("recipe", "paper")
        )
    train, held = _divide(tuning, found.pictures)
    reporter.message(
        f"{len(train)} pictures to train on, {len(held)} left out, {gsd:g} m per pixel"
    )
    augmentation = "paper" if recipe == "paper" else "railmap"
    pictures = [*train, *_rendered(tuning, train, gsd, found.target)]
    dataset = CropDataset(pictures, tuning.crop, seed=tuning.seed, augmentation=augmentation)
    # Each epoch ends with a validation: of a small ortho it would be one after every step.
    least = _STEPS_AN_EPOCH * (tuning.batch or find_recipe(recipe).batch)
    if len(dataset) < least:
        dataset = CropDataset(
            pictures, tuning.crop, seed=tuning.seed, augmentation=augmentation, crops=least
        )
    tiles = TileDataset(held, tuning.crop, most=_JUDGED)
    sources: dict[str, Path | str] = {"pictures": tuning.data}
    if tuning.labels is not None:
        sources["labels"] = Path(str(tuning.labels).partition("|")[0])
    endless = (tuning.epochs, tuning.steps, tuning.minutes) == (None, None, None)
    config = TrackTraining(
        out=run,
        train=dataset,
        validation={"held": tiles} if len(tiles) else {},
        data=sources,
        network=network,
        weights=weights,
        imagenet=tuning.imagenet,
        recipe=recipe,
        epochs=tuning.epochs,
        steps=tuning.steps,
        minutes=_MINUTES if endless else tuning.minutes,
        rate=tuning.rate or (_TUNING_RATE[recipe] if base is not None else None),
        batch=tuning.batch,
        gsd=gsd,
        crop=tuning.crop,
        patience=tuning.patience,
        seed=tuning.seed,
        device=tuning.device,
        workers=tuning.workers,
        resume=tuning.resume,
    )
    if run.exists() and overwrite and not tuning.resume:
        shutil.rmtree(run)
    trained = train_tracks(config, reporter)
    threshold = base.threshold if base is not None else 0.5
    package_run(
        run,
        tuning.output,
        version=tuning.version,
        threshold=threshold,
        training_data=[*_known_data(base), {"name": tuning.data.name, "licence": tuning.licence}],
    )
    before = None if weights is None else _judge(network, weights, tiles, threshold)
    after = _judge(network, trained, tiles, threshold)
    if before and after and (before.iou or 0) > (after.iou or 0):
        reporter.warning(
            f"on the pictures left out the new model is worse (IoU {_percent(after.iou)}) than the "
            f"one that it started from ({_percent(before.iou)}); keep that one, or train longer, "
            "at a lower learning rate, or with more labels"
        )
    return Tuned(tuning.output, run, before, after)


def _start(tuning: Tuning, base: ModelPackage | None) -> tuple[str, float, Path | None]:
    """Network, GSD and weights to start with."""
    if base is None:
        if tuning.gsd is None:
            raise UsageError(
                "a network that starts from random weights needs ", Option("gsd", "METRES")
            )
        return tuning.network, tuning.gsd, None
    if base.weights is None:
        raise ModelError(
            f"{base.path}: no .safetensors beside it; only models with their torch weights can be "
            "trained on"
        )
    name = _value(base, "network")
    if not isinstance(name, str):
        raise ModelError(f"{base.path}: says no network of railmap's; it can't be trained on")
    return name, tuning.gsd or base.gsd_m, base.weights


def _value(base: ModelPackage, key: str) -> object:
    try:
        return json.loads(base.metadata.get(key, "null"))
    except json.JSONDecodeError:
        return None


def _known_data(base: ModelPackage | None) -> list[dict[str, str]]:
    known = None if base is None else _value(base, "training_data")
    return [entry for entry in known if isinstance(entry, dict)] if isinstance(known, list) else []


def _read(tuning: Tuning, gsd: float) -> Labelled:
    target = "mask" if tuning.recipe == "paper" else "tent"
    return read_pictures(
        tuning.data,
        tuning.labels,
        gsd=gsd,
        layout=tuning.layout,
        target=target,
        track_labels=tuning.track_labels,
        track_value=tuning.track_value,
        own_gsd=tuning.own_gsd,
        scenes=tuning.scenes,
    )


def _divide(tuning: Tuning, pictures: list[Picture]) -> tuple[list[Picture], list[Picture]]:
    if tuning.share == 0:
        return pictures, []
    try:
        return split_pictures(pictures, by=tuning.split, share=tuning.share, seed=tuning.seed)
    except InputError as error:
        raise InputError(
            *error.parts, "; ", Option("share", 0), " trains on everything, without evaluation"
        ) from error


def _rendered(tuning: Tuning, train: list[Picture], gsd: float, target: str) -> list[Picture]:
    if not tuning.rendered:
        return []
    from railmap.rendering import render_crop

    crops = sum(max(1.0, rows * cols / tuning.crop**2) for rows, cols in (p.shape for p in train))
    count = max(1, round(crops * tuning.rendered / (1 - tuning.rendered)))
    made = rendered_pictures(
        render_crop, count, tuning.crop, gsd, seed=_RENDERED_SEED, target=target, keep=False
    )
    return list(made)


def _judge(network: str, weights: Path, tiles: TileDataset, threshold: float) -> PaperScores | None:
    if not len(tiles):
        return None
    predict = predictor(build_network(network, weights=weights), threshold)
    samples = [tiles.sample(index) for index in range(len(tiles))]
    return paper_scores([predict(s.image) for s in samples], [s.target for s in samples])


def _percent(value: float | None) -> str:
    return "unknown" if value is None or np.isnan(value) else f"{100 * value:.1f} %"
