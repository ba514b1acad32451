"""Rebalanced split: copies together, modes and classes balanced, doubtful labels set aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from railmap.scenes.audit.examined import Examined
from railmap.scenes.data.dataset import SceneDataset
from railmap.scenes.data.split import split_dataset

__all__ = ["rebalance"]

MAX_REPEAT = 10


def rebalance(found: Examined, seed: int = 0) -> SceneDataset:
    """Compute a split that corrects the findings.

    - Photos with a doubtful label, or with a copy of another class, are set aside ("review").
    - The others are split 7:2:1, near-duplicates together, each mode of each class separately, so
      that rare modes are in training and in test.
    - Training shows all classes equally often, and all modes of a class; no photo more than ten
      times as often as another.
    - Training swaps boxes that determine a class by themselves between photos.

    Parameters
    ----------
    found
        The examined data set.
    seed
        Random seed of the split.
    """
    data = found.data
    parts = np.full(len(data), "", dtype="<U8")
    parts[found.suspicious] = "review"
    for group in np.flatnonzero(np.bincount(found.groups) > 1):
        members = found.groups == group
        if len(np.unique(data.labels[members])) > 1:
            parts[members] = "review"
    cells = np.zeros(len(data), np.int64)
    weights = np.zeros(len(data))
    number = 0
    for label, modes in enumerate(found.modes):
        own = np.flatnonzero(data.labels == label)
        for mode in range(len(modes.shares)):
            members = own[modes.members == mode]
            cells[members] = number
            used = max(1, int((parts[members] != "review").sum()))
            weights[members] = 1 / (used * len(modes.shares))
            number += 1
    least = float(weights.min())
    repeats = np.clip(np.rint(weights / least), 1, MAX_REPEAT).astype(np.int64)
    fresh = replace(
        data,
        parts=parts,
        repeats=repeats,
        swaps=tuple(dict.fromkeys(shortcut.box for shortcut in found.shortcuts)),
    )
    return split_dataset(fresh, seed=seed, groups=found.groups, strata=cells)
