"""Images with known defects, real and rendered, and the results of a segmenter on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.lab.defects.sheet import Tile, cut_tile
from railmap.nets.railnet import KINDS
from railmap.progress import Reporter
from railmap.rendering.rail_head.rail_surface import render_rail
from railmap.surface.data.boxes import Boxes, read_boxes, read_list
from railmap.surface.data.rendered_boxes import rail_boxes
from railmap.surface.model.pixels import to_grey
from railmap.surface.model.segment import DefectMask
from railmap.surface.model.strip_segment import AnySegmenter
from railmap.surface.training.box_scores import BoxCounts, count_boxes, regions_on_boxes
from railmap.surface.training.strip_scores import Counts

__all__ = [
    "PREDICTED_KINDS",
    "SURER",
    "UNKNOWN_KIND",
    "Case",
    "Judged",
    "boxed_cases",
    "judge_cases",
    "rendered_cases",
]

_ROWS = 1000
PREDICTED_KINDS = tuple(kind for kind in KINDS if kind != "unknown")
UNKNOWN_KIND = "unknown"
SURER = (0.6, 0.7, 0.8, 0.9)
_RIGHT_TILES = 24  # a defect that is found teaches less than one that is missed


@dataclass(frozen=True)
class Case:
    """An image, boxes of what is on it, the kind of each (None: not known), and the exact mask."""

    name: str
    grey: NDArray[np.uint8]
    boxes: Boxes
    kinds: tuple[str | None, ...]
    mask: NDArray[np.bool_] | None = None


@dataclass
class Judged:
    """What was found in some images.

    Parameters
    ----------
    counts
        Of defects and regions.
    surer
        The same of the regions that reach a probability somewhere, by that (`SURER`).
    refused
        Images that the segmenter refused; their defects count as missed.
    pixels
        Counted against exact masks.
    of_kind, found_of_kind
        Defects by their true kind, and those of them that a region overlaps.
    predicted
        Found defects by true kind and predicted kind ("unknown" where unsure).
    missed, wrong, right
        Pictures, the latter a few.
    """

    counts: BoxCounts = field(default_factory=BoxCounts)
    surer: dict[float, BoxCounts] = field(default_factory=lambda: dict.fromkeys(SURER, BoxCounts()))
    refused: int = 0
    pixels: Counts = field(default_factory=Counts)
    of_kind: Counter[str | None] = field(default_factory=Counter)
    found_of_kind: Counter[str | None] = field(default_factory=Counter)
    predicted: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    missed: list[Tile] = field(default_factory=list)
    wrong: list[Tile] = field(default_factory=list)
    right: list[Tile] = field(default_factory=list)


def boxed_cases(data: Path, name: str) -> Iterator[Case]:
    """Read the images of ``DATA/NAME.txt`` with their boxes, one by one.

    Raises
    ------
    InputError
        If the list or a file is missing or broken.
    """
    for path in read_list(data, name):
        grey = to_grey(read_image(path), str(path))
        boxes = read_boxes(data, path.stem, (grey.shape[0], grey.shape[1]))
        kinds = tuple(KINDS[k] if k >= 0 else None for k in boxes.kinds)
        yield Case(str(path), grey, boxes, kinds)


def rendered_cases(seed: int, count: int, kind: int) -> Iterator[Case]:
    """Render `count` rails of a type (1 or 2), 1000 rows each."""
    for number in range(count):
        rail = render_rail(seed * 10007 + number, _ROWS, kind)
        kinds = tuple(defect.kind for defect in rail.defects)
        yield Case(f"type {kind}, rail {number}", rail.image, rail_boxes(rail), kinds, rail.mask)


def judge_cases(cases: Iterable[Case], segmenter: AnySegmenter, reporter: Reporter) -> Judged:
    """Segment the images in their own pixels and compare."""
    judged = Judged()
    for case in cases:
        try:
            found = segmenter(case.grey, case.name)
        except InputError as error:
            reporter.warning(str(error))
            judged.refused += 1
            found = DefectMask(np.zeros(case.grey.shape, np.float32), None, None)
        mask = found.probability > segmenter.threshold
        if case.mask is not None:
            judged.pixels += Counts.of(mask, case.mask)
        labels, count = ndimage.label(mask, np.ones((3, 3), bool))
        judged.counts += count_boxes(labels, case.boxes)
        peak = np.zeros(count + 1)
        if count:
            peak[1:] = ndimage.maximum(found.probability, labels, np.arange(1, count + 1))
        for least in SURER:
            judged.surer[least] += count_boxes(
                np.where(peak[labels] > least, labels, 0), case.boxes
            )
        on = regions_on_boxes(labels, case.boxes)
        _each_defect(judged, case, labels, on, found.classes, segmenter.class_names)
        right = set().union(*(on[i] for i in np.flatnonzero(case.boxes.classes == 0)))
        for number, place in enumerate(ndimage.find_objects(labels, count), start=1):
            if number not in right:
                rows, columns = place
                box = (columns.start, rows.start, columns.stop, rows.stop)
                sure = float(found.probability[place][labels[place] == number].max())
                judged.wrong.append(_tile(case, mask, box, f"{sure:.2f}"))
        reporter.advance(1)
    return judged


def _each_defect(
    judged: Judged,
    case: Case,
    labels: NDArray[np.integer],
    on: list[set[int]],
    classes: NDArray[np.uint8] | None,
    names: tuple[str, ...],
) -> None:
    for i in np.flatnonzero(case.boxes.classes == 0):
        kind, box = case.kinds[i], tuple(case.boxes.corners[i].tolist())
        judged.of_kind[kind] += 1
        if not on[i]:
            judged.missed.append(_tile(case, labels > 0, box, kind or ""))
            continue
        judged.found_of_kind[kind] += 1
        if len(judged.right) < _RIGHT_TILES:
            judged.right.append(_tile(case, labels > 0, box, kind or ""))
        if classes is not None:
            inside = classes[np.isin(labels, list(on[i]))]
            guess = names[int(np.bincount(inside).argmax())]
            judged.predicted[kind, guess if guess in PREDICTED_KINDS else UNKNOWN_KIND] += 1


def _tile(
    case: Case, mask: NDArray[np.bool_], box: tuple[float, float, float, float], text: str
) -> Tile:
    return cut_tile(case.grey, mask, case.boxes, box, f"{Path(case.name).stem} {text}")
