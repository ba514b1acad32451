"""Split photos 7:2:1 as in the paper, near-duplicates together; read and write splits as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option
from railmap.files.output import atomic_output
from railmap.scenes.data.dataset import PARTS, Box, SceneDataset

__all__ = ["PAPER_RATIOS", "read_split", "split_dataset", "write_split"]

PAPER_RATIOS = (0.7, 0.2, 0.1)
_FIELDS = ("file", "class", "part", "repeat", "swap")


def split_dataset(
    data: SceneDataset,
    *,
    seed: int = 0,
    ratios: Sequence[float] = PAPER_RATIOS,
    groups: NDArray[np.int64] | None = None,
    strata: NDArray[np.int64] | None = None,
) -> SceneDataset:
    """Split every class into training, validation and test.

    Parameters
    ----------
    data
        The data set; photos of the part "review" are not assigned.
    seed
        Random seed.
    ratios
        Ratios of the three parts (section 3.1 of the paper: 7:2:1).
    groups
        ``(N,)`` int64: photos of one group (near-duplicates) stay together; None: no groups.
    strata
        ``(N,)`` int64: each stratum is split separately; None: the classes.

    Returns
    -------
    SceneDataset
        With `parts` assigned.
    """
    rng = np.random.default_rng(seed)
    groups = np.arange(len(data)) if groups is None else groups
    strata = data.labels if strata is None else strata
    parts = data.parts.copy()
    usable = parts != "review"
    assigned: set[int] = set()
    for stratum in np.unique(strata[usable]):
        members = np.flatnonzero((strata == stratum) & usable)
        names = [int(g) for g in np.unique(groups[members]) if int(g) not in assigned]
        assigned.update(names)
        order = rng.permutation(len(names))
        sizes = np.array([np.count_nonzero(usable & (groups == names[i])) for i in order])
        # The centre of a group in the cumulative count of the stratum decides on its part.
        middle = (np.cumsum(sizes) - sizes / 2) / max(1, sizes.sum())
        edges = np.cumsum(ratios) / np.sum(ratios)
        for place, index in zip(middle, order, strict=True):
            part = PARTS[min(int(np.searchsorted(edges, place)), 2)]
            parts[usable & (groups == names[index])] = part
    return replace(data, parts=parts)


def write_split(data: SceneDataset, path: Path, overwrite: bool = False) -> None:
    """Write a split as CSV: file, class, part, repeat, swap.

    Parameters
    ----------
    data
        The data set, split.
    path
        CSV file to write.
    overwrite
        Whether to replace an existing file.

    Raises
    ------
    OutputError
        If the file exists or cannot be written.
    """
    swap = "; ".join(" ".join(f"{edge:.4g}" for edge in box) for box in data.swaps)
    with (
        atomic_output(path, overwrite=overwrite) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(_FIELDS)
        for name, label, part, repeat in zip(
            data.files, data.labels, data.parts, data.repeats, strict=True
        ):
            writer.writerow(
                (
                    name.as_posix(),
                    data.classes[label],
                    part,
                    repeat,
                    swap if part == "train" else "",
                )
            )


def read_split(data: SceneDataset, path: Path) -> SceneDataset:
    """Apply a split that `write_split` wrote; photos that it does not list are excluded.

    Parameters
    ----------
    data
        The data set.
    path
        CSV file of the split.

    Raises
    ------
    InputError
        If the file is not a split, or none of its photos is in the data set.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        wanted = {row["file"]: row for row in rows}
        kept = np.array([file.as_posix() in wanted for file in data.files], bool)
        taken = data.take(kept)
        named = [wanted[file.as_posix()] for file in taken.files]
        parts = np.array([row["part"] for row in named], dtype="<U8")
        repeats = np.array([int(row["repeat"]) for row in named], np.int64)
        labels = np.array([data.classes.index(row["class"]) for row in named], np.int64)
        swaps = {_boxes(row["swap"]) for row in named if row["swap"]}
    except OSError as error:
        raise InputError(
            f"{path}: the split cannot be read ({error.strerror}); check the file"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a split (not a text file); give a CSV file") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: not a split of this data set ({error}); create one with "
            "`railmap scenes audit` and ",
            Option("rebalance", "FILE"),
        ) from error
    if not len(taken):
        raise InputError(f"{path}: none of its photos is in {data.root}; check both paths")
    odd = set(parts.tolist()) - {*PARTS, "review"}
    if odd:
        raise InputError(f"{path}: part is train, val, test or review, not {sorted(odd)[0]!r}")
    return replace(taken, labels=labels, parts=parts, repeats=repeats, swaps=next(iter(swaps), ()))


def _boxes(text: str) -> tuple[Box, ...]:
    boxes = []
    for part in text.split(";"):
        x0, y0, x1, y1 = (float(edge) for edge in part.split())
        boxes.append((x0, y0, x1, y1))
    return tuple(boxes)
