"""Read an output back before it takes its name: libraries do not report every failed write."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from railmap.errors import OutputError, one_line
from railmap.files.sqlite import SQLITE_FAULTS

__all__ = ["check_database", "check_layers", "check_raster"]


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
    except SQLITE_FAULTS as error:
        found = [one_line(error)]
    if found != ["ok"]:
        raise OutputError(
            f"{path}: is not what was written ({found[0] if found else 'empty'}); check the disk"
        )


def check_layers(path: Path, counts: Mapping[str, int]) -> None:
    """Check a GeoPackage that GDAL wrote as `check_database`, and that it holds every row.

    The number that the file states, and the spatial index, must agree: after a failed write GDAL
    leaves them out without a word.

    Parameters
    ----------
    path
        The file.
    counts
        Number of rows by layer.

    Raises
    ------
    OutputError
        If something is missing.
    """
    check_database(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as sql:
            faults = [name for name, count in counts.items() if not _is_whole(sql, name, count)]
    except SQLITE_FAULTS as error:
        faults = [one_line(error)]
    if faults:
        raise OutputError(
            f"{path}: is not what was written ({', '.join(faults)}); check the disk and its space"
        )


def _is_whole(sql: sqlite3.Connection, layer: str, count: int) -> bool:
    (rows,) = sql.execute(f'SELECT count(*) FROM "{layer}"').fetchone()
    stated = sql.execute(
        "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (layer,)
    ).fetchone()
    column = _indexed_column(sql, layer)
    told = stated == (count,) or (count == 0 and stated in (None, (None,)))
    if column is None:
        return bool(rows == count and told)
    (indexed,) = sql.execute(f'SELECT count(*) FROM "rtree_{layer}_{column}"').fetchone()
    (shapes,) = sql.execute(
        f'SELECT count(*) FROM "{layer}" WHERE "{column}" IS NOT NULL'
    ).fetchone()
    return bool(rows == count and told and indexed == shapes)


def _indexed_column(sql: sqlite3.Connection, layer: str) -> str | None:
    """Return the column that has a spatial index; GDAL makes none for a layer of no geometries."""
    if not sql.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_extensions'"
    ).fetchone()[0]:
        return None
    found = sql.execute(
        "SELECT column_name FROM gpkg_extensions WHERE table_name = ?"
        " AND extension_name = 'gpkg_rtree_index'",
        (layer,),
    ).fetchone()
    return None if found is None else str(found[0])


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
