"""Choose the level and the tiles of a map service for an area."""

from __future__ import annotations

import math
import urllib.parse
from collections.abc import Sequence

import shapely

from railmap.errors import InputError, Option, RasterError, UsageError
from railmap.files.web import WebClient
from railmap.raster.remote.address import ServiceAddress
from railmap.raster.remote.area import Area
from railmap.raster.remote.cache import TileCache, cache_folder
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.levels import Level, coarsest_that_shows, metres_per_unit
from railmap.raster.remote.options import SourceOptions
from railmap.raster.remote.tiles import TileFault, Tiles, TileWindow
from railmap.raster.remote.wms import wms_crs, wms_level
from railmap.raster.remote.wmts import wmts_levels
from railmap.raster.remote.xyz import xyz_levels

__all__ = ["MOST_TILES", "open_service"]

MOST_TILES = 100_000
"""Tiles that one run may ask a service for, in tiles of 256 x 256 pixels."""

_TILE_PX = 256 * 256
_TRIED_COARSER = 4


def open_service(
    address: ServiceAddress, area: Area, gsd: float, options: SourceOptions
) -> tuple[FoundImage, str]:
    """Return the tiles of a map service over an area, and a sentence on them.

    Parameters
    ----------
    address
        The service.
    area
        What is looked at.
    gsd
        Metres per pixel on the ground that are wanted.
    options
        Level, licence, cache.

    Returns
    -------
    tuple
        The image, whose tiles must be closed, and the level that was chosen in words.

    Raises
    ------
    UsageError
        If there is no area or licence, or the level or the address cannot be used.
    RasterError
        If the service has nothing that can be read in the middle of the area.
    InputError
        If the area is too large for a service.
    """
    _check(address, area, options)
    client = WebClient(referer=address.options.get("referer", ""))
    cache = TileCache(cache_folder() if options.tile_cache else None)
    tiles = Tiles(address.text, client, cache)
    try:
        window, note = _window(address, area, gsd, options, tiles, client)
    except BaseException:
        tiles.close()
        raise
    host = urllib.parse.urlsplit(address.url).hostname or address.url
    image = FoundImage(
        address.text,
        window,
        licence=options.licence,
        attribution=options.attribution or host,
    )
    return image, note


def _check(address: ServiceAddress, area: Area, options: SourceOptions) -> None:
    if not (options.licence or "").strip():
        raise UsageError(
            f"{address.text}: the terms of many map services forbid to map from them; read them,"
            " then give the licence or permission that allows it with ",
            Option("licence", "TEXT"),
        )
    if not area:
        raise UsageError(
            f"{address.text}: a map service has no end; give polygons with ",
            Option("aoi", "FILE"),
            " or lines with ",
            Option("near", "FILE"),
        )
    if options.zoom is not None and address.kind == "wms":
        raise UsageError(
            f"{address.text}: WMS has no levels; ",
            Option("zoom", options.zoom),
            " is for XYZ and WMTS, use ",
            Option("gsd", "METRES"),
        )


def _window(
    address: ServiceAddress,
    area: Area,
    gsd: float,
    options: SourceOptions,
    tiles: Tiles,
    client: WebClient,
) -> tuple[TileWindow, str]:
    levels = _levels(address, client)
    crs = levels[0].crs if levels else wms_crs(address)
    shape = area.shape(crs)
    middle = shape.representative_point()
    x, y = middle.x, middle.y
    if not levels:
        level = wms_level(address, gsd, x, y)
    elif options.zoom is not None:
        level = _asked_for(address, levels, options.zoom)
    else:
        level = coarsest_that_shows(levels, gsd, x, y)
    level = _there(address, levels, level, gsd, options, tiles, x, y)
    _check_size(address, level, shape)
    columns, rows = level.tiles_over(shape.bounds)
    if columns[0] >= columns[1] or rows[0] >= rows[1]:
        raise InputError(f"{address.text}: has no tiles in the area; check where they are")
    window = TileWindow(tiles, level, columns, rows)
    what = f"{level.gsd(x, y):.2g} m per pixel on the ground"
    if levels:
        what = f"level {level.name}, {what}"
    return window, f"{address.text}: {what}"


def _levels(address: ServiceAddress, client: WebClient) -> list[Level]:
    """Return the levels of a service; none of WMS, which has any."""
    if address.kind == "xyz":
        return xyz_levels(address)
    return wmts_levels(address, client) if address.kind == "wmts" else []


def _asked_for(address: ServiceAddress, levels: Sequence[Level], zoom: int) -> Level:
    named = [level for level in levels if level.name.rpartition(":")[2] == str(zoom)]
    by_size = sorted(levels, key=lambda level: -level.step)
    if named:
        return named[0]
    if 0 <= zoom < len(by_size) and not all(level.name.isdecimal() for level in levels):
        return by_size[zoom]
    shown = f"{by_size[0].name} to {by_size[-1].name}" if len(by_size) > 1 else by_size[0].name
    raise UsageError(f"{address.text}: has no level of ", Option("zoom", zoom), f"; it has {shown}")


def _there(
    address: ServiceAddress,
    levels: Sequence[Level],
    level: Level,
    gsd: float,
    options: SourceOptions,
    tiles: Tiles,
    x: float,
    y: float,
) -> Level:
    """Return a level of which the tile at (x, y) can be read: this one, or with larger tiles."""
    fault = _fault_at(tiles, level, x, y)
    if fault is not None and address.kind == "xyz" and "512 x 512" in str(fault):
        tiles.forget()
        levels = xyz_levels(address, side=512)
        if options.zoom is not None:
            level = _asked_for(address, levels, options.zoom)
        else:
            level = coarsest_that_shows(levels, gsd, x, y)
        fault = _fault_at(tiles, level, x, y)
    if fault is None:
        return level
    name = f"level {level.name}" if levels else "picture"
    if fault.absent:
        coarser = sorted((one for one in levels if one.step > level.step), key=lambda one: one.step)
        for other in coarser[:_TRIED_COARSER]:
            if _fault_at(tiles, other, x, y) is None:
                raise RasterError(
                    f"{address.text}: has no tile of {name} in the middle of the area, but level"
                    f" {other.name} ({other.gsd(x, y):.2g} m per pixel); take it with ",
                    Option("zoom", int(other.name) if other.name.isdecimal() else other.name),
                )
    raise RasterError(
        f"{address.text}: its {name} cannot be read in the middle of the area: {fault}"
    )


def _fault_at(tiles: Tiles, level: Level, x: float, y: float) -> TileFault | None:
    column = math.floor((x - level.left) / (level.step * level.tile_width))
    row = math.floor((level.top - y) / (level.step * level.tile_height))
    inside = level.columns[0] <= column < level.columns[1] and level.rows[0] <= row < level.rows[1]
    if not inside:
        return TileFault("the service does not reach there", absent=True)
    try:
        tiles.ask(level, column, row).result()
    except TileFault as fault:
        return fault
    return None


def _check_size(address: ServiceAddress, level: Level, shape: shapely.Geometry) -> None:
    """Refuse an area of which a service would be asked too much."""
    tile = level.step**2 * _TILE_PX
    # A strip that is narrower than a tile touches more of them than its area tells.
    count = shape.area / tile + shape.length / math.sqrt(tile) / 2
    if count <= MOST_TILES:
        return
    point = shape.representative_point()
    east, north = metres_per_unit(level.crs, point.x, point.y)
    raise InputError(
        f"{address.text}: the area ({shape.area * east * north / 1e6:.0f} km²) has about"
        f" {count:,.0f} tiles, more than the {MOST_TILES:,} that a service is asked for; take"
        " a smaller area, or get the images as files"
    )
