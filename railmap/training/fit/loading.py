"""Batches in an order that is known beforehand, so that a stopped run goes on as if it was not."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

__all__ = ["EpochBatches", "ResumableLoader"]


class EpochBatches(Sampler[list[int]]):
    """One process's indices, batch by batch, an epoch at a time; all batches have the same size.

    The last batch of an epoch is filled from the epoch's beginning: batch norms mind small ones.

    Parameters
    ----------
    length
        Samples of an epoch, over all processes.
    batch
        Samples of a batch, of one process.
    seed
        Of the order; None keeps the order of the data set.
    rank, world
        This process, and how many there are.
    """

    def __init__(
        self, length: int, batch: int, seed: int | None, rank: int = 0, world: int = 1
    ) -> None:
        self.length, self.batch, self.seed = length, batch, seed
        self.rank, self.world = rank, world
        self.epoch = 0
        self.first = 0
        """Batch of the epoch to begin with."""

    def __len__(self) -> int:
        return -(-self.length // (self.batch * self.world))

    def __iter__(self) -> Iterator[list[int]]:
        order = np.arange(self.length)
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(self.length)
        order = np.resize(order, len(self) * self.batch * self.world)
        rows = order.reshape(len(self), self.world, self.batch)[self.first :, self.rank]
        yield from (row.tolist() for row in rows)


class ResumableLoader(DataLoader[Any]):
    """Batches of a map-style data set; its position can be saved and restored.

    A sample must be a function of its index and the epoch: its randomness comes from a generator
    seeded with both. A data set that needs the epoch has ``set_epoch(epoch)``, which must reach
    living workers (a tensor in shared memory does). Where ``in_order`` is true the samples are
    random already and are not shuffled.

    Parameters
    ----------
    dataset
        Map-style, with a length.
    batch
        Samples of a batch.
    seed
        Of the order.
    workers
        Processes that create samples (0: this one).
    rank, world
        This process, and how many there are.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch: int,
        *,
        seed: int = 0,
        workers: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        order = None if getattr(dataset, "in_order", False) else seed
        length = len(dataset)  # type: ignore[arg-type]
        self.batches = EpochBatches(length, batch, order, rank, world)
        super().__init__(
            dataset,
            batch_sampler=self.batches,
            num_workers=workers,
            worker_init_fn=_start_worker,
            prefetch_factor=4 if workers else None,
            persistent_workers=workers > 0,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # the default one belongs to the network
        )

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        batches = self.batches
        if batches.first >= len(batches):
            batches.epoch, batches.first = batches.epoch + 1, 0
        if hasattr(self.dataset, "set_epoch"):
            self.dataset.set_epoch(batches.epoch)
        for batch in super().__iter__():
            batches.first += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Epoch, batches of it that were given out, and whether those were all."""
        whole = self.batches.first >= len(self.batches)
        return {"epoch": self.batches.epoch, "first": self.batches.first, "whole": int(whole)}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on after those batches.

        An epoch that was complete stays so if the batches have another size now.
        """
        self.batches.epoch = state["epoch"]
        self.batches.first = len(self.batches) if state["whole"] else state["first"]


def _start_worker(_: int) -> None:
    """One thread a worker: the training step needs the others, and signals are its to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
