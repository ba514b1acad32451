"""Licence and origin in a file beside an export whose format has no place for them."""

from __future__ import annotations

import json
from pathlib import Path

from railmap.files.disk import write_verified
from railmap.publishing.exchange.origin import Origin

__all__ = ["sidecar_of", "write_sidecar"]

_SUFFIXES = {".csv": "-metadata.json", ".shp": ".txt"}


def sidecar_of(target: Path) -> Path | None:
    """Return the file for licence and origin beside an export; None if the format has a place.

    Beside a table it is that of the W3C's "CSV on the Web".

    Examples
    --------
    >>> str(sidecar_of(Path("events.csv")))
    'events.csv-metadata.json'
    >>> sidecar_of(Path("tracks.osm")) is None
    True
    """
    ending = _SUFFIXES.get(target.suffix.lower())
    return None if ending is None else target.with_name(target.name + ending)


def write_sidecar(export: Path, origin: Origin) -> None:
    """Write the file beside an export, if its format needs one.

    Raises
    ------
    OutputError, OSError
        If it cannot be written.
    """
    beside = sidecar_of(export)
    if beside is not None:
        table = export.suffix.lower() == ".csv"
        text = _table_metadata(export, origin) if table else _plain(origin)
        write_verified(beside, text.encode())


def _plain(origin: Origin) -> str:
    return "\n".join(origin.lines()) + "\n"


def _table_metadata(target: Path, origin: Origin) -> str:
    about = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": target.name,
        "dc:source": origin.source,
        "dc:description": "\n".join(origin.lines()),
        "dc:license": [one.url for one in origin.licences],
        "dc:rights": [one.attribution for one in origin.licences],
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"
