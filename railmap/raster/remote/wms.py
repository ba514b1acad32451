"""WMS: pictures of any part of a layer, asked for as tiles of a fixed grid."""

from __future__ import annotations

import math
import urllib.parse

import pyproj
import pyproj.exceptions
from rasterio.crs import CRS
from rasterio.errors import CRSError

from railmap.errors import UsageError
from railmap.raster.remote.address import ServiceAddress
from railmap.raster.remote.levels import Level, metres_per_unit

__all__ = ["wms_crs", "wms_level"]

_SIDE = 1024
_VERSIONS = ("1.1.0", "1.1.1", "1.3.0")
_FAR = 10**9


def wms_crs(address: ServiceAddress) -> CRS:
    """Return the CRS in which pictures are asked for: that of the address, else Web Mercator.

    Raises
    ------
    UsageError
        If it is none.
    """
    name = address.options.get("crs", "EPSG:3857")
    try:
        return CRS.from_user_input("OGC:CRS84" if name.upper() == "CRS:84" else name)
    except (CRSError, ValueError) as error:
        raise UsageError(f"{address.text}: {name!r} is no CRS; write crs=EPSG:CODE") from error


def wms_level(address: ServiceAddress, gsd: float, x: float, y: float) -> Level:
    """Return the grid of pictures of a WMS layer.

    Parameters
    ----------
    address
        Of the kind ``wms``.
    gsd
        Metres per pixel on the ground.
    x, y
        A place in the area, in the CRS of the address.

    Raises
    ------
    UsageError
        If its version is not supported.
    """
    version = address.options.get("version", "1.1.1")
    if version not in _VERSIONS:
        raise UsageError(f"{address.text}: WMS {version} is not one of {', '.join(_VERSIONS)}")
    crs = wms_crs(address)
    # Three digits, so that areas near each other share their pictures in the cache.
    step = _rounded(gsd / max(metres_per_unit(crs, x, y)))
    name = address.options.get("crs", "EPSG:3857")
    modern = version == "1.3.0"
    swapped = modern and _north_first(name)
    common = {
        "SERVICE": "WMS",
        "VERSION": version,
        "REQUEST": "GetMap",
        "LAYERS": address.options["layer"],
        "STYLES": address.options.get("style", ""),
        "CRS" if modern else "SRS": name,
        "FORMAT": address.options.get("format", "image/png"),
        "TRANSPARENT": address.options.get("transparent", "TRUE"),
        "WIDTH": _SIDE,
        "HEIGHT": _SIDE,
    }
    separator = "&" if "?" in address.url else "?"
    start = address.url.rstrip("?&") + separator + urllib.parse.urlencode(common)
    side = step * _SIDE

    def url(column: int, row: int) -> str:
        west, north = column * side, -row * side
        box = (west, north - side, west + side, north)
        if swapped:
            box = (box[1], box[0], box[3], box[2])
        return f"{start}&BBOX={','.join(f'{value:.12g}' for value in box)}"

    everywhere = (-_FAR, _FAR)
    return Level(f"{step:g}", crs, 0.0, 0.0, step, _SIDE, _SIDE, everywhere, everywhere, url)


def _rounded(value: float) -> float:
    """Round down to three digits."""
    scale = 10.0 ** (2 - math.floor(math.log10(value)))
    return math.floor(value * scale + 1e-6) / scale


def _north_first(name: str) -> bool:
    """Return whether the first axis of a CRS is the northing, as WMS 1.3.0 takes it."""
    try:
        axes = pyproj.CRS.from_user_input(name).axis_info
    except pyproj.exceptions.CRSError:
        return False
    return bool(axes) and axes[0].direction == "north"
