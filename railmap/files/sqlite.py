"""What SQLite raises about a file."""

from __future__ import annotations

import sqlite3

__all__ = ["SQLITE_FAULTS"]

SQLITE_FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""Errors of a file that SQLite reads. Its messages quote the schema: where bytes in that are no
text, Python fails to decode the message, and raises that instead."""
