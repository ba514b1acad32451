"""Licence and origin in a file beside an export whose format has no place for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.files.output import atomic_output
from railmap.publishing.exchange.origin import Origin

__all__ = ["sidecar_of", "with_sidecar"]

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


@contextmanager
def with_sidecar(target: Path, origin: Origin, *, overwrite: bool) -> Iterator[None]:
    """Write the file beside an export after the block has written the export itself.

    Raises
    ------
    OutputError
        If it exists and `overwrite` is false, or cannot be written.
    """
    yield
    beside = sidecar_of(target)
    if beside is None:
        return
    text = _table_metadata(target, origin) if target.suffix.lower() == ".csv" else _plain(origin)
    with atomic_output(beside, overwrite=overwrite) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


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
