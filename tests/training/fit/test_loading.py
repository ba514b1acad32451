from __future__ import annotations

from itertools import chain, islice
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from railmap.training.fit.loading import EpochBatches, ResumableLoader


class Numbers(Dataset[Tensor]):
    """Samples that hold their number: epoch · 100 + index."""

    def __init__(self, length: int, *, in_order: bool = False) -> None:
        self.length, self.in_order = length, in_order
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Tensor:
        return self._epoch * 100 + index


def epochs(loader: ResumableLoader, count: int) -> list[list[list[int]]]:
    return [[batch.tolist() for batch in loader] for _ in range(count)]


def flat(parts: list[list[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))


def test_every_epoch_has_every_sample_in_another_order() -> None:
    first, second = epochs(ResumableLoader(Numbers(12), 4, seed=3), 2)
    assert [sorted(flat(e)) for e in (first, second)] == [
        list(range(12)), list(range(100, 112))
    ]  # fmt: skip
    assert [n + 100 for n in flat(first)] != flat(second)
    assert first == epochs(ResumableLoader(Numbers(12), 4, seed=3), 1)[0]
    assert first != epochs(ResumableLoader(Numbers(12), 4, seed=4), 1)[0]


def test_random_samples_keep_their_order() -> None:
    (one,) = epochs(ResumableLoader(Numbers(6, in_order=True), 3), 1)
    assert one == [[0, 1, 2], [3, 4, 5]]


def test_the_last_batch_is_full() -> None:
    (one,) = epochs(ResumableLoader(Numbers(5), 4), 1)
    assert [len(batch) for batch in one] == [4, 4]
    assert len(set(flat(one))) == 5
    (tiny,) = epochs(ResumableLoader(Numbers(1), 3), 1)
    assert tiny == [[0, 0, 0]]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("taken", [1, 3, 4, 6])
def test_it_goes_on_where_it_was(workers: int, taken: int) -> None:
    whole = flat(epochs(ResumableLoader(Numbers(12), 4, seed=1), 3))
    loader = ResumableLoader(Numbers(12), 4, seed=1, workers=workers)
    got: list[Any] = []
    while len(got) < taken:
        got += [batch.tolist() for batch in islice(loader, taken - len(got))]
    again = ResumableLoader(Numbers(12), 4, seed=1, workers=workers)
    again.load_state_dict(loader.state_dict())
    while len(got) < len(whole):
        got += [batch.tolist() for batch in again]
    assert got == whole


def test_a_whole_epoch_stays_whole_with_another_batch() -> None:
    loader = ResumableLoader(Numbers(12), 4)
    list(loader)
    smaller = ResumableLoader(Numbers(12), 2)
    smaller.load_state_dict(loader.state_dict())
    assert sorted(b for batch in smaller for b in batch.tolist()) == list(range(100, 112))


def test_processes_share_an_epoch() -> None:
    parts = [list(EpochBatches(12, 2, 5, rank, 3)) for rank in range(3)]
    assert all(len(part) == 2 for part in parts)
    assert sorted(n for part in parts for batch in part for n in batch) == list(range(12))
