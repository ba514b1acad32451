"""Training the rail-surface paper's network and its baselines, as its section 2.2 has it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from railmap.errors import MissingExtraError, UsageError

try:
    import lightning.pytorch as pl
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn
    from torch.utils.data import DataLoader, TensorDataset
except ImportError as error:
    raise MissingExtraError(
        f"training needs the train extra ({error}): pip install 'railmap[train]'"
    ) from error

import numpy as np
from numpy.typing import NDArray

from railmap.nets.fcn import FCN8s, ModifiedFCN
from railmap.nets.segnet import SegNet59
from railmap.nets.weights import load_weights, save_weights
from railmap.progress import Reporter
from railmap.surface.rsdds import StripSet
from railmap.surface.scores import Counts, SurfaceScores
from railmap.training.trainer import make_trainer, write_record

__all__ = ["MODELS", "FitResult", "FitSettings", "fit_strips", "mean_softmax_cross_entropy"]

MODELS: dict[str, Callable[[int, bool], nn.Module]] = {
    "proposed": lambda kind, imagenet: ModifiedFCN(1 if kind == 1 else 2, imagenet=imagenet),
    "segnet": lambda kind, imagenet: SegNet59(),
    "fcn8s": lambda kind, imagenet: FCN8s(imagenet=imagenet),
}


@dataclass(frozen=True)
class FitSettings:
    """How to train; the defaults are the paper's.

    Parameters
    ----------
    epochs, batch, rate
        Epochs, strips in a batch, Adam's learning rate.
    seed
        Of weights and order.
    imagenet
        Start VGG's blocks from ImageNet (torchvision fetches them).
    weights
        Safetensors file to start from instead.
    minutes
        Stop after so many, whatever the epoch.
    device
        As `make_trainer` has it.
    """

    epochs: int = 300
    batch: int = 16
    rate: float = 1e-4
    seed: int = 0
    imagenet: bool = False
    weights: Path | None = None
    minutes: float | None = None
    device: str = "auto"


@dataclass(frozen=True)
class FitResult:
    """What a training came to.

    Parameters
    ----------
    scores
        On the test strips, after the last epoch.
    loss
        Mean softmax cross-entropy on the test strips.
    step_seconds
        Median time of a training step.
    test_seconds
        Time to segment all test strips.
    history
        For each epoch: epoch, iteration, seconds since the start, training loss, and F1 and IoU
        on the test strips where they were worked out.
    """

    scores: SurfaceScores
    loss: float
    step_seconds: float
    test_seconds: float
    history: tuple[dict[str, float], ...]


def mean_softmax_cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    """Equation 2: the mean over all pixels of ``-log softmax`` of the true class.

    Parameters
    ----------
    logits
        ``(N, 2, H, W)``.
    truth
        ``(N, H, W)`` int64, 1 where there is a defect.
    """
    return F.cross_entropy(logits.float(), truth)


class _Fit(pl.LightningModule):
    def __init__(self, network: nn.Module, settings: FitSettings) -> None:
        super().__init__()
        self.network, self.settings = network, settings
        self.history: list[dict[str, float]] = []
        self.steps: list[float] = []
        self._began = self._step_began = time.perf_counter()
        self._losses: list[Tensor] = []
        self._counts = Counts()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), self.settings.rate)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        self._step_began = time.perf_counter()

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        loss = mean_softmax_cross_entropy(self.network(batch[0]), batch[1])
        self._losses.append(loss.detach())
        self.log("train_loss", loss, batch_size=len(batch[0]))
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.steps.append(time.perf_counter() - self._step_began)

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        predicted = self.network(batch[0]).argmax(1) == 1
        self._counts += Counts.of(predicted.cpu().numpy(), batch[1].cpu().numpy() == 1)

    def on_validation_epoch_end(self) -> None:
        scores = SurfaceScores.of(self._counts)
        self._counts = Counts()
        self.log_dict({"val_f1": scores.f1, "val_iou": scores.iou})

    def on_train_epoch_end(self) -> None:
        self.history.append(
            {
                "epoch": self.current_epoch + 1,
                "iteration": self.global_step,
                "seconds": time.perf_counter() - self._began,
                "loss": float(torch.stack(self._losses).mean()),
                **{
                    k: float(v)
                    for k, v in self.trainer.callback_metrics.items()
                    if k.startswith("val_")
                },
            }
        )
        self._losses.clear()


def fit_strips(
    model: str,
    kind: int,
    train: StripSet,
    test: StripSet,
    folder: Path,
    settings: FitSettings = FitSettings(),
    *,
    data: str = "strips",
    reporter: Reporter | None = None,
) -> FitResult:
    """Train one of `MODELS` and score it.

    Strips are normalised by mean and standard deviation of the training strips (section 2.1.3) and
    given to the three input channels alike. Weights go to ``folder/weights.safetensors``.

    Parameters
    ----------
    model, kind
        A key of `MODELS`; type 1 or 2.
    train, test
        Strips.
    folder
        Of the run; made if need be.
    settings
        How to train.
    data
        Where the strips came from, for the record.
    reporter
        Follows the steps and may cancel.

    Raises
    ------
    UsageError
        If the model is unknown or there are no strips.
    """
    if model not in MODELS:
        raise UsageError(f"no model is called {model!r}; there are: {', '.join(MODELS)}")
    if len(train) == 0 or len(test) == 0:
        raise UsageError(f"{len(train)} training and {len(test)} test strips; both are needed")
    pl.seed_everything(settings.seed, verbose=False)
    network = MODELS[model](kind, settings.imagenet)
    if settings.weights is not None:
        load_weights(network, settings.weights)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean, std = float(train.images.mean()), max(float(train.images.std()), 1e-3)
    learn = _loader(train, mean, std, settings.batch, shuffle=True)
    check = _loader(test, mean, std, settings.batch, shuffle=False)
    folder.mkdir(parents=True, exist_ok=True)
    write_record(
        folder, asdict(settings) | {"model": model, "kind": kind, "mean": mean, "std": std},
        {"strips": data},
    )  # fmt: skip
    fit = _Fit(network, settings)
    every = max(1, settings.epochs // 5)
    trainer = make_trainer(
        folder,
        epochs=settings.epochs,
        max_minutes=settings.minutes,
        save_every=max(1, settings.epochs),
        device=settings.device,
        reporter=reporter,
        check_val_every_n_epoch=every,
    )
    trainer.fit(fit, learn, check)
    save_weights(network, folder / "weights.safetensors")
    scores, loss, seconds = _score(network, check)
    return FitResult(scores, loss, float(np.median(fit.steps)), seconds, tuple(fit.history))


def _loader(
    strips: StripSet, mean: float, std: float, batch: int, shuffle: bool
) -> DataLoader[tuple[Tensor, ...]]:
    grey = torch.from_numpy((strips.images.astype(np.float32) - mean) / std)
    images = grey[:, None].expand(-1, 3, -1, -1)
    truth = torch.from_numpy(strips.masks.astype(np.int64))
    return DataLoader(TensorDataset(images, truth), batch_size=batch, shuffle=shuffle)


@torch.no_grad()
def _score(
    network: nn.Module, loader: DataLoader[tuple[Tensor, ...]]
) -> tuple[SurfaceScores, float, float]:
    """Scores, loss and time in float32 on the device where the network is."""
    network.eval()
    device = next(network.parameters()).device
    counts, losses, seconds = Counts(), [], 0.0
    for images, truth in loader:
        began = time.perf_counter()
        logits = network(images.to(device)).float()
        predicted: NDArray[np.bool_] = (logits.argmax(1) == 1).cpu().numpy()
        seconds += time.perf_counter() - began
        losses.append((len(truth), float(mean_softmax_cross_entropy(logits, truth.to(device)))))
        counts += Counts.of(predicted, truth.numpy() == 1)
    total = sum(n for n, _ in losses)
    return SurfaceScores.of(counts), sum(n * v for n, v in losses) / total, seconds
