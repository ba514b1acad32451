"""Features of the photos, and which of them can be learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import InputError
from railmap.progress import Reporter
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.data.dataset import SceneDataset, iterate_pixels, keep_read
from railmap.scenes.data.duplicates import near_duplicates

__all__ = ["PhotoFeatures", "read_features"]

_THUMB = 32  # pixels, to find copies
_MAX_WARNINGS = 10  # further copies are only counted
_FEW = 10  # photos of a class, below which its accuracy is uncertain


@dataclass(frozen=True, slots=True)
class PhotoFeatures:
    """Photos and their features.

    Parameters
    ----------
    data
        The readable photos of the classes that can be learnt.
    features, mirrored
        ``(N, K)`` float32 mean features of the photos and of their mirror images.
    groups
        ``(N,)`` int64: near-duplicates have the same number.
    """

    data: SceneDataset
    features: NDArray[np.float32]
    mirrored: NDArray[np.float32]
    groups: NDArray[np.int64]


def read_features(
    data: SceneDataset, network: SceneClassifier, reporter: Reporter
) -> PhotoFeatures:
    """Run all photos through the network, once.

    Photos that cannot be read, photos that are in two classes, and classes with fewer than two
    different photos are left out, each with a warning.

    Parameters
    ----------
    data
        Photos and labels.
    network
        Gives the features.
    reporter
        Receives progress and warnings; can cancel.

    Raises
    ------
    InputError
        If fewer than two classes are left.
    """
    size = network.package.size
    good = np.zeros(len(data), bool)
    plain, mirrored, thumbs = [], [], []
    for number, photo in iterate_pixels(data, size, reporter):
        good[number] = True
        pixels = photo.transpose(1, 2, 0)
        plain.append(network.examine(pixels).features.mean(axis=(1, 2)))
        mirrored.append(network.examine(pixels[:, ::-1]).features.mean(axis=(1, 2)))
        small = Image.fromarray(pixels).resize((_THUMB, _THUMB), Image.Resampling.BOX)
        thumbs.append(np.asarray(small).transpose(2, 0, 1))
        reporter.check()
    data = keep_read(data, good)
    groups = near_duplicates(np.stack(thumbs))
    kept = _without_contradictions(data, groups, reporter)
    kept = _without_small_classes(data, groups, kept, reporter)
    return PhotoFeatures(
        _with_classes(data.take(kept)),
        np.stack(plain)[kept],
        np.stack(mirrored)[kept],
        groups[kept],
    )


def _without_contradictions(
    data: SceneDataset, groups: NDArray[np.int64], reporter: Reporter
) -> NDArray[np.bool_]:
    """Leave out photos that are in two classes."""
    kept = np.ones(len(data), bool)
    found = 0
    for group in np.flatnonzero(np.bincount(groups) > 1):
        members = np.flatnonzero(groups == group)
        labels = data.labels[members]
        if (labels == labels[0]).all():
            continue
        kept[members] = False
        found += 1
        if found <= _MAX_WARNINGS:
            other = members[np.argmax(labels != labels[0])]
            first, second = (data.root / data.files[index] for index in (members[0], other))
            reporter.warning(
                f"{first} and {second}: the same photo in two classes; both are left out, keep one"
            )
    if found > _MAX_WARNINGS:
        reporter.warning(
            f"{data.root}: {found - _MAX_WARNINGS} more photos are in two classes and left out; "
            "`railmap scenes audit` lists them"
        )
    return kept


def _without_small_classes(
    data: SceneDataset, groups: NDArray[np.int64], kept: NDArray[np.bool_], reporter: Reporter
) -> NDArray[np.bool_]:
    """Leave out classes with fewer than two different photos."""
    kept = kept.copy()
    few, large = [], []
    for label, name in enumerate(data.classes):
        own = kept & (data.labels == label)
        different = len(np.unique(groups[own]))
        if different < 2:
            what = "no photo" if not different else "one photo"
            copies = f" ({own.sum()} copies of it)" if own.sum() > 1 else ""
            reporter.warning(
                f"{data.root}: the class {name} has {what}{copies} to learn from and is left out; "
                "two different ones are the least, ten a good start"
            )
            kept[own] = False
            continue
        large.append(name)
        if different < _FEW:
            few.append(f"{name} ({different})")
    if len(large) < 2:
        what = f"only the class {large[0]} has" if large else "no class has"
        raise InputError(
            f"{data.root}: {what} two different photos; at least two classes are needed"
        )
    if few:
        reporter.warning(
            f"{data.root}: fewer than {_FEW} photos of {', '.join(few)}; how well these are "
            "recognised is uncertain"
        )
    return kept


def _with_classes(data: SceneDataset) -> SceneDataset:
    """Leave out the names of classes without photos."""
    present = np.flatnonzero(data.counts())
    return replace(
        data,
        classes=tuple(data.classes[label] for label in present),
        labels=np.searchsorted(present, data.labels).astype(np.int64),
    )
