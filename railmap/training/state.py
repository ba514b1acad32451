"""All that a run needs to go on, in one file that is always whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from railmap.errors import ModelError
from railmap.nets.weights import read_tensors, write_tensors

__all__ = ["Average", "Progress", "average_weights", "load_checkpoint", "save_checkpoint"]

_PROGRESS, _RANDOM = "progress", "random"


@dataclass(slots=True)
class Progress:
    """How far a run has come.

    Parameters
    ----------
    step
        Optimiser steps done.
    elapsed
        Seconds spent training.
    starts
        Times the run was started; part of the seed, so that no start repeats another's samples.
    """

    step: int = 0
    elapsed: float = 0.0
    starts: int = 0


class Average:
    """Exponential moving average of all weights and statistics; short at first, then `decay`."""

    def __init__(self, network: nn.Module, decay: float = 0.998) -> None:
        self.decay = decay
        self.tensors = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for key, value in network.state_dict().items():
            if value.is_floating_point():
                self.tensors[key].lerp_(value, 1 - keep)
            else:
                self.tensors[key].copy_(value)

    @torch.no_grad()
    def settle(self, network: nn.Module, images: Iterable[Tensor]) -> None:
        """Measure the batch norms' statistics anew, with the averaged weights on `images`.

        The running ones belong to the weights of each step; under averaged weights they are off
        by so much, early on, that the network finds nothing.
        """
        own = {k: v.detach().clone() for k, v in network.state_dict().items()}
        network.load_state_dict(self.tensors)
        norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # plain mean over all images
        device = next(network.parameters()).device
        for image in images:
            image = image.to(device, memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16):
                network(image)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        self.tensors = {k: v.detach().clone() for k, v in network.state_dict().items()}
        network.load_state_dict(own)


def save_checkpoint(
    path: Path, network: nn.Module, average: Average, optimizer: Optimizer, progress: Progress
) -> None:
    """Write a checkpoint, whole or not at all."""
    tensors: dict[str, Tensor] = {f"model/{k}": v for k, v in network.state_dict().items()}
    tensors |= {f"average/{k}": v for k, v in average.tensors.items()}
    for index, slots in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{k}": torch.as_tensor(v) for k, v in slots.items()}
    told = json.dumps(asdict(progress)).encode()
    tensors[_PROGRESS] = torch.frombuffer(bytearray(told), dtype=torch.uint8)
    tensors[_RANDOM] = torch.get_rng_state()
    # Copies: safetensors refuses tensors that share memory.
    write_tensors({k: v.clone() for k, v in tensors.items()}, path)


def load_checkpoint(
    path: Path, network: nn.Module, average: Average, optimizer: Optimizer
) -> Progress:
    """Put everything back and tell how far the run had come.

    Raises
    ------
    ModelError
        If the checkpoint is missing, broken or of another network.
    """
    tensors = read_tensors(path)
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer/"):
            _, index, name = key.split("/")
            slots.setdefault(int(index), {})[name] = value
    groups: list[dict[str, Any]] = optimizer.param_groups
    weights: list[Tensor] = [weight for group in groups for weight in group["params"]]
    try:
        network.load_state_dict(_under("model/", tensors))
        saved = _under("average/", tensors)
        for key, value in average.tensors.items():
            value.copy_(saved[key])
        state: dict[str, Any] = optimizer.state_dict()
        for number, named in slots.items():
            for name, value in named.items():
                if value.shape == weights[number].shape:
                    # Fused steps go by the order in memory: it must be the weight's.
                    named[name] = torch.empty_like(weights[number]).copy_(value)
        optimizer.load_state_dict({"state": slots, "param_groups": state["param_groups"]})
        progress = Progress(**json.loads(bytes(tensors[_PROGRESS].tolist())))
        torch.set_rng_state(tensors[_RANDOM])
    except (KeyError, IndexError, RuntimeError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: a checkpoint of another network or program ({error})") from error
    return progress


def average_weights(path: Path) -> dict[str, Tensor]:
    """Read only the averaged weights of a checkpoint, for the model package.

    Raises
    ------
    ModelError
        If the file is no checkpoint.
    """
    tensors = _under("average/", read_tensors(path))
    if not tensors:
        raise ModelError(f"{path}: no checkpoint of railmap's training")
    return tensors


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
