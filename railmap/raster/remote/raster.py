"""Tiles of a map service as a raster file."""

from __future__ import annotations

from collections.abc import Sequence

from railmap.errors import Option, UsageError
from railmap.raster.files import RasterFile
from railmap.raster.remote.tiles import TileWindow

__all__ = ["file_of_tiles"]

_COLOURS = (1, 2, 3)
_ALPHA = 4


def file_of_tiles(uri: str, tiles: TileWindow, bands: Sequence[int] | None = None) -> RasterFile:
    """Return the properties of tiles: red, green, blue, and an alpha that marks no data.

    Parameters
    ----------
    uri
        Address of the service, for people.
    tiles
        The tiles.
    bands
        1-based bands to use, one or three of red, green and blue.

    Raises
    ------
    UsageError
        If there are no such bands.
    """
    if bands is not None and (len(bands) not in (1, 3) or not set(bands) <= set(_COLOURS)):
        raise UsageError(
            f"{uri}: a map service has the bands 1, 2, 3; ",
            Option("bands"),
            f" asks for {', '.join(map(str, bands))}",
        )
    chosen = tuple(bands or _COLOURS)
    return RasterFile(
        uri=uri,
        width=tiles.width,
        height=tiles.height,
        dtype="uint8",
        crs=tiles.level.crs,
        transform=tiles.transform,
        gcps=(),
        bands=chosen,
        alpha=_ALPHA,
        nodata=(None,) * len(chosen),
        palette=None,
        one_bit=False,
        dataset_mask=False,
        levels=((tiles.width, tiles.height),),
        acquired_at=None,
        assumed_gsd=None,
        tiles=tiles,
    )
