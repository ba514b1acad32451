"""Draw antialiased polygons over an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

__all__ = ["dashes", "paint"]

# Samples per pixel side for antialiasing.
_SAMPLES = 3
# Rows per pass, to bound the memory of the samples.
_BAND_ROWS = 512


def paint(
    image: NDArray[np.float32],
    shapes: Sequence[BaseGeometry],
    color: str,
    opacity: float = 1.0,
) -> None:
    """Paint polygons over an image in place.

    Parameters
    ----------
    image
        ``(rows, cols, 3)`` float32, 0-255.
    shapes
        Polygons in pixels, x right and y down, origin at the image's upper left corner.
    color
        ``#rrggbb``.
    opacity
        0-1.
    """
    shapes = [shape for shape in shapes if not shape.is_empty]
    if not shapes:
        return
    rgb = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)], np.float32)
    height, width = image.shape[:2]
    tree = shapely.STRtree(shapes)
    for top in range(0, height, _BAND_ROWS):
        rows = min(_BAND_ROWS, height - top)
        here = np.sort(tree.query(shapely.box(0, top, width, top + rows)))
        if not here.size:
            continue
        scale = 1.0 / _SAMPLES
        samples = rasterize(
            [shapes[index] for index in here],
            out_shape=(rows * _SAMPLES, width * _SAMPLES),
            transform=(scale, 0.0, 0.0, 0.0, scale, top),
            default_value=1,
            dtype="uint8",
        )
        blocks = samples.reshape(rows, _SAMPLES, width, _SAMPLES)
        cover = blocks.mean(axis=(1, 3), dtype=np.float32)[..., None] * np.float32(opacity)
        band = image[top : top + rows]
        band += (rgb - band) * cover


def dashes(line: BaseGeometry, on: float, off: float) -> list[BaseGeometry]:
    """Split a line into dashes.

    Parameters
    ----------
    line
        The line.
    on, off
        Lengths of dashes and gaps, in units of the line.
    """
    starts = np.arange(0.0, line.length, on + off)
    return [
        shapely.ops.substring(line, start, min(start + on, line.length))
        for start in starts.tolist()
    ]
