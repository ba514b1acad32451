"""Tighten the regions of the network's coarse map to the damaged pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image

from railmap.surface.model.strip import strip_channels

__all__ = ["tighten_regions"]

_DEVIATION = 0.33  # of the column's median grey: pixels that differ by more are damaged
_MIN_SHARE = 0.06  # of the region: with fewer damaged pixels it stays as it is
_CELL = 4


def tighten_regions(
    probability: NDArray[np.float32],
    labels: NDArray[np.int32],
    strip: NDArray[np.uint8],
    threshold: float,
) -> NDArray[np.float32]:
    """Tighten each region to the convex hull of the pixels that differ from their column.

    The network was trained on boxes, so its regions are as loose as boxes, which would overstate
    the area of a defect. A convex hull keeps a row of pits one defect.

    Parameters
    ----------
    probability
        ``(rows/4, columns/4)`` float32 probability of a defect.
    labels
        ``(rows/4, columns/4)`` int32: number of the region from 1, 0 elsewhere.
    strip
        ``(rows, columns)`` uint8 grey.
    threshold
        Probability above which the regions are.

    Returns
    -------
    NDArray
        ``(rows, columns)`` float32 probability on the pixels of the strip; outside the hulls it
        is below `threshold`.
    """
    rows, columns = strip.shape
    fine = np.repeat(np.repeat(probability, _CELL, 0), _CELL, 1)[:rows, :columns].copy()
    if labels.max() == 0:
        return fine
    ratio = strip_channels(strip)[1] - 0.1
    damaged = np.abs(ndimage.uniform_filter(ratio, 3)) > _DEVIATION
    damaged = ndimage.binary_opening(damaged, np.ones((2, 2), bool))
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        at = tuple(
            slice(s.start * _CELL, min(s.stop * _CELL, n))
            for s, n in zip(place, (rows, columns), strict=True)
        )
        region = np.repeat(np.repeat(labels[place] == number, _CELL, 0), _CELL, 1)
        region = region[: at[0].stop - at[0].start, : at[1].stop - at[1].start]
        inside = damaged[at] & region
        if inside.sum() < max(4.0, _MIN_SHARE * region.sum()):
            continue
        hull = convex_hull_image(inside) & region
        part = fine[at]
        part[region & ~hull] = np.minimum(part[region & ~hull], np.float32(0.5 * threshold))
    return fine
