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

_GEOMETRIES = {
    "GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
}  # fmt: skip


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
    told = stated == (count,) or (count == 0 and stated in (None, (None,)))
    return bool(rows == count and told and _is_indexed(sql, layer))


def _is_indexed(sql: sqlite3.Connection, layer: str) -> bool:
    """Return whether a layer is listed, and its spatial index whole and kept up by triggers.

    GDAL makes none for a layer without geometries.
    """
    listed = sql.execute(
        "SELECT data_type, min_x FROM gpkg_contents WHERE table_name = ?", (layer,)
    ).fetchone()
    column = sql.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
    ).fetchone()
    kinds = {row[2].upper() for row in sql.execute(f'PRAGMA table_info("{layer}")')}
    spatial = bool(kinds & _GEOMETRIES)
    if listed is None or listed[0] != ("features" if spatial else "attributes"):
        return False
    if column is None:
        return not spatial
    (shapes,) = sql.execute(
        f'SELECT count(*) FROM "{layer}" WHERE "{column[0]}" IS NOT NULL'
    ).fetchone()
    if not shapes:
        return True
    index = f"rtree_{layer}_{column[0]}"
    names = {
        name
        for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE tbl_name = ?", (layer,))
    }
    (entries,) = sql.execute(f'SELECT count(*) FROM "{index}"').fetchone()
    (stated,) = sql.execute(
        "SELECT count(*) FROM gpkg_extensions WHERE table_name = ?"
        " AND extension_name = 'gpkg_rtree_index'",
        (layer,),
    ).fetchone()
    told = listed[1] is not None and stated
    return bool(entries == shapes and told and {f"{index}_insert", f"{index}_delete"} <= names)


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
