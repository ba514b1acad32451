"""Area of interest: polygons that limit the work."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from railmap.errors import GeoreferenceError, InputError
from railmap.files.vector import read_polygons
from railmap.raster.georeference import apply_affine
from railmap.raster.types import Grid, PixelWindow

__all__ = ["AreaOfInterest"]


class AreaOfInterest:
    """Polygons of a vector file, in the pixel coordinates of a grid.

    Parameters
    ----------
    path
        Any vector file with polygons and a CRS; ``FILE|layername=NAME`` selects one of several
        polygon layers.
    grid
        The working grid.

    Raises
    ------
    InputError
        If the file cannot be read, has no polygons, or they do not touch the grid.
    GeoreferenceError
        If it has no CRS.
    """

    def __init__(self, path: Path, grid: Grid) -> None:
        polygons = read_polygons(path)
        if polygons.crs is None:
            raise GeoreferenceError(f"{path}: has no CRS; save it with one")
        shapes = shapely.make_valid(polygons.to_crs(grid.crs.to_wkt()).to_numpy())
        parts = shapely.get_parts(shapely.get_parts(shapes))
        parts = parts[np.isin(shapely.get_type_id(parts), (3, 6)) & ~shapely.is_empty(parts)]
        if len(parts) == 0:
            raise InputError(f"{path}: has no polygons; the area of interest must be polygons")
        inverse = ~grid.transform

        def to_pixels(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.stack(apply_affine(inverse, (xy[:, 0], xy[:, 1])), axis=1)

        pixels = [shapely.transform(part, to_pixels) for part in parts]
        self._tree = shapely.STRtree(pixels)
        if not self.touches(PixelWindow(0, 0, grid.height, grid.width)):
            raise InputError(f"{path}: is outside the raster; check its CRS and location")

    def digest(self) -> str:
        """Return a hash of the polygons in pixels of the grid; their order does not count."""
        shapes = sorted(shapely.to_wkb(shape) for shape in self._tree.geometries)
        return hashlib.sha256(b"".join(shapes)).hexdigest()

    def touches(self, window: PixelWindow) -> bool:
        """Return whether any polygon touches the window."""
        return len(self._touching(window)) > 0

    def mask(self, window: PixelWindow) -> NDArray[np.bool_]:
        """Return ``(rows, cols)`` bool, True for pixels whose centre is in a polygon."""
        shapes = self._touching(window)
        if len(shapes) == 0:
            return np.zeros((window.height, window.width), np.bool_)
        burnt = rasterize(
            [(shape, 1) for shape in shapes],
            out_shape=(window.height, window.width),
            transform=Affine.translation(window.col, window.row),
            dtype="uint8",
        )
        return np.asarray(burnt > 0, np.bool_)

    def _touching(self, window: PixelWindow) -> list[shapely.Geometry]:
        box = shapely.box(
            window.col, window.row, window.col + window.width, window.row + window.height
        )
        return [self._tree.geometries[i] for i in self._tree.query(box, predicate="intersects")]
