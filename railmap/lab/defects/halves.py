"""What the defect network's threshold is worth on images that had no part in choosing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from railmap.errors import InputError, UsageError
from railmap.evaluation.tables import Cell, write_table
from railmap.lab.defects.cases import Case, boxed_cases
from railmap.progress import Reporter
from railmap.surface.data.boxes import read_list
from railmap.surface.model.segment import DefectSegmenter
from railmap.surface.training.box_scores import regions_on_boxes

__all__ = ["Peaks", "choose_on_halves", "halves_table", "image_peaks"]

_LEAST = 0.22  # a region grows from its peak down to 0.20
_THRESHOLDS = np.round(np.arange(0.24, 0.80, 0.02), 2)
_SHOWN = (0.3, 0.36, 0.4, 0.44, 0.5, 0.6)
_AIM_RECALL, _AIM_PRECISION = 0.9, 0.8
_DIVISIONS = 2000


@dataclass(frozen=True)
class Peaks:
    """How sure the network is in one image.

    Parameters
    ----------
    defects
        Of each true defect, the highest probability of a region on its box; 0 where there is none.
    regions
        Highest probability of each region.
    right
        Whether the region overlaps a defect's box.
    """

    defects: NDArray[np.float64]
    regions: NDArray[np.float64]
    right: NDArray[np.bool_]


def image_peaks(case: Case, segmenter: DefectSegmenter, reporter: Reporter) -> Peaks:
    """Segment an image; one that is refused has no region."""
    of_defect = np.flatnonzero(case.boxes.classes == 0)
    try:
        found = segmenter(case.grey, case.name)
    except InputError as error:
        reporter.warning(str(error))
        return Peaks(np.zeros(len(of_defect)), np.zeros(0), np.zeros(0, bool))
    labels, count = ndimage.label(found.probability > segmenter.threshold, np.ones((3, 3), bool))
    numbers = np.arange(1, count + 1)
    peak = np.zeros(count + 1)
    if count:
        peak[1:] = ndimage.maximum(found.probability, labels, numbers)
    on = regions_on_boxes(labels, case.boxes)
    best = np.array([max((peak[number] for number in on[i]), default=0.0) for i in of_defect])
    right = set().union(*(on[i] for i in of_defect))
    return Peaks(best, peak[1:], np.isin(numbers, list(right)))


def choose_on_halves(images: Iterable[Peaks], seed: int = 0) -> NDArray[np.float64]:
    """Choose the threshold on a random half of the images and judge it on the other, often.

    The one is chosen that comes nearest to recall 0.9 and precision 0.8, or exceeds the lower of
    the two by most.

    Returns
    -------
    ``(n, 3)`` threshold, recall and precision of each division.
    """
    images = list(images)
    if len(images) < 2:
        raise UsageError("halves need two images or more")
    counted = np.array([_counts(image) for image in images])  # images × 4 × thresholds
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(_DIVISIONS):
        order = rng.permutation(len(images))
        half = len(order) // 2
        recall, precision = _scores(counted[order[:half]])
        best = int(np.argmax(np.minimum(recall / _AIM_RECALL, precision / _AIM_PRECISION)))
        recall, precision = _scores(counted[order[half:]])
        rows.append((_THRESHOLDS[best], recall[best], precision[best]))
    return np.array(rows)


def _counts(image: Peaks) -> NDArray[np.float64]:
    """Found, defects, right and regions for each threshold."""
    found = (image.defects[:, None] > _THRESHOLDS).sum(axis=0)
    sure = image.regions[:, None] > _THRESHOLDS
    right = (sure & image.right[:, None]).sum(axis=0)
    return np.stack([found, np.full_like(found, len(image.defects)), right, sure.sum(axis=0)])


def _scores(counted: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found, defects, right, regions = counted.sum(axis=0)
    return found / np.maximum(defects, 1), np.where(regions > 0, right / np.maximum(regions, 1), 1)


def halves_table(
    folder: Path, data: Path, name: str, model: str, command: str, reporter: Reporter
) -> Path:
    """Write ``halves-NAME.md`` and ``.csv``: thresholds on ``DATA/NAME.txt``, and the other half.

    Returns
    -------
    ``halves-NAME.md``.

    Raises
    ------
    InputError
        If the list or a file is missing or broken.
    """
    segmenter = DefectSegmenter(model, min_peak=_LEAST)
    reporter.stage("judging", len(read_list(data, name)), "images")
    images = []
    for case in boxed_cases(data, name):
        images.append(image_peaks(case, segmenter, reporter))
        reporter.advance(1)
    recall, precision = _scores(np.array([_counts(image) for image in images]))
    rows: list[list[Cell]] = []
    for at in _SHOWN:
        i = int(np.argmin(np.abs(_THRESHOLDS - at)))
        rows.append([f"{at:g}, all images", precision[i], recall[i]])
    divisions = choose_on_halves(images)
    (threshold, other_recall, other_precision), spread = divisions.mean(0), divisions.std(0)
    rows.append(
        ["chosen on one half, judged on the other",
         f"{other_precision:.3f} ± {spread[2]:.3f}", f"{other_recall:.3f} ± {spread[1]:.3f}"]
    )  # fmt: skip
    both = (divisions[:, 1] >= _AIM_RECALL) & (divisions[:, 2] >= _AIM_PRECISION)
    notes = [
        f"Per defect, {len(images)} images of the list '{name}' of {data.name}. Last row: mean and "
        f"standard deviation of {_DIVISIONS} random divisions; threshold chosen {threshold:.2f} ± "
        f"{spread[0]:.2f}; recall {_AIM_RECALL} at precision {_AIM_PRECISION} met on the other "
        f"half in {both.mean():.0%}.",
        f"Model {segmenter.model.name} {segmenter.model.version}, {datetime.now(UTC):%Y-%m-%d}, "
        f"`{command}`.",
    ]
    stem = folder / f"halves-{name}"
    write_table(stem, f"The threshold ({name})", ["Threshold", "Precision", "Recall"], rows, notes)
    return stem.with_name(stem.name + ".md")
