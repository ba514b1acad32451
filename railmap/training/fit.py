"""The training loop: a budget of minutes, checkpoints, validation."""

from __future__ import annotations

import json
import math
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from railmap.errors import RailmapError
from railmap.training.losses import tent_loss
from railmap.training.sample import Sample
from railmap.training.state import Average, Progress, load_checkpoint, save_checkpoint
from railmap.training.validation import predict, scores, write_sheet

__all__ = ["CHECKPOINT", "Schedule", "fit", "make_optimizer"]

CHECKPOINT = "checkpoint.safetensors"
_CHECKPOINT_SECONDS, _VALIDATION_SECONDS, _LOG_STEPS = 120.0, 300.0, 20
_SETTLING_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast.

    Parameters
    ----------
    minutes
        Time to train, validation not counted; the learning rate ends near 0 then.
    rate
        Highest learning rate.
    warm_up
        Share of the time until it is reached.
    decay
        Weight decay (of weights, not of biases and batch norms).
    clip
        Most gradient norm.
    steps
        Stop after this many steps of this start, even if time is left.
    """

    minutes: float
    rate: float = 1.5e-3
    warm_up: float = 0.02
    decay: float = 1e-2
    clip: float = 1.0
    steps: int | None = None

    def rate_at(self, elapsed: float) -> float:
        """Learning rate after `elapsed` seconds: linear warm-up, then half a cosine."""
        share = min(elapsed / (self.minutes * 60), 1.0)
        if share < self.warm_up:
            return self.rate * (0.02 + 0.98 * share / self.warm_up)
        rest = (share - self.warm_up) / (1 - self.warm_up)
        return self.rate * (0.002 + 0.998 * (1 + math.cos(math.pi * rest)) / 2)


def make_optimizer(network: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    """AdamW that lets biases and batch norms be."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    free = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": schedule.decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.rate, fused=True)


class _Timer:
    """Says when `every` seconds of training have passed again."""

    def __init__(self, start: float, every: float) -> None:
        self.last, self.every = start, every

    def due(self, now: float) -> bool:
        if now - self.last < self.every:
            return False
        self.last = now
        return True


def fit(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    schedule: Schedule,
    run: Path,
    *,
    progress: Progress | None = None,
    resume: bool = False,
    validation: dict[str, list[Sample]] | None = None,
    device: torch.device | None = None,
) -> Progress:
    """Train `network` in place and leave checkpoints, log and sheets in `run`.

    SIGTERM and SIGINT end it after the step, with a checkpoint to resume from.

    Parameters
    ----------
    network
        Logits from normalised images.
    batches
        Endless ``(N, 3, H, W)`` float32 images and ``(N, H, W)`` uint8 targets.
    schedule
        Time and rates.
    run
        Folder of the run; must exist.
    progress
        From where to count (with `resume` it is read from the checkpoint instead).
    resume
        Go on from the run's checkpoint.
    validation
        Named sets of samples, judged every five minutes with the averaged weights.
    device
        Default: CPU.

    Returns
    -------
    Progress
        As in the last checkpoint.

    Raises
    ------
    ModelError
        If the checkpoint to resume from doesn't fit.
    RailmapError
        If the loss is no longer a number; the last checkpoint stays.
    """
    device = device or torch.device("cpu")
    network.to(device).to(memory_format=torch.channels_last).train()
    optimizer = make_optimizer(network, schedule)
    average = Average(network)
    path = run / CHECKPOINT
    progress = progress or Progress()
    if resume:
        starts = progress.starts
        progress = load_checkpoint(path, network, average, optimizer)
        progress.starts = max(progress.starts, starts)
    pixels, losses, first = 0, [], progress.step
    saving = _Timer(progress.elapsed, _CHECKPOINT_SECONDS)
    judging = _Timer(progress.elapsed, _VALIDATION_SECONDS)
    with _stop_signal() as stopped, (run / "log.jsonl").open("a", encoding="utf-8") as log:
        begun, before = time.monotonic(), progress.elapsed
        logged = begun
        recent: deque[Tensor] = deque(maxlen=_SETTLING_BATCHES)
        for image, target in batches:
            recent.append(image)
            rate = schedule.rate_at(progress.elapsed)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = _step(network, optimizer, image.to(device), target.to(device), schedule.clip)
            if not math.isfinite(loss):
                raise RailmapError(
                    f"{run}: the loss is {loss} at step {progress.step}; the last checkpoint is "
                    "good: resume with a lower learning rate"
                )
            progress.step += 1
            average.update(network, progress.step)
            losses.append(loss)
            pixels += target.numel()
            now = time.monotonic()
            progress.elapsed = before + now - begun
            over = progress.elapsed >= schedule.minutes * 60 or bool(stopped)
            over |= schedule.steps is not None and progress.step - first >= schedule.steps
            if progress.step % _LOG_STEPS == 0 or over:
                speed = pixels / 1e6 / max(now - logged, 1e-9)
                mean = sum(losses) / len(losses)
                _write(log, "step", progress, loss=mean, rate=rate, mp_per_s=speed)
                pixels, losses, logged = 0, [], now
            judge = judging.due(progress.elapsed) or over
            if judge:
                average.settle(network, recent)
            if saving.due(progress.elapsed) or over:
                save_checkpoint(path, network, average, optimizer, progress)
            if judge and not stopped:
                _validate(network, average, validation or {}, run, log, progress, device)
            pause = time.monotonic() - now  # none of this is training
            begun, logged = begun + pause, logged + pause
            if over:
                break
    return progress


def _step(
    network: nn.Module, optimizer: torch.optim.Optimizer, image: Tensor, target: Tensor, clip: float
) -> float:
    """Take one step; return the loss, or NaN and change no weight if it has no finite gradient."""
    image = image.contiguous(memory_format=torch.channels_last)
    with torch.autocast(image.device.type, torch.bfloat16):
        logits = network(image)
    loss = tent_loss(logits, target)
    value = float(loss.detach())
    if math.isfinite(value):
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), clip)
        if not torch.isfinite(norm):
            return math.nan
        optimizer.step()
    return value


def _validate(
    network: nn.Module,
    average: Average,
    sets: dict[str, list[Sample]],
    run: Path,
    log: Any,
    progress: Progress,
    device: torch.device,
) -> None:
    """Judge the averaged weights on every set, write sheets."""
    own = {k: v.detach().clone() for k, v in network.state_dict().items()}
    network.load_state_dict(average.tensors)
    for name, samples in sets.items():
        predictions = [predict(network, sample.image, device) for sample in samples]
        _write(log, "validation", progress, set=name, **scores(predictions, samples))
        write_sheet(run / f"{name}.png", predictions, samples)
    network.load_state_dict(own)


def _write(log: Any, event: str, progress: Progress, **values: Any) -> None:
    """One JSON line in the log and on the terminal."""
    line = {"event": event, "step": progress.step, "minutes": round(progress.elapsed / 60, 2)}
    line |= {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in values.items()}
    text = json.dumps(line)
    log.write(text + "\n")
    log.flush()
    print(text, flush=True)


@contextmanager
def _stop_signal() -> Iterator[list[int]]:
    """A list that is no longer empty once SIGTERM or SIGINT came."""
    came: list[int] = []
    kinds = (signal.SIGTERM, signal.SIGINT)
    old = [signal.signal(kind, lambda number, _: came.append(number)) for kind in kinds]
    try:
        yield came
    finally:
        for kind, handler in zip(kinds, old, strict=True):
            signal.signal(kind, handler)
