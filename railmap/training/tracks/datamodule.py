"""The loaders of a track network's run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningDataModule, Trainer
from torch.utils.data import DataLoader, Dataset

from railmap.training.fit.loading import ResumableLoader

__all__ = ["TrackData"]


class TrackData(LightningDataModule):
    """Training samples that can be resumed, and the sets to judge on.

    Parameters
    ----------
    train, validation
        Data sets, as for `TrackTraining`.
    batch
        Samples of a batch, of one process.
    seed
        Of the order.
    workers
        Processes that create samples.
    """

    def __init__(
        self,
        train: Dataset[Any],
        validation: Mapping[str, Dataset[Any]],
        *,
        batch: int,
        seed: int,
        workers: int,
    ) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self.batch, self.seed, self.workers = batch, seed, workers
        self._loader: ResumableLoader | None = None
        self._reached: dict[str, int] = {}

    def train_dataloader(self) -> ResumableLoader:
        """Give this process its share of the training samples."""
        trainer = self.trainer
        assert isinstance(trainer, Trainer)
        self._loader = ResumableLoader(
            self.train, self.batch, seed=self.seed, workers=self.workers,
            rank=trainer.global_rank, world=trainer.world_size,
        )  # fmt: skip
        if self._reached:
            self._loader.load_state_dict(self._reached)
        return self._loader

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """One image at a time: they may differ in size."""
        return [DataLoader(s, generator=torch.Generator()) for s in self.validation.values()]

    def state_dict(self) -> dict[str, int]:
        """Where the loader is: Lightning itself forgets it between epochs."""
        return self._loader.state_dict() if self._loader is not None else {}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Remember where to begin."""
        self._reached = state_dict
