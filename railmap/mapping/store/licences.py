"""Licences of data from other sources: in the GeoPackage's metadata, and those of the images."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

from railmap.errors import MapError
from railmap.mapping.store.access import reading_map

__all__ = ["ODBL", "Licence", "add_licence", "copy_licences", "read_licences"]

_URI = "urn:railmap:licence"
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Licence:
    """Name, attribution text and address of a licence."""

    name: str
    attribution: str
    url: str


ODBL = Licence(
    "ODbL-1.0",
    "© OpenStreetMap contributors",
    "https://www.openstreetmap.org/copyright",
)


def add_licence(sql: sqlite3.Connection, licence: Licence) -> None:
    """Store a licence for the whole map, unless it is stored already; call inside `edit_map`."""
    text = json.dumps(asdict(licence), ensure_ascii=False, sort_keys=True)
    there = sql.execute(
        "SELECT count(*) FROM gpkg_metadata WHERE md_standard_uri = ? AND metadata = ?",
        (_URI, text),
    ).fetchone()
    if there[0]:
        return
    (number,) = sql.execute("SELECT coalesce(max(id), 0) + 1 FROM gpkg_metadata").fetchone()
    sql.execute(
        "INSERT INTO gpkg_metadata VALUES (?, 'dataset', ?, 'application/json', ?)",
        (number, _URI, text),
    )
    # The map's time stamp, not the clock's: same input, same bytes.
    sql.execute(
        "INSERT INTO gpkg_metadata_reference SELECT 'geopackage', NULL, NULL, NULL,"
        " min(timestamp), ?, NULL FROM gpkg_metadata_reference",
        (number,),
    )


def copy_licences(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Add the licences of another map; `new` as in `add_licence`."""
    for (text,) in old.execute(
        "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ? ORDER BY id", (_URI,)
    ).fetchall():
        add_licence(new, Licence(**json.loads(text)))


def read_licences(path: str | os.PathLike[str]) -> list[Licence]:
    """Return the licences of data from other sources and of the images, each once.

    Raises
    ------
    MapError
        If the file cannot be read.
    """
    try:
        with reading_map(Path(path)) as sql:
            rows = sql.execute(
                "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ? ORDER BY id", (_URI,)
            ).fetchall()
            images = _of_images(sql)
        found = [Licence(**json.loads(text)) for (text,) in rows]
        return list(dict.fromkeys([*found, *images]))
    except MapError:
        raise
    except (ValueError, TypeError) as error:
        raise MapError(f"{os.fspath(path)}: its licences cannot be read ({error})") from error


def _of_images(sql: sqlite3.Connection) -> list[Licence]:
    columns = {row[1] for row in sql.execute("PRAGMA table_info(source_image)")}
    if not {"licence", "attribution"} <= columns:  # a map of an older schema
        return []
    rows = sql.execute(
        "SELECT DISTINCT licence, attribution FROM source_image WHERE licence IS NOT NULL"
        " ORDER BY licence, attribution"
    ).fetchall()
    return [_licence(str(text), str(attribution or "")) for text, attribution in rows]


def _licence(text: str, attribution: str) -> Licence:
    """Split a licence as a person wrote it into name and address."""
    address = _ADDRESS.search(text)
    if address is None:
        return Licence(text, attribution, "")
    url = address[0].rstrip(".,;)")
    name = " ".join(text.replace(url, " ").split()).strip(" ,;()")
    return Licence(name or url, attribution, url)
