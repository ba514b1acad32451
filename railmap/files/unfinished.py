"""Roll back the change that a killed program left unfinished in a file of SQLite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from railmap.files.sqlite import SQLITE_FAULTS

__all__ = ["roll_back_unfinished", "settle", "unfinished_fault"]

_TIMEOUT_S = 2.0
_BEGIN = "SELECT count(*) FROM sqlite_master"


def roll_back_unfinished(path: Path) -> None:
    """Bring a file to its last whole state if a killed program left a journal.

    A connection that only reads cannot do that, one that may write does it when it first reads.
    Nothing is done without a journal, or while the program that writes it is alive.

    Parameters
    ----------
    path
        A file of SQLite, or anything else.
    """
    if not (_has_content(_journal(path)) and _may_write(path)):
        return
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_TIMEOUT_S)) as sql:
            sql.execute(_BEGIN).fetchone()
    except SQLITE_FAULTS:
        return  # reported by the one who opens it to read


def settle(path: Path) -> None:
    """Bring what a journal or log holds into the file itself, before it is replaced.

    Without this, a crash between the removal of the journal and the replacement would leave a
    damaged file.

    Parameters
    ----------
    path
        A file of SQLite, or anything else.
    """
    if not any(_has_content(Path(f"{path}{ending}")) for ending in ("-journal", "-wal")):
        return
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    with (
        contextlib.suppress(*SQLITE_FAULTS),
        closing(sqlite3.connect(address, uri=True, timeout=_TIMEOUT_S)) as sql,
    ):
        sql.execute(_BEGIN).fetchone()
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def unfinished_fault(path: Path, error: Exception) -> str | None:
    """Return fault and remedy if an unfinished change keeps a file from being read, else None.

    Parameters
    ----------
    path
        The file.
    error
        What SQLite says.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return None
    journal = _journal(path)
    if not _has_content(journal):
        return None
    return (
        f"a change of it is unfinished ({journal.name}) and the place is read-only; copy both "
        f"files, {path.name} and {journal.name}, to a folder that can be written and use the copy"
    )


def _journal(path: Path) -> Path:
    return Path(f"{path}-journal")


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)
