"""Which strips train and which test: by strip as in the paper, or by rail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.errors import UsageError

__all__ = ["hold_out", "k_folds"]

Indices = NDArray[np.intp]


def k_folds(
    rails: NDArray[np.int64], folds: int = 5, seed: int = 0, by_rail: bool = False
) -> list[tuple[Indices, Indices]]:
    """Make the (train, test) indices of a cross-validation.

    Parameters
    ----------
    rails
        ``(N,)``: the rail of each strip.
    folds
        How many.
    seed
        Of the shuffle.
    by_rail
        Whether strips of one rail stay together. The paper deals out strips, so neighbouring
        strips of one rail, with the same surface and now and then the same defect, are on both
        sides and its scores are those of rails seen before.

    Raises
    ------
    UsageError
        If there are fewer strips or rails than folds.
    """
    rng = np.random.default_rng(seed)
    groups = rails if by_rail else np.arange(len(rails))
    names = np.unique(groups)
    if folds < 2 or len(names) < folds:
        raise UsageError(f"{len(names)} {'rails' if by_rail else 'strips'} for {folds} folds")
    fold_of = dict(zip(rng.permutation(names).tolist(), np.arange(len(names)) % folds, strict=True))
    fold = np.array([fold_of[g] for g in groups.tolist()])
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def hold_out(
    rails: NDArray[np.int64], seed: int = 0, by_rail: bool = False
) -> tuple[Indices, Indices]:
    """Make the paper's 90/10 split: the first of ten folds is the test set."""
    return k_folds(rails, 10, seed, by_rail)[0]
