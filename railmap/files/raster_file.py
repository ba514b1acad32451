"""Open a raster with the drivers that its name allows, so that it reads no other files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap.errors import RasterError
from railmap.files.vrt import check_overviews, check_sidecars, check_vrt, is_vrt_text

if TYPE_CHECKING:
    from rasterio import DatasetReader

__all__ = ["PLAIN_DRIVERS", "open_raster_file", "raster_drivers"]

PLAIN_DRIVERS = (
    "GTiff", "COG", "JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID", "JPEG", "PNG", "WEBP", "JPEGXL",
    "AVIF", "HEIF", "GIF", "BIGGIF", "BMP", "PNM", "HFA", "ECW", "MrSID", "NITF", "RMF", "AAIGrid",
    "EHdr", "ENVI", "GPKG", "MBTiles",
)  # fmt: skip
"""GDAL drivers whose files hold their own pixels; parts of a few are in files of the same name."""


def raster_drivers(uri: str) -> tuple[str, ...]:
    """Return the GDAL drivers that may open a raster.

    GDAL tells a format by content. A file of another person may so be a VRT whatever its name
    is, and read any file or address. A VRT is read only where it is called one.

    Examples
    --------
    >>> raster_drivers("mosaic.vrt")
    ('VRT',)
    >>> "VRT" in raster_drivers("ortho.tif")
    False
    """
    return ("VRT",) if _is_vrt(uri) else PLAIN_DRIVERS


def open_raster_file(path: str | os.PathLike[str], **options: Any) -> DatasetReader:
    """Open a raster as `rasterio.open` does, restricted to `raster_drivers`.

    Parameters
    ----------
    path
        A file, a URL or a path of GDAL.
    options
        Of the driver, such as `overview_level`.

    Raises
    ------
    RasterError
        If it is a VRT under another name, a VRT on a server or in an archive, or one with members
        in other places; see `check_vrt`. Also if overviews or mask beside it are a VRT.
    rasterio.errors.RasterioIOError
        If no driver can open it.
    """
    from rasterio.env import env_ctx_if_needed
    from rasterio.io import DatasetReader

    uri = os.fspath(path)
    if _is_vrt(uri):
        check_vrt(Path(uri))
    elif is_vrt_text(uri):
        raise RasterError(
            f"{uri}: XML text, not an image; a VRT that you trust must be named *.vrt, since it"
            " reads other files"
        )
    check_sidecars(Path(uri))
    with env_ctx_if_needed():  # rasterio.open takes only one driver
        dataset = DatasetReader(uri, driver=list(raster_drivers(uri)), **options)
    try:
        check_overviews(uri, dataset.tags(ns="OVERVIEWS"))
    except BaseException:
        dataset.close()
        raise
    return dataset


def _is_vrt(uri: str) -> bool:
    return Path(uri.partition("?")[0]).suffix.lower() == ".vrt"
