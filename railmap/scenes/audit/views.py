"""Two views of photos that reveal modes: their structure and the layout of network features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.feature import hog

__all__ = ["layout_view", "structure_view"]

_SIDE, _CELL = 96, 12
_GRID = 4
_MAX_VALUES = 1024  # per photo; more are projected


def structure_view(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the edges of photos, independent of brightness, haze and colour cast.

    Histograms of oriented gradients (Dalal and Triggs 2005) of the grey photo and of its mirror
    image, averaged: a photo and its mirror image are equivalent.

    Parameters
    ----------
    pixels
        ``(N, 3, T, T)`` uint8.

    Returns
    -------
    NDArray
        ``(N, K)`` float32.
    """
    rows = []
    for photo in pixels:
        grey = Image.fromarray(photo.transpose(1, 2, 0)).convert("L").resize((_SIDE, _SIDE))
        values = np.asarray(grey, np.float32)
        both = [
            hog(one, orientations=9, pixels_per_cell=(_CELL, _CELL), cells_per_block=(2, 2))
            for one in (values, values[:, ::-1])
        ]
        rows.append((both[0] + both[1]) / 2)
    return np.asarray(rows, np.float32)


def layout_view(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe the layout of photos: the network's last features, averaged in 4 x 4 cells.

    The mean over the whole image, the input of the last layer, is trained to be alike for all
    photos of a class and hides modes; the cells keep the positions. A photo and its mirror image
    are equivalent.

    Parameters
    ----------
    features
        ``(N, K, h, w)`` float32 of the backbone.

    Returns
    -------
    NDArray
        ``(N, 8 K)`` float32, or a random projection to 1024 values, which keeps distances.
    """
    cells = _means(features)
    half = ((cells + cells[..., ::-1]) / 2)[..., : _GRID // 2].reshape(len(features), -1)
    if half.shape[1] <= _MAX_VALUES:
        return np.asarray(half, np.float32)
    projection = np.random.default_rng(0).standard_normal((half.shape[1], _MAX_VALUES))
    return np.asarray(half @ (projection / _MAX_VALUES**0.5), np.float32)


def _means(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average over 4 x 4 cells, which overlap by one value where the sides are no multiple of 4."""
    count, channels, rows, cols = features.shape
    cells = np.empty((count, channels, _GRID, _GRID), np.float32)
    spans = [
        [slice(at * side // _GRID, -(-(at + 1) * side // _GRID)) for at in range(_GRID)]
        for side in (rows, cols)
    ]
    for i, down in enumerate(spans[0]):
        for j, across in enumerate(spans[1]):
            cells[:, :, i, j] = features[:, :, down, across].mean(axis=(2, 3))
    return cells
