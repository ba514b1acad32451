"""The surroundings of known lines, such as railways of OpenStreetMap, as area of interest."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pyproj.exceptions
import shapely
from numpy.typing import NDArray

from railmap.errors import GeoreferenceError, InputError
from railmap.files.lines import LinesInFile, lines_in_file
from railmap.raster.types import Grid

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["NearLines"]

# Each piece of a line is a polygon of its own, so that a window is tested against near ones only.
_PIECE_VERTICES = 64


@dataclass(frozen=True, slots=True)
class NearLines:
    """Known lines and the distance from them within which an image is looked at.

    Parameters
    ----------
    path
        Any vector file with lines and a CRS; ``FILE|layername=NAME`` selects one of several
        layers. Of an OpenStreetMap extract (``.osm``, ``.pbf``) the railways are taken.
    distance_m
        Distance in metres on the ground, above 0.

    Examples
    --------
    >>> NearLines("railways.geojson", 50.0).distance_m
    50.0
    """

    path: str | os.PathLike[str]
    distance_m: float

    def polygons(self, grid: Grid) -> NDArray[np.object_]:
        """Return the buffer of the lines that reach the grid, as polygons that may overlap.

        Parameters
        ----------
        grid
            The working grid: its CRS is in metres, whatever that of the lines is.

        Returns
        -------
        numpy.ndarray
            Polygons in the CRS of the grid, one for each piece of line.

        Raises
        ------
        InputError
            If the file cannot be read, has no lines, or none is near the grid.
        GeoreferenceError
            If it has no CRS, or one that cannot be transformed into that of the grid.
        """
        around = _bounds(grid, self.distance_m)
        lines = self._lines(lines_in_file(self.path), grid, around)
        parts = shapely.get_parts(shapely.get_parts(shapely.clip_by_rect(lines, *around)))
        pieces = [piece for part in parts for piece in _pieces(part)]
        buffers = shapely.buffer(np.array(pieces, dtype=object), self.distance_m)
        extent = shapely.box(*_bounds(grid, 0.0))
        near: NDArray[np.object_] = buffers[shapely.intersects(buffers, extent)]
        if len(near) == 0:
            raise InputError(
                f"{os.fspath(self.path)}: no line is within {self.distance_m:g} m of the raster; "
                "check its CRS and location"
            )
        return near

    def _lines(
        self, file: LinesInFile, grid: Grid, around: tuple[float, float, float, float]
    ) -> NDArray[np.object_]:
        """Return the lines around the grid, in its CRS."""
        if file.crs is None:
            raise GeoreferenceError(f"{self.path}: has no CRS; save it with one")
        try:
            to_grid = pyproj.Transformer.from_crs(file.crs, grid.crs.to_wkt(), always_xy=True)
            box = to_grid.transform_bounds(*_bounds(grid, 2 * self.distance_m), direction="INVERSE")
            # No box if an edge of the raster has no place in the CRS, or crosses 180 degrees.
            usable = all(math.isfinite(v) for v in box) and box[0] < box[2] and box[1] < box[3]
            series: gpd.GeoSeries = file.read(box if usable else None)
            shapes = series.to_crs(grid.crs.to_wkt()).to_numpy()
        except pyproj.exceptions.ProjError as error:
            raise GeoreferenceError(
                f"{self.path}: its CRS cannot be transformed into that of the raster; "
                "save it in another, such as EPSG:4326"
            ) from error
        shapes = shapely.force_2d(shapes[~shapely.is_missing(shapes)])
        # Far from the raster, its projection may have no value.
        finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
        found: NDArray[np.object_] = shapes[finite]
        return found


def _bounds(grid: Grid, margin: float) -> tuple[float, float, float, float]:
    left, top = grid.transform.c, grid.transform.f
    right, bottom = left + grid.width * grid.gsd, top - grid.height * grid.gsd
    return left - margin, bottom - margin, right + margin, top + margin


def _pieces(line: shapely.Geometry) -> list[shapely.Geometry]:
    """Return a line in pieces that share their end vertices."""
    if line.geom_type != "LineString" or line.is_empty:
        return []
    xy = shapely.get_coordinates(line)
    step = _PIECE_VERTICES - 1
    return [
        shapely.LineString(xy[begin : begin + _PIECE_VERTICES])
        for begin in range(0, len(xy) - 1, step)
    ]
