"""Distances in metres on the ground in any CRS; choice of the working CRS and UTM zone."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyproj
import pyproj.exceptions
from affine import Affine
from numpy.typing import NDArray
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from rasterio.crs import CRS

__all__ = [
    "Points",
    "apply_affine",
    "best_utm",
    "coordinate_transform",
    "ground_scale",
    "horizontal_crs",
    "is_far_outside",
    "is_metric",
    "is_storable",
    "is_upright",
    "lon_lat",
    "true_to_ground",
]

Points = tuple[NDArray[np.float64], NDArray[np.float64]]

# Degrees beyond the area of a CRS in which it may still be used, such as a neighbouring UTM zone.
_AREA_MARGIN = 10.0
# A projected CRS whose scale differs more than this from 1 (such as Web Mercator) is unsuitable as
# working CRS: gauge, widths and lengths would be wrong by as much.
MAX_SCALE_ERROR = 0.02


def apply_affine(transform: Affine, points: Points) -> Points:
    """Return the points (x, y), transformed by `transform`."""
    xs, ys = points
    return (
        transform.a * xs + transform.b * ys + transform.c,
        transform.d * xs + transform.e * ys + transform.f,
    )


def _pyproj(crs: CRS) -> pyproj.CRS:
    return _pyproj_of_wkt(crs.to_wkt())


@lru_cache(maxsize=64)
def _pyproj_of_wkt(wkt: str) -> pyproj.CRS:
    crs = pyproj.CRS.from_wkt(wkt)
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_geocentric or len(crs.axis_info) <= 2:
        return crs
    return crs.to_2d()


def horizontal_crs(crs: CRS) -> CRS | None:
    """Return the horizontal part of `crs`, or None if it is neither projected nor geographic."""
    flat = _pyproj(crs)
    if not (flat.is_projected or flat.is_geographic):
        return None
    original = pyproj.CRS.from_wkt(crs.to_wkt())
    return crs if original == flat else CRS.from_wkt(flat.to_wkt())


def coordinate_transform(source: CRS, target: CRS) -> Callable[[Points], Points]:
    """Return a function from x/y of `source` to x/y of `target`.

    The function must not be shared between threads. x is easting or longitude, y northing or
    latitude, in the units of each CRS.
    """
    if source == target:
        return lambda points: points
    transformer = pyproj.Transformer.from_crs(_pyproj(source), _pyproj(target), always_xy=True)

    def transform(points: Points) -> Points:
        xs, ys = transformer.transform(points[0], points[1])
        return np.asarray(xs, np.float64), np.asarray(ys, np.float64)

    return transform


def lon_lat(crs: CRS, points: Points) -> Points:
    """Return longitudes and latitudes (degrees, on the CRS's own datum) of x/y points."""
    source = _pyproj(crs)
    geodetic = source.geodetic_crs
    if geodetic is None:
        return points
    flat = geodetic.to_2d()
    transformer = pyproj.Transformer.from_crs(source, flat, always_xy=True)
    lons, lats = transformer.transform(points[0], points[1])
    # Some geographic CRS use grads; pyproj.Geod takes degrees.
    degrees = math.degrees(flat.axis_info[0].unit_conversion_factor) if flat.axis_info else 1.0
    return np.asarray(lons, np.float64) * degrees, np.asarray(lats, np.float64) * degrees


def is_far_outside(crs: CRS, name: str, x: float, y: float) -> bool:
    """Return whether x, y is more than 10 degrees outside the area that a CRS is made for.

    Parameters
    ----------
    crs
        The CRS of x and y, in its units.
    name
        What it was made from, such as ``EPSG:25832``: that tells its area.
    """
    try:
        area = pyproj.CRS.from_user_input(name).area_of_use
    except pyproj.exceptions.CRSError:
        return False
    if area is None:
        return False
    lons, lats = lon_lat(crs, (np.array([x]), np.array([y])))
    lon, lat = float(lons[0]), float(lats[0])
    if not math.isfinite(lon + lat):
        return True
    width = (area.east - area.west) % 360.0 or 360.0  # may cross the 180th meridian
    beside = (lon - area.west + _AREA_MARGIN) % 360.0 > width + 2 * _AREA_MARGIN
    return beside or not area.south - _AREA_MARGIN <= lat <= area.north + _AREA_MARGIN


def ground_scale(crs: CRS, points: Points) -> float:
    """Return the ground distance in metres from the first to the second of two x/y points."""
    lons, lats = lon_lat(crs, points)
    geod = _pyproj(crs).get_geod() or pyproj.Geod(ellps="WGS84")
    return float(geod.inv(lons[0], lats[0], lons[1], lats[1])[2])


def is_metric(crs: CRS) -> bool:
    """Return whether `crs` is projected with the metre as its unit."""
    flat = _pyproj(crs)
    return bool(
        flat.is_projected
        and flat.axis_info
        and all(abs(axis.unit_conversion_factor - 1.0) < 1e-12 for axis in flat.axis_info[:2])
    )


def is_storable(crs: CRS) -> bool:
    """Return whether a GeoPackage can hold the definition of `crs`, which is WKT 1 there."""
    try:
        return bool(_pyproj(crs).to_wkt("WKT1_GDAL"))
    except pyproj.exceptions.CRSError:
        return False


def is_upright(crs: CRS, x: float, y: float) -> bool:
    """Return whether x grows to the east and y to the north near (x, y), within 45 degrees.

    Not so in systems with westings and southings, and near a pole. There right and left, headings
    and the signs of radii would not be those on the ground.
    """
    step = 50.0
    points = (np.array([x, x + step, x]), np.array([y, y, y + step]))
    lons, lats = lon_lat(crs, points)
    geod = _pyproj(crs).get_geod() or pyproj.Geod(ellps="WGS84")
    east, _, _ = geod.inv(lons[0], lats[0], lons[1], lats[1])
    north, _, _ = geod.inv(lons[0], lats[0], lons[2], lats[2])
    return bool(abs(east - 90.0) < 45.0 and abs(north) < 45.0)


def true_to_ground(crs: CRS, x: float, y: float) -> bool:
    """Return whether the scale of the metric `crs` is 1 near (x, y), within 2 %."""
    step = 50.0
    for dx, dy in ((step, 0.0), (0.0, step)):
        points = (np.array([x - dx, x + dx]), np.array([y - dy, y + dy]))
        if not abs(ground_scale(crs, points) / (2 * step) - 1.0) <= MAX_SCALE_ERROR:
            return False
    return True


def best_utm(crs: CRS, x: float, y: float) -> CRS:
    """Return the UTM zone of the point (x, y) of `crs`, on the datum of `crs` if EPSG has one.

    Keeping the datum avoids a datum shift, which may be wrong by a metre or more.
    """
    lons, lats = lon_lat(crs, (np.array([x]), np.array([y])))
    lon, lat = float(lons[0]), float(lats[0])
    zone = math.floor((lon + 180.0) / 6.0) % 60 + 1
    geodetic = _pyproj(crs).geodetic_crs
    if geodetic is not None:
        name = f"{geodetic.name} / UTM zone {zone}{'N' if lat >= 0 else 'S'}"
        found = query_utm_crs_info(
            datum_name=geodetic.name, area_of_interest=AreaOfInterest(lon, lat, lon, lat)
        )
        codes = sorted(int(info.code) for info in found if info.name == name)
        if codes:
            return CRS.from_epsg(codes[0])
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)
