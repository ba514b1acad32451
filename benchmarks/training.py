"""Overhead of the trainer: its steps per second against a bare forward, backward and step.

    python benchmarks/training.py [--recipe railmap] [--batch 8] [--crop 256] [--device cpu]

Both train the same network on the same batches in memory, in turns, in one process, so that other
work on the machine affects both. The trainer's step includes all parts of a run: averaged weights,
clipping, the guard against NaN, logging, and fetching the batch. On a CPU the process's own
processor time counts, which other processes do not change.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback
from torch import Tensor
from torch.utils.data import Dataset

from railmap.nets import NETWORKS, build_network
from railmap.progress import NullReporter
from railmap.training.fit.averaging import AveragedWeights
from railmap.training.fit.loading import ResumableLoader
from railmap.training.fit.trainer import make_trainer
from railmap.training.tracks.module import TrackModule
from railmap.training.tracks.recipes import RECIPES, find_recipe


def main() -> None:
    options = _arguments()
    torch.set_num_threads(options.threads)
    samples = _Samples(options.batch * (options.steps + 2), options.crop)
    bare, whole = [], []
    for turn in range(options.turns + 1):
        times = _bare(samples, options), _trainer(samples, options)
        if turn:  # the first one warms up
            bare += times[0]
            whole += times[1]
            print(*(f"{statistics.fmean(t) * 1e3:.0f} ms" for t in times), flush=True)
    ratio = statistics.fmean(bare) / statistics.fmean(whole)
    print(
        f"{options.network}, recipe {options.recipe}, {options.batch} × {options.crop}² on "
        f"{options.device}: bare {statistics.fmean(bare) * 1e3:.0f} ms, trainer "
        f"{statistics.fmean(whole) * 1e3:.0f} ms a step, {ratio:.3f} of the bare speed"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--network", default="deeplabv3plus-mobilenetv3-carafe-slim", choices=list(NETWORKS))
    add("--recipe", default="railmap", choices=list(RECIPES))
    add("--batch", type=int, default=8)
    add("--crop", type=int, default=256)
    add("--device", default="cpu")
    add("--threads", type=int, default=torch.get_num_threads())
    add("--steps", type=int, default=8, help="steps of a turn")
    add("--turns", type=int, default=3)
    return parser.parse_args()


class _Samples(Dataset[tuple[Tensor, Tensor]]):
    """Noise, ready in memory."""

    def __init__(self, count: int, size: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randn(count, 3, size, size, generator=generator)
        shape = (count, size, size)
        self.targets = torch.randint(0, 255, shape, dtype=torch.uint8, generator=generator)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.targets[index]


def _now(device: torch.device) -> float:
    if device.type == "cpu":
        return time.process_time()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _bare(samples: _Samples, options: argparse.Namespace) -> list[float]:
    """Seconds of each step of a plain loop."""
    device = torch.device(options.device)
    recipe = find_recipe(options.recipe)
    network = build_network(options.network).to(device, memory_format=torch.channels_last).train()
    optimizer = recipe.optimizer(network, recipe.rate)
    batches = [
        (samples.images[i : i + options.batch], samples.targets[i : i + options.batch])
        for i in range(0, len(samples), options.batch)
    ]
    ready = [
        (image.to(device).contiguous(memory_format=torch.channels_last), target.to(device))
        for image, target in batches
    ]
    times = [_now(device)]
    for number in range(options.steps + 1):
        image, target = ready[number % len(ready)]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16):
            logits = network(image)
        recipe.loss(logits, target).backward()
        optimizer.step()
        times.append(_now(device))
    return _gaps(times)


class _Clock(Callback):
    """Notes when batches begin."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.times: list[float] = []

    def on_train_batch_start(self, *_: Any) -> None:
        self.times.append(_now(self.device))


def _trainer(samples: _Samples, options: argparse.Namespace) -> list[float]:
    """Seconds of each step of a run."""
    recipe = find_recipe(options.recipe)
    module = TrackModule(build_network(options.network), recipe)
    clock = _Clock(torch.device(options.device))
    callbacks: list[Callback] = [clock]
    if recipe.average is not None:
        callbacks.append(AveragedWeights(recipe.average))
    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(
            Path(folder),
            max_steps=options.steps + 2,
            device=options.device,
            precision="bf16-mixed",
            callbacks=callbacks,
            reporter=NullReporter(),
            use_distributed_sampler=False,
        )
        trainer.fit(module, ResumableLoader(samples, options.batch))
    return _gaps(clock.times)


def _gaps(times: list[float]) -> list[float]:
    """Return the seconds between; the first step, which warms up, is excluded."""
    return [b - a for a, b in pairwise(times[1:])]


if __name__ == "__main__":
    main()
