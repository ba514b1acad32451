"""A region of the network's coarse map, drawn in to the pixels that are broken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image

from railmap.surface.model.strip import strip_channels

__all__ = ["draw_outlines"]

_OFF = 0.33  # of the column's usual grey: pixels that differ by this much are broken or crushed
_FEWEST = 0.06  # of the region: with fewer such pixels it is left as it is
_CELL = 4


def draw_outlines(
    probability: NDArray[np.float32],
    labels: NDArray[np.int32],
    strip: NDArray[np.uint8],
    threshold: float,
) -> NDArray[np.float32]:
    """Tighten each region to the convex hull of what differs from its column.

    The network learnt from boxes, so its regions are as loose as boxes are, which would overstate
    a defect's area. A hull keeps a row of pits one defect.

    Parameters
    ----------
    probability
        ``(rows/4, columns/4)`` of the defect.
    labels
        ``(rows/4, columns/4)`` int32: the regions, from 1.
    strip
        ``(rows, columns)`` uint8.
    threshold
        Above it lie the regions.

    Returns
    -------
    ``(rows, columns)`` float32: probability on the strip's own pixels; outside the hulls it is
    below `threshold`.
    """
    rows, columns = strip.shape
    fine = np.repeat(np.repeat(probability, _CELL, 0), _CELL, 1)[:rows, :columns].copy()
    if labels.max() == 0:
        return fine
    ratio = strip_channels(strip)[1] - 0.1
    odd = np.abs(ndimage.uniform_filter(ratio, 3)) > _OFF
    odd = ndimage.binary_opening(odd, np.ones((2, 2), bool))
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        at = tuple(
            slice(s.start * _CELL, min(s.stop * _CELL, n))
            for s, n in zip(place, (rows, columns), strict=True)
        )
        region = np.repeat(np.repeat(labels[place] == number, _CELL, 0), _CELL, 1)
        region = region[: at[0].stop - at[0].start, : at[1].stop - at[1].start]
        seen = odd[at] & region
        if seen.sum() < max(4.0, _FEWEST * region.sum()):
            continue
        hull = convex_hull_image(seen) & region
        part = fine[at]
        part[region & ~hull] = np.minimum(part[region & ~hull], np.float32(0.5 * threshold))
    return fine
