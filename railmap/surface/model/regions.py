"""Select the regions of a probability map that are defects: certain, large enough, no gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from railmap.models.defects import RegionRule

__all__ = ["blank_rows", "keep_regions", "mask_gaps"]

_EIGHT = np.ones((3, 3), bool)  # 8-connectivity
_GAP = 0.5  # minimum probability of a rail gap
_REACH = 2  # cells next to a gap whose worn edges look damaged
_WHITE = 250  # grey level


def mask_gaps(
    defect: NDArray[np.float32], gap: NDArray[np.float32], strip: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Set the probability to 0 at rail gaps and their edges, and at rows without image.

    Parameters
    ----------
    defect, gap
        ``(rows/4, columns/4)`` float32 probability.
    strip
        ``(rows, columns)`` uint8; a row that is entirely white or black has no image.

    Returns
    -------
    NDArray
        ``(rows/4, columns/4)`` float32 probability of a defect.
    """
    masked = ndimage.binary_dilation(gap > _GAP, _EIGHT, iterations=_REACH)
    blank = blank_rows(strip)
    cells = np.add.reduceat(blank, np.arange(0, len(blank), 4)) > 0
    cells = ndimage.binary_dilation(cells, iterations=_REACH) if cells.any() else cells
    masked |= cells[: len(masked), None]
    return np.where(masked, np.float32(0), defect)


def blank_rows(strip: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return ``(rows,)`` bool: rows that are entirely white or black, so without image."""
    blank = (np.mean(strip >= _WHITE, axis=1) > 0.9) | (strip.max(axis=1) < 3)
    return np.asarray(blank, np.bool_)


def keep_regions(
    probability: NDArray[np.float32], rule: RegionRule
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Keep the regions that fulfil a rule.

    Parameters
    ----------
    probability
        ``(rows, columns)`` float32.
    rule
        Threshold and minimum size.

    Returns
    -------
    probability
        ``(rows, columns)`` float32; below ``rule.edge`` in regions that do not fulfil the rule.
    labels
        ``(rows, columns)`` int32: number of the region from 1, 0 elsewhere.
    """
    spread = probability > rule.edge
    labels, count = ndimage.label(spread, _EIGHT)
    if count == 0:
        return probability.copy(), labels.astype(np.int32)
    numbers = np.arange(1, count + 1)
    peak = ndimage.maximum(probability, labels, numbers)
    cells = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    keep = np.concatenate([[False], (peak > rule.sure) & (cells >= rule.cells)])
    order = np.concatenate([[0], np.cumsum(keep[1:]) * keep[1:]]).astype(np.int32)
    dropped = spread & ~keep[labels]
    kept = np.where(dropped, np.minimum(probability, np.float32(0.5 * rule.edge)), probability)
    return np.asarray(kept, np.float32), order[labels]
