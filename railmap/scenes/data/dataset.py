"""Read data sets of scene classes: a folder with one folder of photos per class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.files.photo import read_photo
from railmap.files.photo_files import list_photos
from railmap.progress import Reporter
from railmap.scenes.classify.classes import SCENE_CLASSES, find_class, nearest_class
from railmap.scenes.classify.classifier import fit_photo

__all__ = [
    "PARTS",
    "Box",
    "SceneDataset",
    "iterate_pixels",
    "keep_read",
    "read_dataset",
    "read_pixels",
]

PARTS = ("train", "val", "test")
_PART_NAMES = {"train": "train", "training": "train", "val": "val", "valid": "val",
               "validation": "val", "test": "test", "testing": "test"}  # fmt: skip

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SceneDataset:
    """Photos, their classes and the part of the split that each belongs to.

    Parameters
    ----------
    root
        Folder of the data set.
    classes
        Keys of the classes, in the order of the labels.
    files
        Paths of the photos, relative to `root`.
    labels
        ``(N,)`` int64 index into `classes`.
    parts
        ``(N,)`` str: "train", "val", "test", "review" (not used), or "" before the split.
    repeats
        ``(N,)`` int64: relative frequency of a training photo in an epoch.
    swaps
        Boxes (x0, y0, x1, y1; fractions of the image) that training swaps between photos, so that
        their content is independent of the class.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: NDArray[np.int64]
    parts: NDArray[np.str_]
    repeats: NDArray[np.int64]
    swaps: tuple[Box, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.files)

    def take(self, chosen: NDArray[np.bool_]) -> SceneDataset:
        """Return the photos where `chosen`, ``(N,)`` bool, is true."""
        return replace(
            self,
            files=tuple(file for file, keep in zip(self.files, chosen, strict=True) if keep),
            labels=self.labels[chosen],
            parts=self.parts[chosen],
            repeats=self.repeats[chosen],
        )

    def counts(self) -> NDArray[np.int64]:
        """Count the photos of each class, ``(C,)`` int64."""
        return np.bincount(self.labels, minlength=len(self.classes))


def read_dataset(root: Path, reporter: Reporter) -> SceneDataset:
    """List the photos of ``ROOT/CLASS/…`` or ``ROOT/{train,val,test}/CLASS/…``.

    Class folders have any name of `SCENE_CLASSES`; other folders next to them are skipped with a
    warning that suggests the nearest class. If no folder is a class of Railway12, the names of
    the folders are the classes.

    Parameters
    ----------
    root
        Folder of the data set.
    reporter
        Receives warnings about missing, misspelt or empty folders.

    Raises
    ------
    InputError
        If there is no such folder, or fewer than two classes have photos.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give one with a folder of photos for each class")
    tops = _folders(root)
    parted = bool(tops) and all(folder.name.lower() in _PART_NAMES for folder in tops)
    groups = {_PART_NAMES[f.name.lower()]: _folders(f) for f in tops} if parted else {"": tops}
    known = any(find_class(folder.name) for folders in groups.values() for folder in folders)
    found: dict[str, list[tuple[Path, str]]] = {}
    for part, folders in groups.items():
        for folder in folders:
            scene = find_class(folder.name)
            if known and scene is None:
                reporter.warning(_unknown(folder))
                continue
            key = scene.key if scene else folder.name
            photos = list_photos(folder)
            if not photos:
                reporter.warning(f"{folder}: the class folder has no photos; skipped")
            found.setdefault(key, []).extend((path, part) for path in photos)
    found = {key: photos for key, photos in found.items() if photos}
    if len(found) < 2:
        what = f"only the class {next(iter(found))} has" if found else "no class folder has"
        raise InputError(f"{root}: {what} photos; at least two classes are needed")
    order = [scene.key for scene in SCENE_CLASSES] if known else sorted(found)
    missing = [key for key in order if key not in found]
    if missing:
        reporter.warning(
            f"{root}: no photos of {', '.join(missing)}; the model cannot predict these"
        )
    classes = tuple(key for key in order if key in found)
    rows = [
        (path.relative_to(root), label, part)
        for label, key in enumerate(classes)
        for path, part in found[key]
    ]
    return SceneDataset(
        root,
        classes,
        tuple(path for path, _, _ in rows),
        np.array([label for _, label, _ in rows], np.int64),
        np.array([part for _, _, part in rows], dtype="<U8"),
        np.ones(len(rows), np.int64),
    )


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def _unknown(folder: Path) -> str:
    close = nearest_class(folder.name)
    guess = f" (did you mean {close.key}?)" if close else ""
    return f"{folder}: {folder.name!r} is not a scene class of Railway12{guess}; skipped"


def read_pixels(
    data: SceneDataset, size: int, reporter: Reporter
) -> tuple[SceneDataset, NDArray[np.uint8]]:
    """Read all photos at the input size of a network; skip unreadable ones with a warning.

    Parameters
    ----------
    data
        The data set.
    size
        Side of the input, pixels.
    reporter
        Receives progress and warnings.

    Returns
    -------
    data
        Without the photos that cannot be read.
    pixels
        ``(N, 3, size, size)`` uint8.

    Raises
    ------
    InputError
        If fewer than two classes have readable photos.
    """
    pixels = np.empty((len(data), 3, size, size), np.uint8)
    good = np.zeros(len(data), bool)
    for number, photo in iterate_pixels(data, size, reporter):
        pixels[number] = photo
        good[number] = True
    return (data, pixels) if good.all() else (keep_read(data, good), pixels[good])


def iterate_pixels(
    data: SceneDataset, size: int, reporter: Reporter
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the index and the pixels, ``(3, size, size)`` uint8, of each readable photo."""
    reporter.stage("reading photos", len(data), "photos")
    for number, file in enumerate(data.files):
        try:
            photo = read_photo(data.root / file, max_side=2 * size)
        except InputError as error:
            reporter.warning(f"{error}; skipped")
        else:
            yield number, fit_photo(photo, size).transpose(2, 0, 1)
        reporter.advance(1)


def keep_read(data: SceneDataset, good: NDArray[np.bool_]) -> SceneDataset:
    """Return the data set without the photos that could not be read.

    Parameters
    ----------
    data
        The data set.
    good
        ``(N,)`` bool: whether the photo could be read.

    Raises
    ------
    InputError
        If fewer than two classes have readable photos.
    """
    if len(np.unique(data.labels[good])) < 2:
        raise InputError(f"{data.root}: fewer than two classes have readable photos; add photos")
    return data.take(good)
