"""Area of interest: polygons and the surroundings of lines that limit the work."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from railmap.errors import GeoreferenceError, InputError
from railmap.files.vector import read_polygons
from railmap.raster.georeference.transforms import apply_affine
from railmap.raster.near import NearLines
from railmap.raster.types import Grid, PixelWindow

__all__ = ["AreaOfInterest", "area_of_interest"]


def area_of_interest(
    polygons: Path | None, near: NearLines | None, grid: Grid
) -> AreaOfInterest | None:
    """Return the area that polygons and the surroundings of lines leave, None for no limit.

    Parameters
    ----------
    polygons
        Any vector file with polygons and a CRS; ``FILE|layername=NAME`` selects one of several
        polygon layers.
    near
        Lines with a distance; with `polygons` the area is the intersection.
    grid
        The working grid.

    Raises
    ------
    InputError
        If a file cannot be read, has no polygons or lines, or they do not touch the grid or each
        other.
    GeoreferenceError
        If a file has no CRS, or that of the lines cannot be transformed.
    """
    inside = _read_polygons(polygons, grid) if polygons is not None else None
    if inside is not None and not AreaOfInterest(inside, grid).on_grid():
        raise InputError(f"{polygons}: is outside the raster; check its CRS and location")
    around = near.polygons(grid) if near is not None else None
    if inside is None or around is None:
        either = around if inside is None else inside
        return AreaOfInterest(either, grid) if either is not None else None
    both = AreaOfInterest(
        _polygons_in(shapely.intersection(around, shapely.union_all(inside))), grid
    )
    if near is not None and not both.on_grid():
        raise InputError(
            f"{polygons}: no polygon is within {near.distance_m:g} m of the lines of"
            f" {os.fspath(near.path)} on the raster"
        )
    return both


class AreaOfInterest:
    """Polygons on a grid; pixels outside them are not looked at.

    Parameters
    ----------
    polygons
        Polygons in the CRS of the grid; they may overlap.
    grid
        The working grid.
    """

    def __init__(self, polygons: NDArray[np.object_], grid: Grid) -> None:
        self._polygons = polygons
        self._whole = PixelWindow(0, 0, grid.height, grid.width)
        inverse = ~grid.transform

        def to_pixels(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.stack(apply_affine(inverse, (xy[:, 0], xy[:, 1])), axis=1)

        self._tree = shapely.STRtree([shapely.transform(one, to_pixels) for one in polygons])

    def on_grid(self) -> bool:
        """Return whether any polygon touches the grid."""
        return self.touches(self._whole)

    def within(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return the part of a shape in the CRS of the grid that is in the area."""
        return shapely.intersection(shape, shapely.union_all(self._polygons))

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


def _read_polygons(path: Path, grid: Grid) -> NDArray[np.object_]:
    polygons = read_polygons(path)
    if polygons.crs is None:
        raise GeoreferenceError(f"{path}: has no CRS; save it with one")
    parts = _polygons_in(shapely.make_valid(polygons.to_crs(grid.crs.to_wkt()).to_numpy()))
    if len(parts) == 0:
        raise InputError(f"{path}: has no polygons; the area of interest must be polygons")
    return parts


def _polygons_in(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kept: NDArray[np.object_] = parts[
        np.isin(shapely.get_type_id(parts), (3, 6)) & ~shapely.is_empty(parts)
    ]
    return kept
