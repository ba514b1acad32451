"""Train the networks of the rail-surface paper (section 2.2) and StripNet."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from railmap.errors import UsageError, missing_extra

try:
    import lightning.pytorch as pl
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn
    from torch.utils.data import DataLoader, TensorDataset
except ImportError as error:
    raise missing_extra("training", "train", error) from error

import numpy as np
from numpy.typing import NDArray

from railmap.models.tensors import load_weights, save_weights
from railmap.progress import Reporter
from railmap.surface.data.rsdds import StripSet
from railmap.surface.training.strip_networks import MODELS, RECIPES, Recipe, strip_input
from railmap.surface.training.strip_scores import Counts, SurfaceScores
from railmap.training.fit.loading import ResumableLoader
from railmap.training.fit.trainer import last_checkpoint, make_trainer, write_record

__all__ = ["FitResult", "FitSettings", "fit_strips", "mean_softmax_cross_entropy"]

_CHECKS = 60  # on the test strips in a training, at most
_PROGRESS = "strips"  # key of a checkpoint
_WARM_UP = 0.1  # fraction of the training in which a falling rate first rises


@dataclass(frozen=True)
class FitSettings:
    """Settings of a training; the defaults are those of the paper.

    Parameters
    ----------
    epochs, batch
        Epochs, strips per batch.
    rate
        Learning rate; None: that of the network's `Recipe`.
    seed
        Random seed of weights and order.
    imagenet
        Whether to start the VGG blocks from ImageNet weights (torchvision downloads them).
    weights
        Safetensors file to start from instead.
    minutes
        Time limit; None: none.
    device
        As for `make_trainer`.
    """

    epochs: int = 300
    batch: int = 16
    rate: float | None = None
    seed: int = 0
    imagenet: bool = False
    weights: Path | None = None
    minutes: float | None = None
    device: str = "auto"


@dataclass(frozen=True)
class FitResult:
    """Result of a training.

    Parameters
    ----------
    scores
        On the test strips, after the last epoch.
    loss
        Mean softmax cross-entropy on the test strips.
    steps
        Number of training steps.
    step_seconds, step_cpu_seconds
        Median wall time and CPU time of a training step, seconds.
    test_seconds
        Time to segment all test strips, seconds.
    history
        Per epoch: epoch, iteration, seconds since the start, loss and accuracy of the training,
        and, where computed, F1 and IoU on the test strips.
    """

    scores: SurfaceScores
    loss: float
    steps: int
    step_seconds: float
    step_cpu_seconds: float
    test_seconds: float
    history: tuple[dict[str, float], ...]


def mean_softmax_cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    """Compute equation 2: the mean over all pixels of ``-log softmax`` of the true class.

    Parameters
    ----------
    logits
        ``(N, 2, H, W)`` float.
    truth
        ``(N, H, W)`` int64, 1 where there is a defect.

    Returns
    -------
    Tensor
        Scalar.
    """
    return F.cross_entropy(logits.float(), truth)


def _flip_at_random(images: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    for axis in (-1, -2):
        which = torch.rand(len(images), device=images.device) < 0.5
        images = torch.where(which[:, None, None, None], images.flip(axis), images)
        truth = torch.where(which[:, None, None], truth.flip(axis), truth)
    return images, truth


class _Fit(pl.LightningModule):
    def __init__(
        self, network: nn.Module, settings: FitSettings, recipe: Recipe, loader: ResumableLoader
    ) -> None:
        super().__init__()
        self.network, self.settings, self.recipe = network, settings, recipe
        self.loader = loader
        self.history: list[dict[str, float]] = []
        self.steps: list[tuple[float, float]] = []
        self._started = time.perf_counter()
        self._step_started = (0.0, 0.0)
        self._losses: list[Tensor] = []
        self._right: list[Tensor] = []  # shares of pixels
        self._counts = Counts()
        self._checked: dict[str, float] = {}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.network.parameters(),
            self.recipe.rate,
            weight_decay=self.recipe.decay,
            fused=self.device.type in ("cpu", "cuda"),
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[_PROGRESS] = {
            "loader": self.loader.state_dict(),
            "history": self.history,
            "steps": self.steps,
            "seconds": time.perf_counter() - self._started,
            "losses": self._losses,
            "right": self._right,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = checkpoint[_PROGRESS]
        self.loader.load_state_dict(saved["loader"])
        self.history, self.steps = saved["history"], saved["steps"]
        self._losses, self._right = saved["losses"], saved["right"]
        self._started = time.perf_counter() - saved["seconds"]

    def on_train_epoch_start(self) -> None:
        # what is left to chance depends on the epoch only, so that a resumed training repeats it
        torch.manual_seed(1000 * self.settings.seed + self.current_epoch)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        if self.recipe.falling:
            for group in self.trainer.optimizers[0].param_groups:
                group["lr"] = self.recipe.rate * _rate_factor(self._progress())
        self._step_started = (time.perf_counter(), time.process_time())

    def _progress(self) -> float:
        """Fraction of the training that is done, by steps or minutes, whichever is more."""
        done = self.global_step / max(1, self.trainer.estimated_stepping_batches)
        if self.settings.minutes is not None:
            spent = (time.perf_counter() - self._started) / 60
            done = max(done, spent / self.settings.minutes)
        return min(1.0, done)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        images, truth = _flip_at_random(*batch) if self.recipe.mirrored else batch
        images = images.contiguous(memory_format=torch.channels_last)
        logits = self.network(images)
        loss = mean_softmax_cross_entropy(logits, truth)
        self._losses.append(loss.detach())
        self._right.append((logits.detach().argmax(1) == truth).float().mean())
        self.log("train_loss", loss, batch_size=len(images))
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        clock, cpu = self._step_started
        self.steps.append((time.perf_counter() - clock, time.process_time() - cpu))

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        predicted = self.network(batch[0]).argmax(1) == 1
        self._counts += Counts.of(predicted.cpu().numpy(), batch[1].cpu().numpy() == 1)

    def on_validation_epoch_end(self) -> None:
        scores = SurfaceScores.of(self._counts)
        self._counts = Counts()
        self._checked = {"val_f1": scores.f1, "val_iou": scores.iou}
        self.log_dict(self._checked)

    def on_train_epoch_end(self) -> None:
        self.history.append(
            {
                "epoch": self.current_epoch + 1,
                "iteration": self.global_step,
                "seconds": time.perf_counter() - self._started,
                "loss": float(torch.stack(self._losses).mean()),
                "accuracy": float(torch.stack(self._right).mean()),
                **self._checked,
            }
        )
        self._losses.clear()
        self._right.clear()
        self._checked = {}


def _rate_factor(progress: float) -> float:
    """Learning rate relative to its peak."""
    if progress < _WARM_UP:
        return 0.1 + 0.9 * progress / _WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP))


def fit_strips(
    model: str,
    kind: int,
    train: StripSet,
    test: StripSet,
    folder: Path,
    settings: FitSettings = FitSettings(),
    *,
    data: str = "strips",
    recipe: Recipe | None = None,
    resume: bool = False,
    reporter: Reporter | None = None,
) -> FitResult:
    """Train one of `MODELS` and score it.

    Strips are normalized by mean and standard deviation of the training strips (section 2.1.3) and
    repeated in the three input channels. The weights are in ``folder/weights.safetensors``.

    Parameters
    ----------
    model, kind
        A key of `railmap.surface.training.strip_networks.MODELS`; type of RSDDs, 1 or 2.
    train, test
        Strips.
    folder
        Folder of the run, created if missing.
    settings
        Settings of the training.
    data
        Source of the strips, for the record.
    recipe
        Training recipe; None: that of the network in `RECIPES`.
    resume
        Whether to continue from the checkpoint in `folder`. With a constant rate and whole epochs
        the result is that of an uninterrupted training on the same machine.
    reporter
        Receives the progress and may cancel.

    Raises
    ------
    UsageError
        If the model is unknown or there are no strips.
    OutputError
        If there is no checkpoint to continue from.
    """
    if model not in MODELS:
        raise UsageError(f"no model is called {model!r}; there are: {', '.join(MODELS)}")
    if len(train) == 0 or len(test) == 0:
        raise UsageError(f"{len(train)} training and {len(test)} test strips; give both")
    pl.seed_everything(settings.seed, verbose=False)
    network = MODELS[model](kind, settings.imagenet)
    if settings.weights is not None:
        load_weights(network, settings.weights)
    network = network.to(memory_format=torch.channels_last)
    mean, std = float(train.images.mean()), max(float(train.images.std()), 1e-3)
    learn = ResumableLoader(_data(train, mean, std), settings.batch, seed=settings.seed)
    check = DataLoader(_data(test, mean, std), batch_size=settings.batch)
    last = last_checkpoint(folder) if resume else None
    folder.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES[model] if recipe is None else recipe
    if settings.rate is not None:
        recipe = replace(recipe, rate=settings.rate)
    write_record(
        folder, asdict(settings) | asdict(recipe)
        | {"model": model, "kind": kind, "mean": mean, "std": std},
        {"strips": data},
    )  # fmt: skip
    fit = _Fit(network, settings, recipe, learn)
    trainer = make_trainer(
        folder,
        epochs=settings.epochs,
        max_minutes=settings.minutes,
        save_every=None,
        device=settings.device,
        reporter=reporter,
        check_val_every_n_epoch=max(1, settings.epochs // _CHECKS),
    )
    trainer.fit(fit, learn, check, ckpt_path=last)
    save_weights(network, folder / "weights.safetensors")
    scores, loss, seconds = _score(network, check)
    clock, cpu = np.median(fit.steps, axis=0)
    steps = trainer.global_step
    return FitResult(scores, loss, steps, float(clock), float(cpu), seconds, tuple(fit.history))


def _data(strips: StripSet, mean: float, std: float) -> TensorDataset:
    truth = torch.from_numpy(strips.masks.astype(np.int64))
    return TensorDataset(strip_input(strips.images, mean, std), truth)


@torch.no_grad()
def _score(
    network: nn.Module, loader: DataLoader[tuple[Tensor, ...]]
) -> tuple[SurfaceScores, float, float]:
    """Compute scores, loss and time, in float32 on the device of the network."""
    network.eval()
    device = next(network.parameters()).device
    counts, losses, seconds = Counts(), [], 0.0
    for images, truth in loader:
        started = time.perf_counter()
        logits = network(images.to(device)).float()
        predicted: NDArray[np.bool_] = (logits.argmax(1) == 1).cpu().numpy()
        seconds += time.perf_counter() - started
        losses.append((len(truth), float(mean_softmax_cross_entropy(logits, truth.to(device)))))
        counts += Counts.of(predicted, truth.numpy() == 1)
    total = sum(n for n, _ in losses)
    return SurfaceScores.of(counts), sum(n * v for n, v in losses) / total, seconds
