"""Checkpoints that are always whole: every few epochs, the best, and where the run stopped."""

from __future__ import annotations

import contextlib
import io
import pickle
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Checkpoint, ModelCheckpoint, Timer

from railmap.errors import Cancelled, ModelError
from railmap.files.output import atomic_output
from railmap.progress import Reporter

__all__ = [
    "BEST",
    "CHECKPOINTS",
    "LAST",
    "AtomicCheckpoints",
    "BestCheckpoint",
    "EpochCheckpoints",
    "LastCheckpoint",
    "read_checkpoint",
]

CHECKPOINTS, LAST, BEST = "checkpoints", "last.ckpt", "best.ckpt"


def read_checkpoint(path: Path, map_location: Any = "cpu") -> dict[str, Any]:
    """Read a checkpoint without running any code that a pickle may hold.

    Raises
    ------
    ModelError
        If it is missing, broken, or holds more than tensors and plain values.
    """
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else "cut short"
        raise ModelError(f"{path}: no whole checkpoint of railmap's training ({reason})") from error


class AtomicCheckpoints(CheckpointIO):
    """Writes to a temporary file and renames it; Lightning loses the old file on a full disk."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write a checkpoint, or leave the previous one and raise `OutputError`."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        with atomic_output(target, overwrite=True) as partial:
            partial.write_bytes(buffer.getbuffer())

    def load_checkpoint(
        self, path: Any, map_location: Any = "cpu", weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint, as `read_checkpoint`."""
        return read_checkpoint(Path(path), map_location or "cpu")

    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint."""
        Path(path).unlink(missing_ok=True)


class EpochCheckpoints(ModelCheckpoint):
    """``epoch-NNNN.ckpt`` after every `every` whole epochs (counted from 1), all kept."""

    def __init__(self, folder: Path, every: int) -> None:
        super().__init__(
            folder / CHECKPOINTS, "epoch-{epoch:04d}", auto_insert_metric_name=False,
            save_top_k=-1, every_n_epochs=every, enable_version_counter=False,
            save_on_train_epoch_end=True,
        )  # fmt: skip

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save, unless the run was stopped within the epoch: it could not be resumed exactly."""
        if _whole(trainer):
            super().on_train_epoch_end(trainer, pl_module)

    def format_checkpoint_name(self, *args: Any, **kwargs: Any) -> str:
        """Name the file by how many epochs it has seen."""
        metrics = dict(args[0] if args else kwargs.pop("metrics"))
        metrics["epoch"] = torch.as_tensor(int(metrics.get("epoch", 0)) + 1)
        return super().format_checkpoint_name(metrics, *args[1:], **kwargs)


class BestCheckpoint(ModelCheckpoint):
    """``best.ckpt``: after the validation with the best `monitor` so far."""

    def __init__(self, folder: Path, monitor: str, mode: str) -> None:
        super().__init__(
            folder / CHECKPOINTS, BEST.removesuffix(".ckpt"), monitor=monitor, mode=mode,
            save_top_k=1, enable_version_counter=False, save_on_train_epoch_end=False,
        )  # fmt: skip


class LastCheckpoint(Checkpoint):
    """``last.ckpt``, to resume from: every `every` epochs, at the end, and when cancelled.

    A run that ends within an epoch (time, steps, cancelled) is saved after its last batch, before
    Lightning counts the epoch as done; so it resumes with the next batch.
    """

    def __init__(self, folder: Path, every: int, reporter: Reporter) -> None:
        self.path = folder / CHECKPOINTS / LAST
        self.every = every
        self.reporter = reporter
        self._saved = -1
        self._timer: Timer | None = None
        self._reported = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the number of steps, or of minutes where those end the run."""
        self._reported = 0.0
        if trainer.max_steps >= 0 or (trainer.max_epochs or -1) >= 0:
            self.reporter.stage("train", float(trainer.estimated_stepping_batches), "steps")
        else:
            self._timer = next((c for c in _callbacks(trainer) if isinstance(c, Timer)), None)
            left = self._timer.time_remaining() if self._timer is not None else None
            self.reporter.stage("train", self._done(trainer) + (left or 0.0) / 60, "minutes")
        if trainer.global_step:
            self._tell(trainer)

    def _done(self, trainer: Trainer) -> float:
        """Steps, or minutes where those end the run."""
        if self._timer is None:
            return float(trainer.global_step)
        return self._timer.time_elapsed() / 60

    def _tell(self, trainer: Trainer) -> None:
        done = self._done(trainer)
        self.reporter.advance(done - self._reported)
        self._reported = done

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *args: Any, **kwargs: Any
    ) -> None:
        """Report the step; save where the run stops."""
        with contextlib.suppress(Cancelled):
            self._tell(trainer)
        if _whole(trainer):
            return  # the validation belongs to the epoch, and is not repeated later
        if trainer.global_step == trainer.max_steps:
            trainer.should_stop = True  # else Lightning would end without a validation
        if trainer.should_stop:
            self._save(trainer)
        self._check(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save every few whole epochs."""
        if _whole(trainer):
            if (trainer.current_epoch + 1) % self.every == 0:
                self._save(trainer)
            self._check(trainer)

    def _check(self, trainer: Trainer) -> None:
        cancelled = False
        try:
            self.reporter.check()
        except Cancelled:
            cancelled = True
        if trainer.world_size > 1:  # all processes stop at the same step
            cancelled = trainer.strategy.reduce_boolean_decision(cancelled, all=False)
        if cancelled:
            self._save(trainer)
            raise Cancelled(f"cancelled after step {trainer.global_step}; {self.path} holds it")

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save the end of a run of whole epochs."""
        self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        if self._saved != trainer.global_step:
            trainer.save_checkpoint(self.path)
            self._saved = trainer.global_step


def _callbacks(trainer: Trainer) -> list[Callback]:
    return list(trainer.callbacks)  # type: ignore[attr-defined]


def _whole(trainer: Trainer) -> bool:
    """Whether the epoch has had all its batches."""
    return trainer.fit_loop.epoch_loop._num_ready_batches_reached()
