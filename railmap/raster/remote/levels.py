"""Levels of a map service: tiles of one size on a grid, each with its address."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.crs import CRS

from railmap.raster.georeference.transforms import ground_scale

__all__ = ["Level", "coarsest_that_shows", "metres_per_unit"]

# A level may be coarser than asked for by this factor.
_COARSER = 1.05


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a service.

    Parameters
    ----------
    name
        As the service names it.
    crs
        CRS of the grid.
    left, top
        Upper left corner of tile column 0, row 0, in units of the CRS.
    step
        Size of a pixel, units of the CRS.
    tile_width, tile_height
        Size of a tile in pixels.
    columns, rows
        First and past-last tile that there can be.
    url
        Address of the tile (column, row).
    """

    name: str
    crs: CRS
    left: float
    top: float
    step: float
    tile_width: int
    tile_height: int
    columns: tuple[int, int]
    rows: tuple[int, int]
    url: Callable[[int, int], str]

    def gsd(self, x: float, y: float) -> float:
        """Return the longer side of a pixel at a place, metres on the ground."""
        east, north = metres_per_unit(self.crs, x, y)
        return self.step * max(east, north)

    def tiles_over(
        self, bounds: tuple[float, float, float, float]
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the first and past-last column and row over bounds; empty if there are none."""
        wide, high = self.step * self.tile_width, self.step * self.tile_height
        ends = [
            math.floor((bounds[0] - self.left) / wide + 1e-9),
            math.ceil((bounds[2] - self.left) / wide - 1e-9),
            math.floor((self.top - bounds[3]) / high + 1e-9),
            math.ceil((self.top - bounds[1]) / high - 1e-9),
        ]
        columns = max(ends[0], self.columns[0]), min(ends[1], self.columns[1])
        rows = max(ends[2], self.rows[0]), min(ends[3], self.rows[1])
        return columns, rows


def metres_per_unit(crs: CRS, x: float, y: float) -> tuple[float, float]:
    """Return the metres on the ground of one unit of a CRS at (x, y), along x and along y."""
    step = 1e-3 if crs.is_geographic else 50.0
    sides = []
    for dx, dy in ((step, 0.0), (0.0, step)):
        points = (np.array([x - dx, x + dx]), np.array([y - dy, y + dy]))
        sides.append(ground_scale(crs, points) / (2 * step))
    return sides[0], sides[1]


def coarsest_that_shows(levels: Sequence[Level], gsd: float, x: float, y: float) -> Level:
    """Return the coarsest level that is not coarser than `gsd` at a place, else the finest.

    Parameters
    ----------
    levels
        At least one, in any order.
    gsd
        Metres per pixel on the ground.
    x, y
        The place, in the CRS of the levels.
    """
    fine = [level for level in levels if level.gsd(x, y) <= gsd * _COARSER]
    if fine:
        return max(fine, key=lambda level: level.step)
    return min(levels, key=lambda level: level.step)
