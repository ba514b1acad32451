"""The trainer that every network of railmap is fitted with: Lightning, with railmap's manners."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from railmap.errors import Option, OutputError, UsageError, missing_extra
from railmap.progress import NullReporter, Reporter

try:
    import tensorboard
    import torch
    from lightning.pytorch import Callback, Trainer
    from lightning.pytorch.callbacks import EarlyStopping, Timer
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
except ImportError as error:
    raise missing_extra("training", "train", error) from error

from railmap.inference.backends.torch import best_device, check_device
from railmap.training.fit.checkpoints import (
    CHECKPOINTS,
    LAST,
    AtomicCheckpoints,
    BestCheckpoint,
    EpochCheckpoints,
    LastCheckpoint,
)
from railmap.training.fit.curves import loss_curves
from railmap.training.fit.guard import NanGuard
from railmap.training.fit.record import write_record

__all__ = ["best_precision", "last_checkpoint", "loss_curves", "make_trainer", "write_record"]

del tensorboard

_LOG_EVERY = 10  # steps between lines of the log
_NOISE = (
    r".*does not have many workers.*",
    r".*The number of training batches.*is smaller than the logging interval.*",
    r".*You are using .* `Precision` plugin.*",
    r".*Checkpoint directory .* exists and is not empty.*",
    r".*is not a multiple of the reduction.*",
    r".*You defined a `validation_step` but have no `val_dataloader`.*",
    r".*callbacks used to create the checkpoint need to be provided.*",
    r".*`isinstance\(treespec, LeafSpec\)` is deprecated.*",
)


def make_trainer(
    folder: Path,
    *,
    epochs: int | None = None,
    max_steps: int = -1,
    max_minutes: float | None = None,
    save_every: int | None = 5,
    monitor: str | None = None,
    mode: str = "max",
    patience: int | None = None,
    device: str = "auto",
    precision: str = "auto",
    callbacks: Sequence[Callback] = (),
    reporter: Reporter | None = None,
    **options: Any,
) -> Trainer:
    """Create a Lightning trainer that writes a whole run to `folder`.

    In ``folder/checkpoints`` are ``epoch-NNNN.ckpt`` (every `save_every` epochs), ``last.ckpt``
    (as often, at the end, and where the run was cancelled; resume with
    ``trainer.fit(..., ckpt_path=last_checkpoint(folder))``) and, with `monitor`, ``best.ckpt``.
    Each is written to a temporary file and renamed, so a full disk leaves the previous one. The log
    is in ``folder/log`` (CSV) and ``folder/tensorboard``. A loss or gradient that is not a number
    stops the run before it reaches the weights.

    Parameters
    ----------
    folder
        Folder of the run; created if it does not exist.
    epochs, max_steps, max_minutes
        When to stop, whichever comes first; minutes count over all starts of a run.
    save_every
        Epochs between checkpoints; None writes ``last.ckpt`` after each and keeps no others.
    monitor, mode
        Logged value whose best ("max" or "min") is kept, and which `patience` watches.
    patience
        Validations without a better `monitor` after which to stop.
    device
        "auto", "cpu", "mps", "cuda" (all GPUs) or "cuda:0".
    precision
        "auto" (bfloat16 mixed where the device computes it, else float32), or Lightning's name.
    callbacks
        Further callbacks.
    reporter
        Receives the progress; when it is cancelled the run stops with a checkpoint. Without one
        Lightning shows its bar, on a terminal only.
    **options
        For `lightning.Trainer`, e.g. ``gradient_clip_val``.

    Raises
    ------
    UsageError
        If there is no end, `patience` has no `monitor`, or the device name is unknown.
    DeviceError
        If the device is not there.
    OutputError
        If `folder` cannot be made.
    """
    if epochs is None and max_steps < 0 and max_minutes is None:
        raise UsageError("training needs an end: give epochs, steps or minutes")
    if max_minutes is not None and not max_minutes > 0:
        raise UsageError(f"minutes {max_minutes}: must be above 0")
    if patience is not None and monitor is None:
        raise UsageError("patience needs a validation to watch; give validation data")
    if mode not in ("max", "min"):
        raise UsageError(f"mode is max or min, not {mode!r}")
    kind, devices = _accelerator(device)
    try:
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    _quieten()
    ours: list[Callback] = [NanGuard(folder)]
    if save_every is not None:
        ours.append(EpochCheckpoints(folder, save_every))
    if monitor is not None:
        ours.append(BestCheckpoint(folder, monitor, mode))
    if patience is not None and monitor is not None:
        ours.append(EarlyStopping(monitor, mode=mode, patience=patience, check_finite=False))
    if max_minutes is not None:
        ours.append(Timer(timedelta(minutes=max_minutes), interval="step", verbose=False))
    ours.append(LastCheckpoint(folder, save_every or 1, reporter or NullReporter()))
    settings: dict[str, Any] = {
        "accelerator": kind,
        "devices": devices,
        "precision": best_precision(kind, precision),
        "max_epochs": -1 if epochs is None else epochs,
        "max_steps": max_steps,
        "callbacks": [*callbacks, *ours],
        "logger": [
            CSVLogger(folder, name="log"),
            TensorBoardLogger(folder, name="", version="tensorboard"),
        ],
        "plugins": [AtomicCheckpoints()],
        "log_every_n_steps": _LOG_EVERY,
        "default_root_dir": folder,
        "enable_checkpointing": True,
        "enable_progress_bar": reporter is None and sys.stderr.isatty(),
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    return Trainer(**(settings | options))


def last_checkpoint(folder: Path) -> Path:
    """Return the checkpoint that a run goes on from.

    Raises
    ------
    OutputError
        If the run has none.
    """
    path = folder / CHECKPOINTS / LAST
    if not path.is_file():
        raise OutputError(f"{path}: nothing to resume; omit ", Option("resume"))
    return path


def _accelerator(device: str) -> tuple[str, str | int | list[int]]:
    """Lightning's accelerator and devices for a name as torch has it."""
    chosen = check_device(best_device() if device == "auto" else device)
    if chosen.type == "cuda":
        return "cuda", "auto" if chosen.index is None else [chosen.index]
    if chosen.type not in ("cpu", "mps"):
        raise UsageError(f"{device!r} cannot train; use auto, cuda, cuda:0, mps or cpu")
    return chosen.type, 1


def best_precision(kind: str, asked: str = "auto") -> Any:
    """Bfloat16 keeps float32's range, so that nothing needs to be scaled; older devices lack it."""
    if asked != "auto":
        return asked
    if kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return "bf16-mixed"
    if kind == "cpu" and any(
        getattr(torch.cpu, f"_is_{name}_supported", bool)() for name in ("avx512_bf16", "amx_tile")
    ):
        return "bf16-mixed"
    return "32-true"


def _quieten() -> None:
    """Keep Lightning's advice off the user's terminal; its errors still come as exceptions."""
    for name in ("lightning.pytorch", "lightning.fabric", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for text in _NOISE:
        warnings.filterwarnings("ignore", text)
