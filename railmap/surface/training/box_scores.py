"""Recall and precision of regions against boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from railmap.nets.railnet import CLASSES
from railmap.surface.data.boxes import Boxes

__all__ = ["BoxCounts", "count_boxes", "regions_on_boxes"]


@dataclass(frozen=True)
class BoxCounts:
    """Counts of one image or, added, of several.

    A defect is found if a region overlaps its box; a region is right if it overlaps the box of a
    defect. One region over two boxes finds both and is one right region.

    Parameters
    ----------
    defects, found
        Boxes of defects, and those that a region overlaps.
    regions, right
        Regions, and those that overlap the box of a defect.
    on_dirt, on_gaps
        Wrong regions that overlap a box of dirt or of a gap.
    images, flagged, flagged_right
        Images with a defect, images with a region, and images with both.
    """

    defects: int = 0
    found: int = 0
    regions: int = 0
    right: int = 0
    on_dirt: int = 0
    on_gaps: int = 0
    images: int = 0
    flagged: int = 0
    flagged_right: int = 0

    def __add__(self, other: BoxCounts) -> BoxCounts:
        names = self.__dataclass_fields__
        return BoxCounts(**{n: getattr(self, n) + getattr(other, n) for n in names})

    @property
    def recall(self) -> float:
        """Share of the defects that were found."""
        return self.found / self.defects if self.defects else 1.0

    @property
    def precision(self) -> float:
        """Share of the regions that were right."""
        return self.right / self.regions if self.regions else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0

    @property
    def image_scores(self) -> tuple[float, float, float]:
        """Precision, recall and F1 of images with a defect."""
        precision = self.flagged_right / self.flagged if self.flagged else 1.0
        recall = self.flagged_right / self.images if self.images else 1.0
        total = precision + recall
        return precision, recall, 2 * precision * recall / total if total else 0.0


def regions_on_boxes(
    regions: NDArray[np.integer], boxes: Boxes, step: float = 1.0
) -> list[set[int]]:
    """Find the regions that overlap each box.

    Parameters
    ----------
    regions
        ``(H, W)`` number of the region from 1, 0 elsewhere.
    boxes, step
        As for `count_boxes`.

    Returns
    -------
    list of set
        Numbers of the regions, one set per box.
    """
    found = []
    for corners in boxes.corners / step:
        left, top = np.maximum(np.floor(corners[:2]), 0).astype(int)
        right, bottom = np.maximum(np.ceil(corners[2:]), 0).astype(int)
        found.append(set(np.unique(regions[top:bottom, left:right]).tolist()) - {0})
    return found


def count_boxes(
    regions: NDArray[np.integer] | NDArray[np.bool_], boxes: Boxes, step: float = 1.0
) -> BoxCounts:
    """Compare the regions of an image with its boxes.

    Parameters
    ----------
    regions
        ``(H, W)`` number of the region from 1, 0 elsewhere; or a bool mask, whose 8-connected
        parts are the regions.
    boxes
        Ground truth.
    step
        Pixels of `boxes` per pixel of `regions`.
    """
    labels = np.asarray(regions, np.int64)
    if regions.dtype == bool:
        labels, _ = ndimage.label(regions, np.ones((3, 3), bool))
    everything = set(np.unique(labels).tolist()) - {0}
    touched: list[set[int]] = [set() for _ in CLASSES]
    found = 0
    for inside, name in zip(regions_on_boxes(labels, boxes, step), boxes.classes, strict=True):
        touched[name] |= inside
        found += bool(inside) and name == 0
    wrong = everything - touched[0]
    has = bool((boxes.classes == 0).any())
    return BoxCounts(
        defects=int((boxes.classes == 0).sum()),
        found=found,
        regions=len(everything),
        right=len(touched[0]),
        on_dirt=len(wrong & touched[1]),
        on_gaps=len(wrong & touched[2]),
        images=int(has),
        flagged=int(bool(everything)),
        flagged_right=int(has and bool(everything)),
    )
