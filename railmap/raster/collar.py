"""The black frame of an ortho that declares no no-data value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Collar", "find_collar"]

# Of the image: smaller black patches at the rim are shadow or water, not a frame.
MIN_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Collar:
    """Where the frame is: only there is exact black no data.

    Parameters
    ----------
    zone
        ``(rows, cols)`` bool over the whole image at low resolution.
    """

    zone: NDArray[np.bool_]

    def covers(
        self, pixels: NDArray[Any], box: tuple[int, int, int, int], size: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return which pixels of a box are the frame.

        Parameters
        ----------
        pixels
            ``(bands, rows, cols)``.
        box
            First and past-last row, first and past-last column of the pixels.
        size
            Width and height of the level they are from.
        """
        rows, cols = self.zone.shape
        i = np.arange(box[0], box[1]) * rows // size[1]
        j = np.arange(box[2], box[3]) * cols // size[0]
        zone = self.zone[i[0] : i[-1] + 1, j[0] : j[-1] + 1]
        if not zone.any():
            return np.zeros(pixels.shape[1:], np.bool_)
        black = (pixels == 0).all(axis=0)
        return np.asarray(black & zone[np.ix_(i - i[0], j - j[0])], np.bool_)


def find_collar(thumbnail: NDArray[Any]) -> Collar | None:
    """Find the frame in a ``(bands, rows, cols)`` thumbnail of the whole image.

    It is the exact black that hangs together, reaches the image's edge and covers at least
    0.5 % of the image; one thumbnail pixel around it is searched too.
    """
    from scipy import ndimage  # takes long to load, and few images have a frame

    black = (thumbnail == 0).all(axis=0)
    labels, count = ndimage.label(black, structure=np.ones((3, 3)))
    if count == 0:
        return None
    area = np.bincount(labels.ravel(), minlength=count + 1)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    frame = [i for i in np.unique(rim) if i and area[i] >= MIN_SHARE * black.size]
    if not frame:
        return None
    zone = ndimage.binary_dilation(np.isin(labels, frame), structure=np.ones((3, 3)))
    return Collar(np.asarray(zone, np.bool_))
