"""Modes within a class: clusters of features, such as ticket windows and ticket machines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

__all__ = ["SMALL_MODE", "Modes", "find_modes"]

MAX_MODES = 4
MIN_SILHOUETTE = 0.33
SMALL_MODE = 0.3  # share up to which a mode is worth a finding
_MIN_PHOTOS = 3
_DIMENSIONS = 8
_MOST = 1500  # photos of a class that are clustered; distances of all pairs are held


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of one class, the largest first.

    Parameters
    ----------
    members
        ``(n,)`` int64 mode of each photo of the class.
    shares
        Share of each mode.
    silhouette
        How well they are apart, -1 to 1; 0 for one mode.
    centres
        For each mode, the index (into the class's photos) of its most typical ones.
    """

    members: NDArray[np.int64]
    shares: tuple[float, ...]
    silhouette: float
    centres: tuple[tuple[int, ...], ...]


def find_modes(features: NDArray[np.float32], seed: int = 0) -> Modes:
    """Cluster the photos of one class.

    Average linkage on the main components of the features, which unlike k-means takes clusters
    of very unequal size; the number of modes is the one with the largest mean silhouette, or one
    if that is below 0.33.

    Parameters
    ----------
    features
        ``(n, K)`` float32: the largest value of each channel over the picture tells modes apart
        best on rendered photos. Only their direction counts: haze makes all of them smaller.
    seed
        Of the choice where there are more photos than can be compared with each other; the rest
        joins the nearest mode.
    """
    count = len(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    points = _components(features / np.maximum(lengths, 1e-12))
    chosen = np.arange(count)
    if count > _MOST:
        chosen = np.sort(np.random.default_rng(seed).choice(count, _MOST, replace=False))
    sample = points[chosen]
    best, labels = 0.0, np.zeros(len(sample), np.int64)
    if len(sample) >= 4 * _MIN_PHOTOS:
        distances = pdist(sample)
        square = squareform(distances)
        tree = linkage(distances, "average")
        for wanted in range(2, 3 * MAX_MODES):
            cut = _without_strays(fcluster(tree, wanted, "maxclust") - 1, square)
            if not 1 < len(np.unique(cut)) <= MAX_MODES:
                continue
            value = _silhouette(square, cut)
            if value > best + 1e-6:
                best, labels = value, cut
    if best < MIN_SILHOUETTE:
        best, labels = 0.0, np.zeros(len(sample), np.int64)
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    labels = np.argsort(order)[labels]
    centres = np.stack([sample[labels == mode].mean(axis=0) for mode in range(len(order))])
    if len(sample) == count:
        members = labels
    else:
        members = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    typical = tuple(
        tuple(int(i) for i in _nearest(points, members, mode, centres[mode]))
        for mode in range(len(order))
    )
    shares = tuple(float((members == mode).mean()) for mode in range(len(order)))
    return Modes(members.astype(np.int64), shares, float(best), typical)


def _components(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Main components, each at its own spread."""
    centred = features.astype(np.float64) - features.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(_DIMENSIONS, len(values))
    return left[:, :kept] * values[:kept]


def _without_strays(labels: NDArray[np.int32], distances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give clusters of fewer than three photos to the nearest larger one, renumbered."""
    labels = labels.astype(np.int64)
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= _MIN_PHOTOS)
    if not len(large):
        return np.zeros_like(labels)
    for photo in np.flatnonzero(sizes[labels] < _MIN_PHOTOS):
        means = [distances[photo, labels == mode].mean() for mode in large]
        labels[photo] = large[int(np.argmin(means))]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _silhouette(distances: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean silhouette (Rousseeuw 1987), each mode counting the same.

    The plain mean would be that of the largest mode.
    """
    sizes = np.bincount(labels)
    sums = np.stack([distances[:, labels == k].sum(axis=1) for k in range(len(sizes))], axis=1)
    own = sums[np.arange(len(labels)), labels] / np.maximum(1, sizes[labels] - 1)
    means = sums / sizes
    means[np.arange(len(labels)), labels] = np.inf
    other = means.min(axis=1)
    values = (other - own) / np.maximum(np.maximum(own, other), 1e-12)
    return float(np.mean([values[labels == k].mean() for k in range(len(sizes))]))


def _nearest(
    points: NDArray[np.float64], members: NDArray[np.int64], mode: int, centre: NDArray[np.float64]
) -> NDArray[np.int64]:
    own = np.flatnonzero(members == mode)
    return own[np.argsort(((points[own] - centre) ** 2).sum(axis=1), kind="stable")[:6]]
