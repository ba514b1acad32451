"""Which places of a probability map are defects: sure somewhere, large enough, not dirt or gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["RegionRule", "keep_regions", "mute"]

_EIGHT = np.ones((3, 3), bool)


_GAP = 0.5
_REACH = 2  # cells beside a gap where its torn edges look broken
_WHITE = 250


def mute(
    defect: NDArray[np.float32], gap: NDArray[np.float32], strip: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Take out what can't be a defect: rail gaps with their edges, and rows without a picture.

    Parameters
    ----------
    defect, gap
        ``(rows/4, columns/4)`` probability.
    strip
        ``(rows, columns)`` uint8; a row that is white or black from end to end shows nothing.
    """
    quiet = ndimage.binary_dilation(gap > _GAP, _EIGHT, iterations=_REACH)
    blank = (np.mean(strip >= _WHITE, axis=1) > 0.9) | (strip.max(axis=1) < 3)
    cells = np.add.reduceat(blank, np.arange(0, len(blank), 4)) > 0
    cells = ndimage.binary_dilation(cells, iterations=_REACH) if cells.any() else cells
    quiet |= cells[: len(quiet), None]
    return np.where(quiet, np.float32(0), defect)


@dataclass(frozen=True)
class RegionRule:
    """When a patch of the network's map is reported.

    Parameters
    ----------
    sure
        Probability that a region must reach somewhere.
    edge
        Probability down to which it spreads.
    cells
        Fewest cells of the map (each 4x4 strip pixels).
    """

    sure: float = 0.4
    edge: float = 0.2
    cells: int = 6


def keep_regions(
    probability: NDArray[np.float32], rule: RegionRule
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Hold back what is no region after the rule.

    Parameters
    ----------
    probability
        ``(rows, columns)`` of the class.
    rule
        When a patch counts.

    Returns
    -------
    probability
        The same with patches that don't count pressed below ``rule.edge``.
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
    refused = spread & ~keep[labels]
    held = np.where(refused, np.minimum(probability, np.float32(0.5 * rule.edge)), probability)
    return np.asarray(held, np.float32), order[labels]
