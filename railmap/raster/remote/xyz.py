"""XYZ tiles: 2^z x 2^z tiles in Web Mercator."""

from __future__ import annotations

import math

from rasterio.crs import CRS

from railmap.errors import UsageError
from railmap.raster.remote.address import ServiceAddress
from railmap.raster.remote.levels import Level

__all__ = ["MOST_ZOOM", "xyz_levels"]

MOST_ZOOM = 24
_HALF = math.pi * 6378137.0


def xyz_levels(address: ServiceAddress, side: int = 256) -> list[Level]:
    """Return the levels of XYZ tiles.

    Parameters
    ----------
    address
        Of the kind ``xyz``; its options ``zmin`` and ``zmax`` limit the levels.
    side
        Side of a tile in pixels.

    Raises
    ------
    UsageError
        If ``zmin`` or ``zmax`` are no levels.
    """
    first, last = _zoom(address, "zmin", 0), _zoom(address, "zmax", MOST_ZOOM)
    if first > last:
        raise UsageError(f"{address.text}: zmin is above zmax")
    return [_level(address.url, zoom, side) for zoom in range(first, last + 1)]


def _zoom(address: ServiceAddress, name: str, default: int) -> int:
    text = address.options.get(name, "")
    if not text:
        return default
    if not (text.isdecimal() and len(text) <= 2 and int(text) <= 50):
        raise UsageError(
            f"{address.text}: {name} is a level from 0 to {MOST_ZOOM}, not {text[:20]!r}"
        )
    return min(int(text), MOST_ZOOM)


def _level(template: str, zoom: int, side: int) -> Level:
    count = 2**zoom

    def url(column: int, row: int) -> str:
        values = {
            "{z}": zoom,
            "{x}": column,
            "{y}": row,
            "{-y}": count - 1 - row,
            "{q}": _quadkey(zoom, column, row),
        }
        text = template
        for name, value in values.items():
            text = text.replace(name, str(value))
        return text

    whole = (0, count)
    step = 2 * _HALF / (count * side)
    return Level(str(zoom), CRS.from_epsg(3857), -_HALF, _HALF, step, side, side, whole, whole, url)


def _quadkey(zoom: int, column: int, row: int) -> str:
    """Return a tile's key of Bing: one digit a level.

    Examples
    --------
    >>> _quadkey(3, 3, 5)
    '213'
    """
    return "".join(
        str((column >> bit & 1) + 2 * (row >> bit & 1)) for bit in range(zoom - 1, -1, -1)
    )
