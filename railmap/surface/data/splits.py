"""Split strips into training and test sets: by strip as in the paper, or by rail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.errors import UsageError

__all__ = ["hold_out", "k_folds"]

Indices = NDArray[np.intp]


def k_folds(
    rails: NDArray[np.int64], folds: int = 5, seed: int = 0, by_rail: bool = False
) -> list[tuple[Indices, Indices]]:
    """Compute the (train, test) indices of a cross-validation.

    Parameters
    ----------
    rails
        ``(N,)`` int64: number of the rail of each strip.
    folds
        Number of folds.
    seed
        Random seed of the shuffle.
    by_rail
        Whether strips of one rail stay together. The paper splits strip by strip: neighbouring
        strips of one rail, with the same surface and sometimes the same defect, are on both
        sides, so its scores are those of rails seen in training.

    Returns
    -------
    list of tuple
        Indices of the training strips and of the test strips of each fold.

    Raises
    ------
    UsageError
        If there are fewer strips or rails than folds.
    """
    rng = np.random.default_rng(seed)
    groups = rails if by_rail else np.arange(len(rails))
    names = np.unique(groups)
    if folds < 2 or len(names) < folds:
        unit = "rails" if by_rail else "strips"
        raise UsageError(f"{len(names)} {unit} for {folds} folds; there must be at least {folds}")
    fold_of = dict(zip(rng.permutation(names).tolist(), np.arange(len(names)) % folds, strict=True))
    fold = np.array([fold_of[g] for g in groups.tolist()])
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def hold_out(
    rails: NDArray[np.int64], seed: int = 0, by_rail: bool = False
) -> tuple[Indices, Indices]:
    """Compute the 90/10 split of the paper: the first of ten folds is the test set.

    Parameters
    ----------
    rails, seed, by_rail
        As for `k_folds`.

    Returns
    -------
    tuple
        Indices of the training strips and of the test strips.

    Raises
    ------
    UsageError
        If there are fewer than ten strips or rails.
    """
    return k_folds(rails, 10, seed, by_rail)[0]
