"""A network, data and a run so small that a test takes a second."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from railmap.training.data.sample import normalise
from railmap.training.tracks.options import TrainingOptions
from railmap.training.tracks.stream import Mixture, SampleStream
from railmap.training.tracks.train import TrackTraining
from tests.helpers import standin_renderer as standin


def network(name: str = "", **_: Any) -> nn.Sequential:
    """Convolution, batch norm, dropout: all that has a state of its own."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Conv2d(8, 1, 1),
    )


class Held(Dataset[tuple[Tensor, Tensor]]):
    """Two pictures of different sizes."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        crop = standin.render(np.random.default_rng([9, index]), (32, 48)[index], 0.2)
        return torch.from_numpy(normalise(crop.image)), torch.from_numpy(crop.target)


def stream(epoch: int = 20, batch: int = 4) -> SampleStream:
    return SampleStream(Mixture(standin.render), 32, 0.2, (0,), epoch=epoch, batch=batch)


def training(out: Path, **changes: Any) -> TrackTraining:
    """Epochs of five steps."""
    options: dict[str, Any] = {
        "batch": 4, "crop": 32, "gsd": 0.2, "epochs": 2, "rate": 0.02, "device": "cpu",
        "precision": "32-true",
    }  # fmt: skip
    names = {field.name for field in fields(TrainingOptions)}
    options |= {name: value for name, value in changes.items() if name in names}
    others = {name: value for name, value in changes.items() if name not in names}
    return TrackTraining(out, options=TrainingOptions(**options), **({"train": stream()} | others))
