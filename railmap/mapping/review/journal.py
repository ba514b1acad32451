"""Rows of a map before and after a change, so that the change can be taken back."""

from __future__ import annotations

import sqlite3
from typing import Any

from railmap.errors import InputError

__all__ = ["Journal"]

_Row = dict[str, Any]


class Journal:
    """Keeps the rows that a decision changes.

    `keep` is called before a row changes, `created` after one was added, `close` at the end.
    """

    def __init__(self) -> None:
        self._before: dict[tuple[str, int], _Row | None] = {}
        self._after: dict[tuple[str, int], _Row | None] = {}

    def keep(self, sql: sqlite3.Connection, table: str, where: str, *values: Any) -> list[int]:
        """Keep the rows of `table` for which `where` is true; return their ``fid``.

        `table` and `where` are constants of the caller, never texts of a file.
        """
        fids = [
            fid
            for (fid,) in sql.execute(f'SELECT fid FROM "{table}" WHERE {where}', values).fetchall()
        ]
        for fid in fids:
            self._before.setdefault((table, fid), _row(sql, table, fid))
        return fids

    def created(self, table: str, fid: int) -> None:
        """Note a row that was added."""
        self._before.setdefault((table, fid), None)

    def close(self, sql: sqlite3.Connection) -> None:
        """Note the rows as the change leaves them."""
        self._after = {key: _row(sql, *key) for key in self._before}

    def take_back(self, sql: sqlite3.Connection) -> None:
        """Give the rows their old content.

        Raises
        ------
        InputError
            If one of them was changed since.
        """
        if any(_row(sql, *key) != row for key, row in self._after.items()):
            raise InputError("the map was changed since; this cannot be taken back")
        for (table, fid), row in self._before.items():
            sql.execute(f'DELETE FROM "{table}" WHERE fid = ?', (fid,))
            if row is not None:
                names = ", ".join('"' + name.replace('"', '""') + '"' for name in row)
                marks = ", ".join("?" * len(row))
                sql.execute(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(row.values())
                )


def _row(sql: sqlite3.Connection, table: str, fid: int) -> _Row | None:
    cursor = sql.execute(f'SELECT * FROM "{table}" WHERE fid = ?', (fid,))
    row = cursor.fetchone()
    if row is None:
        return None
    return {entry[0]: value for entry, value in zip(cursor.description, row, strict=True)}
