"""A program that trains in two processes, as on two GPUs: ``python two_processes.py FOLDER``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only

from railmap.training.fit.trainer import make_trainer
from railmap.training.tracks import train as recipe
from tests.helpers import small_network as small

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    recipe.build_network = small.network  # type: ignore[assignment]
    recipe.make_trainer = partial(make_trainer, devices=2, strategy="ddp")  # type: ignore[assignment]
    kept: list[np.ndarray] = []
    fit = recipe._fit

    def watched(*args: object) -> recipe.TrackModule:
        module = fit(*args)  # type: ignore[arg-type]
        kept.append(module.network[0].weight.detach().numpy())  # type: ignore[index]
        return module

    recipe._fit = watched  # type: ignore[assignment]
    config = small.training(
        folder / "run", train=small.stream(24), validation={"held": small.Held()}
    )
    recipe.train_tracks(config)
    np.save(folder / f"{getattr(rank_zero_only, 'rank', 0)}.npy", kept[0])
