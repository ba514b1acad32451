"""A track network as Lightning and torchmetrics want it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.callbacks import Timer
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import Metric, MetricCollection
from torchmetrics.classification import BinaryJaccardIndex, BinaryPrecision, BinaryRecall

from railmap.training.data.sample import IGNORE, TOP, Sample, to_image
from railmap.training.tracks.losses import fields_loss
from railmap.training.tracks.recipes import Recipe
from railmap.training.tracks.validation import write_sheet

__all__ = ["TrackModule"]

_SHOWN = 12
_UNJUDGED = -1


class TrackModule(LightningModule):
    """Trains `network` after `recipe`; judges it on named sets.

    Logged are ``train_loss`` and ``rate``, and for every set ``NAME_loss``, ``NAME_iou``,
    ``NAME_precision`` and ``NAME_recall`` at half height (sleeper width). Each validation leaves
    ``NAME.png`` in `folder`: image, target and prediction of the set's first images.

    Parameters
    ----------
    network
        Logits ``(N, 1, H, W)`` from normalised images ``(N, 3, H, W)``.
    recipe
        How it is trained.
    rate
        Highest learning rate.
    encoder_share
        The encoder's share of it.
    seed
        Of what is random within the network (dropout).
    sets
        Names of the validation sets, in the order of their loaders.
    folder
        Where the images go.
    minutes
        Length of the training where it is a time.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        *,
        rate: float | None = None,
        encoder_share: float = 1.0,
        seed: int = 0,
        sets: Sequence[str] = (),
        folder: Path | None = None,
        minutes: float | None = None,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.recipe, self.rate = recipe, rate or recipe.rate
        self.encoder_share = encoder_share
        self.seed, self.sets, self.folder, self.minutes = seed, tuple(sets), folder, minutes
        self.scores = nn.ModuleList([_scores(name) for name in self.sets])
        self._shown: dict[str, list[tuple[Sample, NDArray[np.uint8]]]] = {}
        self._steps = math.inf

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` → logits ``(N, 1, H, W)``."""
        return self.network(image.contiguous(memory_format=torch.channels_last))

    def configure_optimizers(self) -> Optimizer:
        """Give the recipe's optimizer."""
        return self.recipe.optimizer(self.network, self.rate, self.encoder_share)

    def on_train_start(self) -> None:
        """Learn how many steps there will be."""
        self._steps = float(self.trainer.estimated_stepping_batches)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the rate and the random state: both are functions of the step, so resuming is exact.

        No scheduler: the rate follows the time where the training's length is a time.
        """
        rate = self.rate * self.recipe.shape(self._share())
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = rate * group["share"]
        place = np.random.SeedSequence([self.seed, self.current_epoch, batch_idx])
        torch.manual_seed(int(place.generate_state(1, np.uint64)[0]))

    def _share(self) -> float:
        """Share of the training that is done, 0-1."""
        share = self.trainer.global_step / self._steps if math.isfinite(self._steps) else 0.0
        for callback in self.trainer.callbacks:  # type: ignore[attr-defined]
            if isinstance(callback, Timer) and self.minutes:
                share = max(share, callback.time_elapsed("train") / (60 * self.minutes))
        return min(share, 1.0)

    def configure_gradient_clipping(self, optimizer: Optimizer, *_: Any, **__: Any) -> None:
        """Clip by norm; Lightning's own method refuses fused optimizers because of float16."""
        if self.recipe.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)

    def training_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> Tensor:
        """Loss of one batch: images, targets and, for a network with fields, their targets."""
        image, target = batch[:2]
        if len(batch) > 2:
            layout = image.contiguous(memory_format=torch.channels_last)
            logits, fields = self.network.heads(layout)  # type: ignore[operator]
            more = fields_loss(fields, batch[2])
            self.log("fields_loss", more, on_step=True, on_epoch=True, batch_size=len(image))
            loss = self.recipe.loss(logits, target) + more
        else:
            loss = self.recipe.loss(self(image), target)
        self.log("train_loss", loss, on_step=True, on_epoch=True, batch_size=len(image))
        if batch_idx % self.trainer.log_every_n_steps == 0:  # type: ignore[attr-defined]
            self.log("rate", self.rate * self.recipe.shape(self._share()))
        return loss

    def validation_step(
        self, batch: tuple[Tensor, Tensor], batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Judge one batch of a set."""
        image, target = batch
        logits = self(image)
        name = self.sets[dataloader_idx]
        loss = self.recipe.loss(logits, target)
        self.log(f"{name}_loss", loss, batch_size=len(image), add_dataloader_idx=False)
        found = torch.sigmoid(logits.float()[:, 0])
        wanted = (target >= TOP / 2).long().masked_fill(target == IGNORE, _UNJUDGED)
        self._judge(dataloader_idx).update(found, wanted)
        kept = self._shown.setdefault(name, [])
        for one in range(min(len(image), _SHOWN - len(kept))):
            sample = Sample(to_image(image[one].float().cpu().numpy()), target[one].cpu().numpy())
            kept.append((sample, np.round(found[one].cpu().numpy() * TOP).astype(np.uint8)))

    def on_validation_epoch_end(self) -> None:
        """Log the scores and write the images of every set."""
        for number, name in enumerate(self.sets):
            scores = self._judge(number)
            self.log_dict(scores.compute(), add_dataloader_idx=False)
            scores.reset()
            kept = self._shown.pop(name, [])
            if kept and self.folder is not None and self.trainer.is_global_zero:
                samples, found = zip(*kept, strict=True)
                write_sheet(self.folder / f"{name}.png", found, samples)

    def _judge(self, number: int) -> MetricCollection:
        scores = self.scores[number]
        assert isinstance(scores, MetricCollection)
        return scores


def _scores(name: str) -> MetricCollection:
    """IoU, precision and recall at half height, over all judged pixels together."""
    kinds: dict[str, Metric | MetricCollection] = {
        "iou": BinaryJaccardIndex(ignore_index=_UNJUDGED),
        "precision": BinaryPrecision(ignore_index=_UNJUDGED),
        "recall": BinaryRecall(ignore_index=_UNJUDGED),
    }
    return MetricCollection(kinds, prefix=f"{name}_")
