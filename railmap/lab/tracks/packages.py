"""Masks of single images, computed with a model package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.inference import Backend
from railmap.models.tracks import TrackModel
from railmap.raster.types import PixelWindow
from railmap.training.data.image import cut
from railmap.training.data.sample import Sample

__all__ = ["package_mask"]


def package_mask(
    image: NDArray[np.uint8], package: TrackModel, backend: Backend
) -> NDArray[np.bool_]:
    """Segment an image in overlapping tiles, of which the outer eighth counts at its edges alone.

    Tiles reach past the image only where it is smaller than a tile: what a network averages over
    a tile (squeeze-excite) should be ground.

    Parameters
    ----------
    image
        ``(rows, cols, 3)`` uint8 at the GSD of the model.
    package
        Model, with its tile and threshold.
    backend
        Made from it.

    Returns
    -------
    NDArray
        ``(rows, cols)`` bool.
    """
    tile = package.tile_size
    rows, cols = image.shape[:2]
    sample = Sample(image, np.zeros((rows, cols), np.uint8))
    parts = [(down, across) for down in _parts(rows, tile) for across in _parts(cols, tile)]
    windows = [PixelWindow(down[0], across[0], tile, tile) for down, across in parts]
    tiles = [np.ascontiguousarray(cut(sample, w).image.transpose(2, 0, 1)) for w in windows]
    found = np.zeros((rows, cols), bool)
    for (down, across), result in zip(parts, backend.map(tiles), strict=True):
        (top, first, last), (left, start, stop) = down, across
        inner = result[first - top : last - top, start - left : stop - left]
        found[first:last, start:stop] = inner >= package.threshold
    return found


def _parts(length: int, tile: int) -> list[tuple[int, int, int]]:
    """Where the tiles of a side begin, and the part of the side that each one is used for."""
    margin = tile // 8
    last = max(0, length - tile)
    begins = [*range(0, last, tile - 2 * margin), last]
    edges = [0, *(begin + margin for begin in begins[1:]), length]
    return list(zip(begins, edges, edges[1:], strict=False))
