"""Find the black collar of an orthophoto that declares no no-data value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Collar", "find_collar"]

# Share of the image. Smaller black patches at the edge are shadow or water, not a collar.
MIN_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Collar:
    """The part of an image in which exact black is no data.

    Parameters
    ----------
    area
        ``(rows, cols)`` bool, the whole image at low resolution; True in the collar.
    """

    area: NDArray[np.bool_]

    def covers(
        self, pixels: NDArray[Any], box: tuple[int, int, int, int], size: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return which pixels of a box are collar.

        Parameters
        ----------
        pixels
            ``(bands, rows, cols)``.
        box
            First and past-last row, first and past-last column of the pixels.
        size
            Width and height of the level that they were read from.

        Returns
        -------
        NDArray
            ``(rows, cols)`` bool.
        """
        rows, cols = self.area.shape
        i = np.arange(box[0], box[1]) * rows // size[1]
        j = np.arange(box[2], box[3]) * cols // size[0]
        area = self.area[i[0] : i[-1] + 1, j[0] : j[-1] + 1]
        if not area.any():
            return np.zeros(pixels.shape[1:], np.bool_)
        black = (pixels == 0).all(axis=0)
        return np.asarray(black & area[np.ix_(i - i[0], j - j[0])], np.bool_)


def find_collar(thumbnail: NDArray[Any]) -> Collar | None:
    """Find the black collar in a thumbnail of the whole image.

    The collar is a connected area of exact black that touches the image's edge and covers at
    least 0.5 % of the image, plus one thumbnail pixel around it.

    Parameters
    ----------
    thumbnail
        ``(bands, rows, cols)`` pixels of the whole image.

    Returns
    -------
    Collar or None
        None if the image has no collar.
    """
    from scipy import ndimage  # slow to import, and few images have a collar

    black = (thumbnail == 0).all(axis=0)
    labels, count = ndimage.label(black, structure=np.ones((3, 3)))
    if count == 0:
        return None
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    black_labels = [i for i in np.unique(edge) if i and areas[i] >= MIN_SHARE * black.size]
    if not black_labels:
        return None
    area = ndimage.binary_dilation(np.isin(labels, black_labels), structure=np.ones((3, 3)))
    return Collar(np.asarray(area, np.bool_))
