"""Values that carry pixels together with where they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

__all__ = ["Grid", "Patch", "PixelWindow"]


@dataclass(frozen=True, slots=True)
class PixelWindow:
    """A rectangle of pixels; may reach past the raster's edge.

    Parameters
    ----------
    row, col
        Upper left pixel, may be negative.
    height, width
        Size in pixels.
    """

    row: int
    col: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up pixel grid with square pixels in a projected CRS in metres.

    Parameters
    ----------
    crs
        Projected CRS whose unit is the metre.
    transform
        Pixel (col, row) to CRS (x, y); ``a == -e == gsd``, ``b == d == 0``.
    width, height
        Size in pixels.
    """

    crs: CRS
    transform: Affine
    width: int
    height: int

    @property
    def gsd(self) -> float:
        """Ground sampling distance in metres."""
        return float(self.transform.a)


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels of one window with their validity.

    Parameters
    ----------
    pixels
        ``(bands, rows, cols)`` uint8; 0 where not valid.
    mask
        ``(rows, cols)`` bool, True where there is data.
    transform
        Pixel (col, row) of this patch to CRS (x, y).
    crs
        The CRS of `transform`.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    transform: Affine
    crs: CRS
