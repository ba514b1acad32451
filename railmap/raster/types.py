"""Immutable values: pixels with their mask and georeference, grids and windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from shapely import Polygon

__all__ = ["Coverage", "DamagedWindow", "Grid", "ImageInfo", "Patch", "PixelWindow"]


@dataclass(frozen=True, slots=True)
class PixelWindow:
    """A rectangle of pixels; may extend beyond the raster's edge.

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
class Coverage:
    """How much of the images an area of interest leaves.

    Parameters
    ----------
    looked_at_m2, images_m2
        Area of the images inside it, and of all images, square metres.

    Examples
    --------
    >>> Coverage(600_000.0, 20_000_000.0).summary()
    'looked at 3.0 % of the area (0.600 of 20.000 km²)'
    """

    looked_at_m2: float
    images_m2: float

    @property
    def share(self) -> float:
        """Share of the images' area, 0 to 1."""
        return self.looked_at_m2 / self.images_m2 if self.images_m2 else 0.0

    def summary(self) -> str:
        """Return a clause for a person."""
        return (
            f"looked at {100 * self.share:.1f} % of the area "
            f"({self.looked_at_m2 / 1e6:.3f} of {self.images_m2 / 1e6:.3f} km²)"
        )


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels of one window with their validity mask.

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


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """One input image of a source.

    Parameters
    ----------
    uri
        Path or URL as given.
    gsd_m
        Ground sampling distance at the image's centre, metres on the ground; of pixels that are
        not square the shorter side.
    crs
        The image's own horizontal CRS.
    footprint
        Outline of the image in the CRS of the working grid.
    acquired_at
        ISO 8601 time, of a catalogue or ``YYYY-MM-DDTHH:MM:SS`` from the TIFF or EXIF tags; None
        if they have none.
    licence, attribution
        Licence of the image and who must be named, None if nobody states them.
    """

    uri: str
    gsd_m: float
    crs: CRS
    footprint: Polygon
    acquired_at: str | None
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class DamagedWindow:
    """A window of an image that cannot be decoded.

    Parameters
    ----------
    uri
        The image.
    bounds
        ``(min x, min y, max x, max y)`` in the CRS of the working grid.
    reason
        The cause, as far as it is known.
    """

    uri: str
    bounds: tuple[float, float, float, float]
    reason: str
