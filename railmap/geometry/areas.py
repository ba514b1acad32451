"""Polygons of areas that are too wide for a track."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine

from railmap.tracing.types import PixelNetwork

__all__ = ["area_polygons"]


def area_polygons(pixels: PixelNetwork, transform: Affine) -> list[object]:
    """Polygons of the pixels that tracing cut out as too wide for a track.

    Parameters
    ----------
    pixels
        Result of tracing.
    transform
        Pixel (col, row) to CRS (x, y).

    Returns
    -------
    list of shapely.Polygon
        In the CRS, simplified to 0.75 px, from west to east.
    """
    runs = pixels.area_run
    if not len(runs):
        return []
    row, first, last = runs[:, 0], runs[:, 1], runs[:, 2]
    x0, y0 = transform.c + first * transform.a, transform.f + row * transform.e
    x1, y1 = transform.c + last * transform.a, transform.f + (row + 1) * transform.e
    merged = shapely.union_all(shapely.box(x0, y1, x1, y0))
    parts = shapely.get_parts(merged)
    order = np.lexsort(shapely.bounds(parts).T[::-1])
    return [shapely.simplify(parts[i], 0.75 * transform.a) for i in order]
