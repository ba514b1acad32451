"""Cross-validated predictions, and labels that contradict them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

__all__ = ["cross_validated", "suspicious_labels"]

_STEPS = 60  # of L-BFGS
_DECAY = 1e-2  # weight decay
_MAX_LEVEL = 0.8  # probability that suffices for any class


def cross_validated(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    classes: int,
    folds: int = 5,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Predict every photo by a last layer that was fitted without it.

    Parameters
    ----------
    features
        ``(N, K)`` float32 features of a fixed network.
    labels
        ``(N,)`` int64.
    groups
        ``(N,)`` int64: near-duplicates share a fold, since one reveals the label of the other.
    classes
        Number of classes.
    folds, seed
        Number of folds and random seed of the cross-validation.

    Returns
    -------
    NDArray
        ``(N, classes)`` float32 probabilities.
    """
    x = torch.from_numpy((features - features.mean(0)) / (features.std(0) + 1e-6))
    y = torch.from_numpy(labels)
    names, group = np.unique(groups, return_inverse=True)
    fold_of = np.random.default_rng(seed).permutation(len(names)) % folds
    fold = torch.from_numpy(fold_of[group])
    result = torch.zeros(len(labels), classes)
    for number in range(folds):
        test = fold == number
        if not test.any() or test.all():
            continue
        weight = torch.zeros(classes, x.shape[1] + 1, requires_grad=True)
        solver = torch.optim.LBFGS([weight], max_iter=_STEPS, line_search_fn="strong_wolfe")
        inputs = functional.pad(x, (0, 1), value=1.0)
        balance = torch.bincount(y[~test], minlength=classes).float().clamp(min=1).reciprocal()

        def loss(
            solver: torch.optim.LBFGS = solver,
            weight: torch.Tensor = weight,
            inputs: torch.Tensor = inputs,
            train: torch.Tensor = ~test,
            balance: torch.Tensor = balance,
        ) -> torch.Tensor:
            solver.zero_grad()
            value = functional.cross_entropy(inputs[train] @ weight.T, y[train], balance)
            value = value + _DECAY * weight[:, :-1].square().sum() / 2
            value.backward()
            return value

        solver.step(loss)
        with torch.no_grad():
            result[test] = (inputs[test] @ weight.T).softmax(1)
    return result.numpy()


def suspicious_labels(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find photos whose label is likely wrong (confident learning, Northcutt et al. 2021).

    A label is suspicious if the probability of another class is higher than that of the label and
    at least the mean probability of that class over its own photos (at most 0.8).

    Parameters
    ----------
    probabilities
        ``(N, C)`` float32, cross-validated.
    labels
        ``(N,)`` int64.

    Returns
    -------
    NDArray
        ``(n,)`` int64 indices, the most suspicious first.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]
    level = np.array(
        [
            min(own[labels == c].mean(), _MAX_LEVEL) if (labels == c).any() else 2.0
            for c in range(classes)
        ]
    )
    rivals = np.where(probabilities >= level, probabilities, 0.0)
    rivals[np.arange(len(labels)), labels] = 0.0
    best = rivals.max(axis=1)
    margin = best - own
    found = np.flatnonzero((best > 0) & (margin > 0))
    return found[np.argsort(-margin[found], kind="stable")]
