"""Convert map coordinates to WGS 84 longitude and latitude."""

from __future__ import annotations

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

__all__ = ["to_lonlat"]


def to_lonlat(crs: pyproj.CRS, xy: ArrayLike) -> NDArray[np.float64]:
    """Convert ``(n, 2)`` x, y in metres of `crs` into ``(n, 2)`` longitude, latitude in degrees."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    change = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    lon, lat = change.transform(points[:, 0], points[:, 1])
    return np.column_stack([lon, lat])
