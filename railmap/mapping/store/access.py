"""Open the file of a map; turn SQLite errors into messages for users."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from railmap.errors import MapError, OutputError, RailmapError, one_line
from railmap.files.inputs import check_input
from railmap.files.sqlite import SQLITE_FAULTS
from railmap.files.unfinished import roll_back_unfinished, unfinished_fault

__all__ = [
    "BUSY_TIMEOUT_S",
    "check_free",
    "explain",
    "map_fault",
    "map_values",
    "open_to_read",
    "reading_map",
]

BUSY_TIMEOUT_S = 2.0
"""Time to wait for another program (such as QGIS) to release the file, seconds."""

_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_REASONS = {
    sqlite3.SQLITE_CORRUPT: "is damaged or cut off; restore it from a copy",
    sqlite3.SQLITE_NOTADB: "is not a GeoPackage, or a damaged one; restore it from a copy",
    sqlite3.SQLITE_FULL: "cannot be written (the disk is full); free space",
    sqlite3.SQLITE_READONLY: "is read-only; allow writing or work on a copy",
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened; its folder may be read-only or missing: copy the map, with NAME-wal"
        " beside it if there is one"
    ),
}


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file read-only; first finish what a killed program left unfinished in it.

    Raises
    ------
    sqlite3.Error
        If it cannot be opened, or a change is unfinished and the file cannot be written.
    """
    roll_back_unfinished(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    sql = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        sql.execute("PRAGMA trusted_schema = OFF")
        sql.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        sql.close()
        if not _needs_log(error) or _has_log(path):
            raise
        # In WAL mode SQLite creates files beside the map, which a read-only medium refuses.
        # Without a log or journal all is in the file itself, which nobody can change there.
        sql = sqlite3.connect(f"{address}&immutable=1", uri=True)
        sql.execute("PRAGMA trusted_schema = OFF")
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        pass  # reported by the first query of the reader
    return sql


def _needs_log(error: sqlite3.OperationalError) -> bool:
    return (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def _has_log(path: Path) -> bool:
    """Return whether a log or the journal of an unfinished change lies beside a map."""
    logs = [path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-journal")]
    return any(log.exists() and log.stat().st_size > 0 for log in logs)


@contextmanager
def reading_map(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a read-only connection to a map; only for reading what the map holds.

    Raises
    ------
    MapError
        If the file is missing or empty, SQLite cannot read it, or a value in it makes the block
        fail.
    """
    check_input(path, MapError, what="map")
    try:
        with closing(open_to_read(path)) as sql:
            yield sql
    except SQLITE_FAULTS as error:
        raise map_fault(path, error) from error
    except RailmapError:
        raise
    except Exception as error:  # a value that no map has
        raise values_fault(path, error) from error


@contextmanager
def map_values(path: Path) -> Iterator[None]:
    """Turn errors of the block into a `MapError`; only for working on what a map holds."""
    try:
        yield
    except RailmapError:
        raise
    except Exception as error:
        raise values_fault(path, error) from error


def values_fault(path: Path, error: Exception) -> MapError:
    """Return the error for a map that holds a value with which nothing can be done."""
    return MapError(
        f"{path}: cannot be read as a map, as it has an impossible value; restore it or map again"
        f" ({type(error).__name__}: {one_line(error)})"
    )


def check_free(path: Path) -> None:
    """Check that no other program is writing to a map that is going to be replaced.

    Raises
    ------
    OutputError
        If one is writing.
    """
    if not os.access(path, os.W_OK):
        return  # a read-only file is not written to
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.execute("ROLLBACK")
    except SQLITE_FAULTS as error:
        raise OutputError(str(map_fault(path, error))) from error


def map_fault(path: Path, error: Exception) -> MapError:
    """Return the error for a map that SQLite cannot read or write."""
    return MapError(f"{path}: {unfinished_fault(path, error) or explain(error)}")


def explain(error: Exception, otherwise: str = "cannot be read as a map") -> str:
    """Return fault and remedy for an SQLite error; `otherwise` is the text for an unknown one."""
    # The lowest byte is the primary result code.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _HELD:
        return f"another program is writing to it; save and close it there ({error})"
    if isinstance(error, UnicodeDecodeError):
        code = sqlite3.SQLITE_CORRUPT
    return f"{_REASONS.get(code, otherwise)} ({error})"
