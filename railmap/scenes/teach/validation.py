"""Cross-validated predictions, and what they say of labels and of probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from railmap.scenes.teach.last_layer import fit_last_layer

__all__ = ["FOLDS", "cross_validated", "sharpness", "suspicious_labels"]

FOLDS = 5
_MAX_LEVEL = 0.8  # probability that suffices for any class
_SHARPEST = 8.0  # factor of the logits


def cross_validated(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    classes: int,
    *,
    mirrored: NDArray[np.float32] | None = None,
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
    mirrored
        ``(N, K)`` features of the mirrored photos, to fit on as well.
    seed
        Random seed of the folds. Each has a fifth of the photos of every class.

    Returns
    -------
    NDArray
        ``(N, classes)`` float32 logits; those of a class that no other group has are of no use.
    """
    fold = _folds(labels, groups, seed)
    result = np.zeros((len(labels), classes), np.float32)
    for number in range(FOLDS):
        test = fold == number
        if not test.any() or test.all():
            continue
        shown, known = features[~test], labels[~test]
        if mirrored is not None:
            shown, known = np.concatenate([shown, mirrored[~test]]), np.tile(known, 2)
        result[test] = fit_last_layer(shown, known, classes).logits(features[test])
    return result


def _folds(labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Deal the groups of each class to the folds in turn."""
    rng = np.random.default_rng(seed)
    names, first, group = np.unique(groups, return_index=True, return_inverse=True)
    order = rng.permutation(len(names))
    order = order[np.argsort(labels[first[order]], kind="stable")]
    fold_of = np.empty(len(names), np.int64)
    fold_of[order] = np.arange(len(names)) % FOLDS
    return np.asarray(fold_of[group], np.int64)


def sharpness(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Find the factor of the logits with which the probabilities fit the labels best.

    Parameters
    ----------
    logits
        ``(N, C)`` float32, cross-validated: of photos that were fitted, the probabilities would be
        too high.
    labels
        ``(N,)`` int64.

    Returns
    -------
    float
        From 1/8 to 8 ("temperature scaling", Guo et al. 2017).
    """

    def loss(power: float) -> float:
        logs = log_softmax(logits.astype(np.float64) * 2.0**power, axis=1)
        return -float(logs[np.arange(len(labels)), labels].mean())

    limit = float(np.log2(_SHARPEST))
    found = minimize_scalar(loss, bounds=(-limit, limit), method="bounded")
    return float(2.0**found.x)


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
