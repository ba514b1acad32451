"""The area that is asked for, before there is a raster that could limit it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from rasterio.crs import CRS

from railmap.errors import GeoreferenceError, InputError
from railmap.files.lines import lines_in_file
from railmap.files.vector import read_polygons
from railmap.raster.near import NearLines
from railmap.raster.remote.levels import metres_per_unit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Area"]

# Sides become curves in another CRS.
_PIECES_PER_SIDE = 20


@dataclass(frozen=True, slots=True)
class Area:
    """Polygons, and the surroundings of lines, in any CRS.

    Parameters
    ----------
    polygons
        Vector file with polygons, None for no limit by them.
    near
        Lines with a distance; with `polygons` the intersection is meant.
    """

    polygons: Path | None
    near: NearLines | None

    def __bool__(self) -> bool:
        return self.polygons is not None or self.near is not None

    def shape(self, crs: CRS) -> shapely.Geometry:
        """Return the area in a CRS; not empty.

        Raises
        ------
        InputError
            If a file cannot be read, has nothing of its kind, or the two do not meet.
        GeoreferenceError
            If a file has no CRS, or is outside the area of `crs`.
        """
        inside = self._inside(crs) if self.polygons is not None else None
        around = self._around(crs) if self.near is not None else None
        if inside is None or around is None:
            shape = around if inside is None else inside
        else:
            shape = shapely.intersection(inside, around)
        if shape is None or shape.is_empty or shape.area <= 0:
            raise InputError(f"{self._name()}: leaves no area to look at")
        return shape

    def _inside(self, crs: CRS) -> shapely.Geometry:
        series = read_polygons(self.polygons or "")
        return shapely.make_valid(shapely.union_all(self._moved(series, crs)))

    def _around(self, crs: CRS) -> shapely.Geometry:
        assert self.near is not None
        lines = lines_in_file(self.near.path)
        series = lines.read(None)
        shapes = self._moved(series.set_crs(lines.crs, allow_override=True), crs)
        x0, y0, x1, y1 = shapely.total_bounds(shapes)
        units = 1.0 / min(metres_per_unit(crs, (x0 + x1) / 2, (y0 + y1) / 2))
        return shapely.union_all(shapely.buffer(shapes, self.near.distance_m * units))

    def _moved(self, series: gpd.GeoSeries, crs: CRS) -> np.ndarray:
        import geopandas as gpd  # slow to import, and few jobs name an area

        if series.crs is None:
            raise GeoreferenceError(f"{self._name()}: has no CRS; save it with one")
        shapes = shapely.force_2d(series.to_numpy())
        sizes = shapely.length(shapes)
        dense = shapely.segmentize(shapes, max(float(sizes.max()) / (4 * _PIECES_PER_SIDE), 1e-9))
        moved: np.ndarray = gpd.GeoSeries(dense, crs=series.crs).to_crs(crs.to_wkt()).to_numpy()
        if not np.isfinite(shapely.bounds(moved)).all():
            raise GeoreferenceError(
                f"{self._name()}: is outside the area of {crs.to_string()[:40]}; check its CRS"
            )
        return moved

    def _name(self) -> str:
        path = self.polygons if self.polygons is not None else self.near and self.near.path
        return os.fspath(path or "")
