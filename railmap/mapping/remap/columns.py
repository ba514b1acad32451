"""Carry user-defined columns over: columns added to links, nodes, lines and other layers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from railmap.mapping.compare.conflate import shared_value
from railmap.mapping.remap.successors import LinkOverlap
from railmap.mapping.remap.tables import copy_rows, quoted
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS

__all__ = ["carry_columns", "has_user_columns"]

_REWRITTEN = {entry.name: entry for entry in LAYERS if entry.always or entry.name == "railway_line"}
_KEYS = {"railway_node": "node_id", "railway_line": "line_id"}
# Permitted column declarations, because they are inserted into SQL unchanged.
_TYPE = re.compile(r"[\w ]*(\([\d ,]*\))?")


def has_user_columns(sql: sqlite3.Connection) -> bool:
    """Return whether layers of the schema have user-defined columns."""
    return any(_user_columns(sql, name) for name in _REWRITTEN)


def carry_columns(
    source: sqlite3.Connection,
    sql: sqlite3.Connection,
    overlap: LinkOverlap | None,
    nodes: Mapping[str, str],
) -> list[str]:
    """Add user-defined columns to a new map and fill them.

    A link takes the value that the old links on it have for at least half of its length; nodes and
    lines take the value of the old object. In other layers, whose rows cannot be matched, the
    columns are NULL.

    Parameters
    ----------
    source, sql
        The old map and, in the transaction of `edit_map`, the new one.
    overlap
        Match of the new links with the old ones; None without links.
    nodes
        New ``node_id`` by old one.

    Returns
    -------
    list of str
        One line for each loss of values.
    """
    messages = []
    present = {name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents")}
    for name in _REWRITTEN:
        columns = _user_columns(source, name)
        if not columns or name not in present:
            continue
        for column, kind in columns.items():
            _add(source, sql, name, column, kind)
        before = _values(source, name, list(columns))
        if not before:
            continue
        if name == "railway_link":
            lost = len(before) if overlap is None else _on_links(sql, overlap, before)
        elif name in _KEYS:
            lost = _by_key(source, sql, name, before, nodes if name == "railway_node" else None)
        else:
            lost = len(before)
        if lost:
            listed = ", ".join(columns)
            messages.append(
                f"values in {listed} of {name} are lost in {lost} of {len(before)} rows"
            )
    return messages


def _user_columns(sql: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return the declared types of the user-defined columns."""
    known = {"fid", GEOMETRY_COLUMN, *(column.name for column in _REWRITTEN[name].columns)}
    rows = sql.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    return {row[1]: row[2] for row in rows if row[1].lower() not in known}


def _values(
    source: sqlite3.Connection, name: str, columns: list[str]
) -> dict[int, tuple[Any, ...]]:
    """Return the values by ``fid``, of the rows that have any."""
    listed = ", ".join(map(quoted, columns))
    rows = source.execute(f"SELECT fid, {listed} FROM {quoted(name)}")
    return {fid: tuple(row) for fid, *row in rows if any(value is not None for value in row)}


def _add(
    source: sqlite3.Connection, sql: sqlite3.Connection, name: str, column: str, kind: str
) -> None:
    declared = kind if _TYPE.fullmatch(kind) else "TEXT"
    sql.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(column)} {declared}")
    described = source.execute(
        "SELECT name, title, description, mime_type, constraint_name FROM gpkg_data_columns"
        " WHERE table_name = ? AND column_name = ?",
        (name, column),
    ).fetchone()
    if described is not None:
        if described[4]:
            copy_rows(source, sql, "gpkg_data_column_constraints", "constraint_name", described[4])
        sql.execute(
            "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, name, title,"
            " description, mime_type, constraint_name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, column, *described),
        )


def _set(sql: sqlite3.Connection, name: str) -> str:
    """Return the SQL statement that sets the user-defined columns of a row, by ``fid``."""
    sets = ", ".join(f"{quoted(column)} = ?" for column in _user_columns(sql, name))
    return f"UPDATE {quoted(name)} SET {sets} WHERE fid = ?"


def _on_links(
    sql: sqlite3.Connection, overlap: LinkOverlap, before: Mapping[int, tuple[Any, ...]]
) -> int:
    """Fill links; return the number of old rows whose values are lost."""
    fids = overlap.before.index.tolist()
    empty = (None,) * len(next(iter(before.values())))
    kept: set[int] = set()
    update = _set(sql, "railway_link")
    for mine, others in overlap.others().items():
        rows = [(before.get(fids[their], empty), share) for their, share in others]
        values = [
            shared_value([(row[at], share) for row, share in rows]) for at in range(len(empty))
        ]
        if any(value is not None for value in values):
            sql.execute(update, (*values, int(overlap.links.index[mine])))
        kept |= {
            fids[their]
            for their, _ in others
            if fids[their] in before
            and all(
                old is None or old == new
                for old, new in zip(before[fids[their]], values, strict=True)
            )
        }
    return len(before.keys() - kept)


def _by_key(
    source: sqlite3.Connection,
    sql: sqlite3.Connection,
    name: str,
    before: Mapping[int, tuple[Any, ...]],
    became: Mapping[str, str] | None,
) -> int:
    """Fill rows with a known id; return the number of old rows that no longer exist."""
    key = _KEYS[name]
    old = dict(source.execute(f"SELECT fid, {key} FROM {quoted(name)}"))
    now = {value: fid for fid, value in sql.execute(f"SELECT fid, {key} FROM {quoted(name)}")}
    update, lost = _set(sql, name), 0
    for fid, values in before.items():
        ident = old[fid] if became is None else became.get(old[fid])
        if ident in now:
            sql.execute(update, (*values, now[ident]))
        else:
            lost += 1
    return lost
