"""Read an output back before it takes its name: libraries do not report every failed write."""

from __future__ import annotations

import sqlite3
from collections.abc import Container
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from railmap.errors import OutputError, one_line

__all__ = ["check_database", "check_raster"]


def check_database(path: Path) -> None:
    """Check that every page, index and row of a GeoPackage can be read.

    Raises
    ------
    OutputError
        If one cannot.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as sql:
            found = [row[0] for row in sql.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        found = [one_line(error)]
    if found != ["ok"]:
        raise OutputError(
            f"{path}: is not what was written ({found[0] if found else 'empty'}); check the disk"
        )


def check_raster(path: Path, filled: Container[tuple[int, int]] | None = None) -> None:
    """Check that every block of a GeoTIFF is there and can be decoded.

    Parameters
    ----------
    path
        The file.
    filled
        Row and column of the blocks that hold data; the others may be left out. None: all do.

    Raises
    ------
    OutputError
        If one cannot, or lies past the end of the file.
    """
    import rasterio
    from rasterio.errors import RasterioError

    try:
        size = path.stat().st_size
        with rasterio.open(path, driver="GTiff") as data:
            by_band = data.interleaving is None or data.interleaving.value != "PIXEL"
            for band in data.indexes if by_band else [1]:
                for (row, col), window in data.block_windows(band):
                    name = f"{col}_{row}"
                    start = data.get_tag_item(f"BLOCK_OFFSET_{name}", "TIFF", bidx=band)
                    length = data.get_tag_item(f"BLOCK_SIZE_{name}", "TIFF", bidx=band)
                    if not start or not length:
                        if filled is None or (row, col) in filled:
                            raise OutputError(f"{path}: has lost tiles; check the disk")
                        continue
                    if int(start) + int(length) > size:
                        raise OutputError(f"{path}: is shorter than its tiles; check the disk")
                    data.read(band, window=window)
    except (RasterioError, OSError) as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"{path}: is not what was written ({one_line(error)}); check the disk"
        ) from error
