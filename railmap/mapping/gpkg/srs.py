"""Coordinate reference systems in a GeoPackage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from railmap.errors import GeoreferenceError

__all__ = ["SpatialReference", "spatial_reference"]

# Ids from here on are free for systems without an EPSG code.
_FIRST_CUSTOM_ID = 100000


@dataclass(frozen=True, slots=True)
class SpatialReference:
    """A row of ``gpkg_spatial_ref_sys``."""

    srs_id: int
    name: str
    organization: str
    organization_id: int
    definition: str


def spatial_reference(crs: Any) -> SpatialReference:
    """Describe a projected CRS in metres.

    Parameters
    ----------
    crs
        Any input of `pyproj.CRS.from_user_input`: a CRS, ``"EPSG:25832"``, WKT.

    Raises
    ------
    GeoreferenceError
        If it is not a projected CRS in metres, or cannot be stored in a GeoPackage.
    """
    try:
        system = pyproj.CRS.from_user_input(crs)
        if system.is_compound:
            system = system.sub_crs_list[0]
    except CRSError as error:
        raise GeoreferenceError(f"{crs!r} is not a CRS: give one such as EPSG:25832") from error
    metric = all(axis.unit_conversion_factor == 1.0 for axis in system.axis_info)
    if not system.is_projected or not metric:
        raise GeoreferenceError(
            f"a map needs a projected CRS in metres, not {system.name}: reproject, e.g. to UTM"
        )
    try:
        definition = system.to_wkt("WKT1_GDAL")
    except CRSError as error:
        raise GeoreferenceError(
            f"{system.name} cannot be stored in a GeoPackage: reproject, e.g. to UTM"
        ) from error
    code = system.to_epsg(min_confidence=100)
    if code is None:
        return SpatialReference(_FIRST_CUSTOM_ID, system.name, "NONE", _FIRST_CUSTOM_ID, definition)
    return SpatialReference(code, system.name, "EPSG", code, definition)
