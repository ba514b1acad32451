"""A loss or gradient that is no number stops the run before it reaches the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from railmap.errors import RailmapError
from railmap.models.tensors import write_tensors
from railmap.training.fit.checkpoints import CHECKPOINTS, LAST

__all__ = ["GOOD", "NanGuard"]

GOOD = "last-good.safetensors"


class NanGuard(Callback):
    """Stops at a loss or gradient norm that is not finite, keeps the weights, names the batch.

    The check stands before the optimizer's step: after it the weights would be gone. The forward
    pass has changed the batch norms' statistics by then, so they are copied before it.

    Parameters
    ----------
    folder
        Of the run; the weights before the bad batch are left there as ``last-good.safetensors``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._batch: Any = None
        self._number = 0
        self._statistics: list[Tensor] = []

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Remember the batch, to report its faults, and the statistics."""
        self._batch, self._number = batch, batch_idx
        buffers = list(pl_module.buffers())
        if len(self._statistics) != len(buffers):
            self._statistics = [buffer.detach().clone() for buffer in buffers]
        elif buffers:
            torch._foreach_copy_(self._statistics, buffers)

    def on_train_batch_end(self, *args: Any) -> None:
        """Let the batch go."""
        self._batch = None

    def on_before_backward(
        self, trainer: Trainer, pl_module: LightningModule, loss: Tensor
    ) -> None:
        """Check the loss."""
        if not _everywhere(trainer, bool(torch.isfinite(loss.detach()).all())):
            self._stop(trainer, pl_module, f"the loss is {float(loss.detach().float().mean())}")

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Any
    ) -> None:
        """Check the gradient, by its norm."""
        if trainer.scaler is not None:  # float16: infinite gradients are the scaler's to skip
            return
        grads = [p.grad for p in pl_module.parameters() if p.grad is not None]
        sound = not grads or bool(torch.isfinite(torch.nn.utils.get_total_norm(grads)))
        if not _everywhere(trainer, sound):
            self._stop(trainer, pl_module, "the gradient is not finite")

    def _stop(self, trainer: Trainer, module: LightningModule, what: str) -> None:
        path = self.folder / GOOD
        with torch.no_grad():
            for buffer, before in zip(module.buffers(), self._statistics, strict=True):
                buffer.copy_(before)
        if trainer.is_global_zero:
            write_tensors({k: v.clone() for k, v in module.state_dict().items()}, path)
        where = f"batch {self._number} of epoch {trainer.current_epoch}"
        cause = "its images hold values that are no numbers"
        if all(bool(torch.isfinite(t).all()) for t in _tensors(self._batch)):
            cause = "its images are sound, so lower the learning rate"
        last = self.folder / CHECKPOINTS / LAST
        action = f"go on from {last}" if last.is_file() else "start again"
        raise RailmapError(
            f"{self.folder}: {what} at {where} (step {trainer.global_step}); {cause} and {action}; "
            f"the last good weights are in {path}"
        )


def _everywhere(trainer: Trainer, sound: bool) -> bool:
    """Whether all processes are sound: if one stopped alone the others would wait for it."""
    if trainer.world_size == 1:
        return sound
    return trainer.strategy.reduce_boolean_decision(sound, all=True)


def _tensors(batch: Any) -> list[Tensor]:
    """All floating-point tensors of a batch of any shape."""
    if isinstance(batch, Tensor):
        return [batch] if batch.is_floating_point() else []
    parts = batch.values() if isinstance(batch, dict) else batch
    if not isinstance(batch, dict | list | tuple):
        return []
    return [tensor for part in parts for tensor in _tensors(part)]
