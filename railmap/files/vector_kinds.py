"""Check that a vector file is of the kind that its name says, and only holds its own data."""

from __future__ import annotations

import os
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from railmap.errors import InputError
from railmap.files.sqlite import SQLITE_FAULTS

__all__ = ["VECTOR_SUFFIXES", "check_vector_kind"]

_JSON = rb"\s*[{\[\x1e]"
_XML = rb"\s*<"
# How a file of each suffix starts. GDAL tells a format by content, so other files would be read
# as what they are: among them descriptions of other files, addresses and commands.
_STARTS: dict[str, bytes] = {
    ".gpkg": rb"SQLite format 3\0",
    ".sqlite": rb"SQLite format 3\0",
    ".geojson": _JSON,
    ".json": _JSON,
    ".geojsonl": _JSON,
    ".geojsons": _JSON,
    ".fgb": rb"fgb",
    ".shp": rb"\0\0\x27\x0a",
    ".gpx": _XML,
    ".kml": _XML,
    ".gml": _XML,
    ".osm": _XML,
    ".pbf": rb"\0\0",
    ".dxf": rb"\s*(0|999)\s|AutoCAD Binary",
    ".mif": rb"(?i)version|\s*version",
    ".tab": rb"(?i)\s*!table",
    ".kmz": rb"PK",
    ".zip": rb"PK",
}
VECTOR_SUFFIXES = tuple(_STARTS)
"""Suffixes of the vector files that are read."""

# Of formats that refer to other files, wherever they stand: GDAL searches for some of them.
_REFERENCES = re.compile(
    rb"<\s*(ogr\w*datasource|vrtdataset|(\w+:)?wfs_capabilities|gdal_wms|product_observational)"
    rb"|gdal_streamed_alg|pds_version_id",
    re.IGNORECASE,
)
# GDAL fetches the CRS of a GeoJSON object from an address; a letter of a key may be an escape.
_FETCHED_CRS = re.compile(
    rb'"crs"\s*:\s*\{[^{}]*(?:\{[^{}]*"(?:url|href)"\s*:|(?:\{[^{}]*\}[^{}]*)?"type"\s*:\s*"(?:link|url)")',
    re.IGNORECASE,
)
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-f])", re.IGNORECASE)
_JSON_SUFFIXES = (".geojson", ".json", ".geojsonl", ".geojsons")
_VIEW = re.compile(rb"create\s+view\s", re.IGNORECASE)  # of other tables of MapInfo
_SEARCHED = 4 * 2**20
_MODULES = re.compile(r"\busing\s+\"?(\w+)", re.IGNORECASE)
_OWN_MODULES = (
    "rtree", "rtree_i32", "geopoly", "fts3", "fts4", "fts5", "virtualspatialindex",
    "virtualelementary", "virtualknn", "virtualknn2",
)  # fmt: skip
_NEEDS_LOG = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_MOST_ENTRIES = 1000
_MOST_UNPACKED = 2**30
_TEXT = (*_JSON_SUFFIXES, ".gpx", ".kml", ".gml", ".osm", ".tab")


def check_vector_kind(path: str | os.PathLike[str], what: str = "a vector file") -> None:
    """Check a vector file before GDAL opens it.

    Parameters
    ----------
    path
        A local file.
    what
        The expected kind of file, for the message.

    Raises
    ------
    InputError
        If its suffix is not one of `VECTOR_SUFFIXES`, its content is of another format, it refers
        to other files, addresses or commands, or it is not a local file.
    """
    text = os.fspath(path)
    file = Path(text)
    if "://" in text or text.startswith("/vsi"):
        raise InputError(f"{text}: vector files are read from a local folder; copy it there first")
    suffix = file.suffix.lower()
    if suffix not in _STARTS:
        raise InputError(
            f"{text}: {suffix or 'a file without suffix'} is not a vector format that is read; "
            "convert it to GeoPackage or GeoJSON"
        )
    try:
        with file.open("rb") as data:
            head = data.read(_SEARCHED)
            if suffix in _JSON_SUFFIXES:
                _check_crs(text, head + data.read())
    except OSError as error:
        raise InputError(f"{text}: cannot be read ({error.strerror})") from error
    _check_content(text, suffix, head, what)
    if suffix in (".gpkg", ".sqlite"):
        _check_tables(file)
    elif suffix in (".zip", ".kmz"):
        _check_archive(file, what)


def _check_content(name: str, suffix: str, head: bytes, what: str) -> None:
    body = head.removeprefix(b"\xef\xbb\xbf")
    found = _REFERENCES.search(body) if suffix in _TEXT else None
    found = found or (_VIEW.search(body) if suffix == ".tab" else None)
    if found is not None:
        what = found.group().decode(errors="replace").lstrip("< ")
        raise InputError(
            f"{name}: refers to other files or addresses ({what}), which is refused; "
            "export its own data to GeoPackage or GeoJSON"
        )
    if not re.match(_STARTS[suffix], body):
        raise InputError(f"{name}: cannot be read as {what}: it is damaged or of another format")


def _check_crs(name: str, body: bytes) -> None:
    """Refuse JSON of which GDAL would fetch a CRS from an address."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), body)
    if _FETCHED_CRS.search(plain):
        raise InputError(
            f"{name}: names its CRS by an address, which is not fetched; write its code there, such"
            ' as "urn:ogc:def:crs:EPSG::25832"'
        )


def _check_tables(file: Path) -> None:
    """Refuse virtual tables: some read other files."""
    for name, text in _virtual_tables(file):
        module = _MODULES.search(str(text))
        if module is None or module.group(1).lower() not in _OWN_MODULES:
            raise InputError(
                f"{file}: the table {name!r} is computed by a module that may read other files, "
                "which is refused; export its data to a new GeoPackage"
            )


def _virtual_tables(file: Path) -> list[tuple[str, str]]:
    """Return names and definitions of virtual tables.

    Raises
    ------
    InputError
        If SQLite cannot tell: GDAL might read the file all the same.
    """
    address = f"file:{quote(str(file.absolute()))}?mode=ro"
    query = "SELECT name, sql FROM sqlite_master WHERE sql LIKE 'create%virtual%'"
    # In WAL mode SQLite creates files beside it, which a read-only medium refuses.
    for more in ("", "&immutable=1"):
        try:
            with closing(sqlite3.connect(address + more, uri=True, timeout=2.0)) as sql:
                sql.text_factory = lambda text: text.decode("utf-8", "replace")
                return sql.execute(query).fetchall()
        except SQLITE_FAULTS as error:
            fault = error
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _NEEDS_LOG:
                break
    raise InputError(f"{file}: cannot be read: it is damaged or in use ({fault})") from fault


def _check_archive(file: Path, what: str) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > _MOST_ENTRIES:
                raise InputError(f"{file}: holds more than {_MOST_ENTRIES} files; unpack it")
            for entry in entries:
                suffix = Path(entry.filename).suffix.lower()
                name = f"{file}: {entry.filename}"
                with archive.open(entry) as data:
                    head = data.read(_SEARCHED)
                    if suffix in _JSON_SUFFIXES:
                        _check_crs(name, head + data.read(_MOST_UNPACKED))
                if suffix in _STARTS and suffix not in (".zip", ".kmz", ".gpkg", ".sqlite"):
                    _check_content(name, suffix, head, what)
                elif suffix in (".zip", ".kmz", ".gpkg", ".sqlite", ".vrt", ""):
                    raise InputError(f"{name}: is not read from an archive; unpack it")
                elif _REFERENCES.search(head):
                    raise InputError(f"{name}: refers to other files, which is refused")
    except InputError:
        raise
    except Exception as error:  # of zipfile and the decompressors; many kinds
        raise InputError(f"{file}: is damaged or cannot be unpacked ({error})") from error
