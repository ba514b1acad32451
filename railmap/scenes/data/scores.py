"""Scores of a classification: top-1, top-3, per class, confusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SceneScores", "hits", "score"]


@dataclass(frozen=True, slots=True)
class SceneScores:
    """Accuracies from 0 to 1; NaN for a class without photos.

    Parameters
    ----------
    photos
        Number of photos.
    top1, top3
        Fraction of photos whose class is the most probable, or among the three most probable;
        `top3` is None for three classes or fewer, where it is always 1.
    class_top1, class_top3
        The same per class, ``(C,)`` float64.
    confusion
        ``(C, C)`` int64: photos by class (row) and prediction (column).
    """

    photos: int
    top1: float
    top3: float | None
    class_top1: NDArray[np.float64]
    class_top3: NDArray[np.float64] | None
    confusion: NDArray[np.int64]


def hits(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64], k: int
) -> NDArray[np.bool_]:
    """Whether the class is among the `k` most probable; of equal classes the first counts.

    Parameters
    ----------
    probabilities
        ``(N, C)``.
    labels
        ``(N,)`` int64.
    k
        Number of most probable classes.

    Returns
    -------
    NDArray
        ``(N,)`` bool.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return np.asarray(np.any(order == labels[:, None], axis=1))


def score(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> SceneScores:
    """Score ``(N, C)`` probabilities against ``(N,)`` int64 labels."""
    classes = probabilities.shape[1]
    first = hits(probabilities, labels, 1)
    third = hits(probabilities, labels, 3) if classes > 3 else None
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    return SceneScores(
        len(labels),
        float(first.mean()) if len(labels) else float("nan"),
        None if third is None else float(third.mean()) if len(labels) else float("nan"),
        _by_class(first, labels, classes),
        None if third is None else _by_class(third, labels, classes),
        confusion,
    )


def _by_class(
    hit: NDArray[np.bool_], labels: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    return np.array(
        [hit[labels == c].mean() if (labels == c).any() else np.nan for c in range(classes)]
    )
