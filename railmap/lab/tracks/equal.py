"""Train networks from random weights for the same time each, to compare them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from railmap.errors import Option, UsageError, missing_extra
from railmap.inference.backends.torch import best_device
from railmap.lab.tracks.speed import Candidate
from railmap.nets import build_network
from railmap.progress import Reporter
from railmap.training.data import CropDataset, rendered_images
from railmap.training.fit.checkpoints import CHECKPOINTS
from railmap.training.fit.depthwise import quicken_depthwise
from railmap.training.fit.record import RECORD, read_record
from railmap.training.fit.trainer import best_precision
from railmap.training.tracks.options import PackageOptions, TrainingOptions
from railmap.training.tracks.package import WEIGHTS, package_run
from railmap.training.tracks.recipes import Recipe, find_recipe
from railmap.training.tracks.train import TrackTraining, train_tracks

__all__ = ["EqualTime", "step_seconds", "train_equally"]

_SEED = 1000
_ROUNDS = 4
_TILE = 256


@dataclass(frozen=True, slots=True)
class EqualTime:
    """Time and data of each training.

    Parameters
    ----------
    seconds
        Of training steps: processor time on a CPU, so that other work on the machine does not
        count, else wall time. Creating the samples is not counted: it costs all networks the same.
    batch, size
        Crops a step, and their side in pixels.
    rendered
        Rendered images for each GSD, half as large again as a crop.
    recipe
        Name in `railmap.training.tracks.recipes.RECIPES`.
    seed
        Of weights, crops and their order.
    device
        As for `TrackTraining`.
    """

    seconds: float = 120.0
    batch: int = 8
    size: int = 128
    rendered: int = 400
    recipe: str = "railmap"
    seed: int = 0
    device: str = "auto"


def train_equally(
    networks: Sequence[str],
    gsds: Sequence[float],
    budget: EqualTime,
    folder: Path,
    reporter: Reporter,
) -> list[Candidate]:
    """Train every network at every GSD; models that are in `folder` are used as they are.

    The time of a step is measured first, all networks in turns; each gets as many steps as fit the
    budget, so its learning rate ends where its time does. The numbers are kept in
    ``FOLDER/steps.txt``, so that an interrupted comparison continues with the same.

    Parameters
    ----------
    networks
        Names in `NETWORKS`.
    gsds
        Metres per pixel.
    budget
        Time and data of each training.
    folder
        For runs and models, ``NETWORK-GSDcm.onnx``.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    list of Candidate
        One for each network and GSD, to be run at the GSD that it was trained for.

    Raises
    ------
    UsageError
        If the folder holds models of another budget, or the budget is less than a step.
    MissingExtraError
        If images cannot be rendered.
    RailmapError
        As `train_tracks`.
    """
    try:
        from railmap.rendering import render_crop
    except ImportError as error:
        raise missing_extra("rendering images", "synth", error) from error
    folder.mkdir(parents=True, exist_ok=True)
    steps = _steps(networks, budget, folder, reporter)
    target = find_recipe(budget.recipe).target_profile
    candidates = []
    for gsd in gsds:
        images = rendered_images(
            render_crop, budget.rendered, budget.size * 3 // 2, gsd, seed=_SEED, target=target
        )
        for network in networks:
            run = folder / f"{network}-{100 * gsd:g}cm"
            model = run.with_name(f"{run.name}.onnx")
            options = TrainingOptions(
                network=network,
                recipe=budget.recipe,
                steps=steps[network],
                batch=budget.batch,
                gsd=gsd,
                crop=budget.size,
                save_every=1_000_000,  # the end is enough
                seed=budget.seed,
                device=budget.device,
            )
            config = TrackTraining(
                run,
                CropDataset(images, budget.size, seed=budget.seed),
                options,
                data={"rendered": f"railmap.rendering, seed {_SEED}, {budget.rendered} images"},
            )
            if not _is_done(config):
                reporter.message(f"{network} at {100 * gsd:g} cm: {options.steps} steps")
                shutil.rmtree(run, ignore_errors=True)
                train_tracks(config, reporter)
                shutil.rmtree(run / CHECKPOINTS, ignore_errors=True)
                model.unlink(missing_ok=True)
            if not model.is_file():
                package_run(run, PackageOptions(model, tile=_TILE))
            candidates.append(Candidate(str(model), gsd, network, steps[network]))
    return candidates


def _is_done(config: TrackTraining) -> bool:
    """Return whether a finished run exists.

    Raises
    ------
    UsageError
        If its settings differ.
    """
    if not (config.out / RECORD).is_file() or not (config.out / WEIGHTS).is_file():
        return False
    recorded = read_record(config.out).get("config", {})
    for name in ("network", "recipe", "steps", "batch", "gsd", "crop", "seed"):
        if recorded.get(name) != getattr(config.options, name):
            raise UsageError(
                f"{config.out}: a run with another {name} ({recorded.get(name)}); choose another ",
                Option("output"),
                ", or remove it",
            )
    return True


def _steps(
    networks: Sequence[str], budget: EqualTime, folder: Path, reporter: Reporter
) -> dict[str, int]:
    """Steps that fit the budget, as an earlier start has measured them or measured now."""
    path = folder / "steps.txt"
    known: dict[str, int] = {}
    head = f"{budget.seconds:g} s, {budget.batch} x {budget.size}, {budget.recipe}"
    if path.is_file():
        first, *lines = path.read_text("utf-8").splitlines() or [""]
        if first != head:
            raise UsageError(
                f"{folder}: runs of another budget ({first}); choose another ", Option("output")
            )
        known = {name: int(count) for name, count in (line.split() for line in lines)}
    missing = [name for name in networks if name not in known]
    if missing:
        reporter.message("time of a training step, all networks in turns")
        for name, seconds in step_seconds(missing, budget).items():
            known[name] = int(budget.seconds / seconds)
            if known[name] < 1:
                raise UsageError(f"{budget.seconds:g} s are less than one step of {name}")
        rows = [f"{name} {count}" for name, count in known.items()]
        path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return known


def step_seconds(networks: Sequence[str], budget: EqualTime) -> dict[str, float]:
    """Seconds of one training step of each network on noise: the least of four turns."""
    device = torch.device(best_device() if budget.device == "auto" else budget.device)
    recipe = find_recipe(budget.recipe)
    generator = torch.Generator().manual_seed(0)
    shape = (budget.batch, 3, budget.size, budget.size)
    image = torch.randn(shape, generator=generator).to(device, memory_format=torch.channels_last)
    target = torch.randint(0, 255, (shape[0], *shape[2:]), generator=generator)
    batch = image, target.to(device, torch.uint8)
    built = {name: _ready(name, recipe, device) for name in networks}
    least = dict.fromkeys(networks, float("inf"))
    for number in range(_ROUNDS + 1):
        for name, (network, optimizer) in built.items():
            start = _now(device)
            _step(network, optimizer, recipe, batch)
            if number:  # the first turn warms up
                least[name] = min(least[name], _now(device) - start)
    return least


def _ready(
    name: str, recipe: Recipe, device: torch.device
) -> tuple[nn.Module, torch.optim.Optimizer]:
    network = build_network(name)
    if device.type == "cpu":
        quicken_depthwise(network)
    network = network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    return network, recipe.optimizer(network, recipe.rate)


def _step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    batch: tuple[Tensor, Tensor],
) -> None:
    image, target = batch
    optimizer.zero_grad(set_to_none=True)
    mixed = best_precision(image.device.type) == "bf16-mixed"
    with torch.autocast(image.device.type, torch.bfloat16, enabled=mixed):
        logits = network(image)
    recipe.loss(logits, target).backward()
    optimizer.step()


def _now(device: torch.device) -> float:
    if device.type == "cpu":
        return time.process_time()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
