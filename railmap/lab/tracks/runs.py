"""Train and evaluate the networks of a table."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from railmap.errors import Cancelled, InputError, UsageError
from railmap.evaluation.paper_metrics import PaperScores, clean_mask, paper_scores, prediction_times
from railmap.lab.tracks.data import LabData
from railmap.models.tensors import save_weights, write_tensors
from railmap.nets import build_network
from railmap.progress import Reporter
from railmap.training.data import CropDataset, TileDataset
from railmap.training.data.sample import Sample
from railmap.training.fit.checkpoints import CHECKPOINTS, LAST, read_checkpoint
from railmap.training.fit.record import RECORD, read_record
from railmap.training.tracks.options import TrainingOptions
from railmap.training.tracks.package import WEIGHTS
from railmap.training.tracks.predict import predictor
from railmap.training.tracks.train import TrackTraining, train_tracks

__all__ = [
    "LabSettings",
    "Outcome",
    "judged_network",
    "measure_times",
    "run_network",
    "test_tiles",
    "time_all",
]

_STEPS_AN_EPOCH = 50
_TIMED = 8
_SETTLING = 20  # batches
_JUDGED = "judged.safetensors"
_NETWORK = "network."  # of the keys of a checkpoint
_NO_BACKBONE = ("u-net",)
_SAME = ("network", "recipe", "steps", "crop", "batch", "seed", "gsd", "imagenet", "samples")


@dataclass(frozen=True, slots=True)
class LabSettings:
    """How the networks of a table are trained.

    Parameters
    ----------
    training
        Steps, batch, crop, recipe, ImageNet weights, device and workers of every run; network, GSD
        and seed are those of the run.
    seeds
        How often each network is trained.
    kernel
        Side of the square of the morphological operations, pixels.
    keep_every
        Epochs between weights that are kept, 5 in the paper; None for the last ones only.
    """

    training: TrainingOptions = field(
        default_factory=lambda: TrainingOptions(steps=300, batch=8, crop=128, recipe="paper")
    )
    seeds: int = 1
    kernel: int = 5
    keep_every: int | None = None

    @property
    def steps(self) -> int:
        """Training steps of each network."""
        return self.training.steps or 0

    @property
    def batch(self) -> int:
        """Crops of a step."""
        return self.training.batch or 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trained network.

    Parameters
    ----------
    plain, cleaned
        Scores without and with the morphological step.
    run
        Folder of the run.
    """

    plain: PaperScores
    cleaned: PaperScores
    run: Path


def test_tiles(data: LabData, size: int) -> list[Sample]:
    """Cut the test images into tiles of twice the training size."""
    tiles = TileDataset(data.test, 2 * size)
    return [tiles.sample(index) for index in range(len(tiles))]


def run_network(
    network: str,
    seed: int,
    data: LabData,
    tiles: Sequence[Sample],
    settings: LabSettings,
    folder: Path,
    reporter: Reporter,
) -> Outcome:
    """Train a network once and evaluate it; a finished run is used, a cancelled one goes on.

    Parameters
    ----------
    network
        Name in `NETWORKS`.
    seed
        Seed of weights, crops and their order.
    data, tiles
        Images to train on, and tiles to evaluate on.
    settings
        How to train.
    folder
        Folder of the runs of this table.
    reporter
        Receives the progress and may cancel.

    Raises
    ------
    UsageError
        If the folder holds a run of other settings.
    Cancelled
        If the reporter was cancelled.
    RailmapError
        As `train_tracks`.
    """
    run = folder / f"{network}-seed{seed}"
    options = replace(
        settings.training,
        network=network,
        imagenet=settings.training.imagenet and network not in _NO_BACKBONE,
        gsd=data.gsd,
        seed=seed,
        save_every=settings.keep_every or 1_000_000,  # the end is enough
    )
    train = CropDataset(
        data.train,
        options.crop,
        seed=seed,
        augmentation="paper",
        crops=settings.batch * min(_STEPS_AN_EPOCH, settings.steps),
    )
    held = TileDataset(data.test, options.crop, most=24)
    config = TrackTraining(run, train, options, validation={"test": held}, data=data.sources)
    if not _is_done(run, config):
        resume = (run / CHECKPOINTS / LAST).is_file()
        try:
            train_tracks(replace(config, options=replace(options, resume=resume)), reporter)
        except Cancelled as error:
            raise Cancelled(f"cancelled in {run}; the same command goes on there") from error
        _keep_weights(run)
        shutil.rmtree(run / CHECKPOINTS, ignore_errors=True)  # a finished run isn't resumed
        _settle(run, network, train, settings.batch)
    predict = predictor(judged_network(network, run))
    found = [predict(tile.image) for tile in tiles]
    targets = [tile.target for tile in tiles]
    return Outcome(
        paper_scores(found, targets),
        paper_scores(found, targets, kernel=settings.kernel),
        run,
    )


def judged_network(network: str, run: Path) -> nn.Module:
    """Build a network with the weights of a run of `run_network` that its scores are of."""
    return build_network(network, weights=run / _JUDGED)


def _keep_weights(run: Path) -> None:
    """Write ``epoch-NNNN.safetensors`` for each checkpoint that was saved in between."""
    for path in sorted((run / CHECKPOINTS).glob("epoch-*.ckpt")):
        state = read_checkpoint(path)["state_dict"]
        own = {k.removeprefix(_NETWORK): v for k, v in state.items() if k.startswith(_NETWORK)}
        write_tensors(own, run / f"{path.stem}.safetensors")


def _is_done(run: Path, config: TrackTraining) -> bool:
    """Return whether a finished run exists; remove one that ended without a checkpoint."""
    if not (run / RECORD).is_file():
        return False
    recorded: dict[str, Any] = read_record(run).get("config", {})
    wanted = {name: getattr(config.options, name, None) for name in _SAME} | {
        "samples": {"train": len(config.train), "test": len(config.validation["test"])}  # type: ignore[arg-type]
    }
    differ = [name for name in _SAME if recorded.get(name) != wanted[name]]
    if differ:
        raise UsageError(
            f"{run}: a run with another {differ[0]} ({recorded.get(differ[0])}); "
            "choose another folder, or remove it"
        )
    if (run / _JUDGED).is_file():
        return True
    if not (run / CHECKPOINTS / LAST).is_file():
        shutil.rmtree(run)
    return False


def _settle(run: Path, network: str, train: CropDataset, batch: int) -> None:
    """Measure the batch-norm statistics again with the final weights.

    After a run they are those of about the last ten batches (momentum 0.1 in every network here).
    In a run of a few hundred steps the weights still changed then, so the statistics fit the final
    weights by chance. Measured on the same crops for all networks, this chance is removed.
    """
    trained = build_network(network, weights=run / WEIGHTS)
    count = min(_SETTLING * batch, len(train))
    crops = [train[index][0] for index in np.linspace(0, len(train) - 1, count).astype(int)]
    whole = [torch.stack(crops[i : i + batch]) for i in range(0, count - batch + 1, batch)]
    update_bn(whole, trained)
    save_weights(trained, run / _JUDGED)


def measure_times(
    networks: Sequence[str], tiles: Sequence[Sample], kernel: int, rounds: int = 5
) -> tuple[dict[str, float], float]:
    """CPU seconds an image for each network, and for the morphological step after it.

    On one thread, so that other work on the machine counts little, in turns on the same images.
    """
    if not tiles:
        raise InputError("no image to time on")
    images = [tile.image for tile in tiles[:_TIMED]]
    runs = {name: predictor(build_network(name)) for name in networks}
    masks = {id(image): image[..., 0] > 127 for image in images}
    runs["morphology"] = lambda image: clean_mask(masks[id(image)], kernel)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = prediction_times(runs, images, rounds=rounds, clock=time.process_time)
    finally:
        torch.set_num_threads(threads)
    return {name: seconds[name] for name in networks}, seconds["morphology"]


def time_all(networks: Sequence[str], tiles: Sequence[Sample], device: torch.device) -> list[float]:
    """Return the seconds that each network takes for all images on a device, one at a time.

    Wall time with the transfers, as the paper's: what else runs on the machine counts.
    """
    seconds = []
    for name in networks:
        predict = predictor(build_network(name), device=device)
        predict(tiles[0].image)  # the first one selects kernels and takes memory
        start = time.perf_counter()
        for tile in tiles:
            predict(tile.image)
        seconds.append(time.perf_counter() - start)
    return seconds
