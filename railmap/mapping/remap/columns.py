"""Columns that a person added to layers that mapping makes anew: on links, nodes and lines."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from railmap.mapping.compare.conflate import shared_value
from railmap.mapping.remap.heirs import LinkOverlap
from railmap.mapping.remap.tables import copy_rows, quoted
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS

__all__ = ["carry_columns", "has_own_columns"]

_MADE_ANEW = {entry.name: entry for entry in LAYERS if entry.always or entry.name == "railway_line"}
_KEYS = {"railway_node": "node_id", "railway_line": "line_id"}
# What a column may be declared as: it goes into SQL as it stands.
_TYPE = re.compile(r"[\w ]*(\([\d ,]*\))?")


def has_own_columns(sql: sqlite3.Connection) -> bool:
    """Tell whether layers that mapping makes anew have columns that aren't the schema's."""
    return any(_own_columns(sql, name) for name in _MADE_ANEW)


def carry_columns(
    source: sqlite3.Connection,
    sql: sqlite3.Connection,
    overlap: LinkOverlap | None,
    nodes: Mapping[str, str],
) -> list[str]:
    """Add a person's columns to a new map, filled where what they describe is still there.

    A link has the value that the old links it lies on have for at least half of its length; nodes
    and lines have theirs by what they have become. On other layers, whose rows aren't the same
    things any more, the columns stay empty.

    Parameters
    ----------
    source, sql
        The old map and, in the transaction of `edit_map`, the new one.
    overlap
        The new map's links on the old one's; None if there are none.
    nodes
        New ``node_id`` by old one.

    Returns
    -------
    list of str
        What got lost, a line each.
    """
    told = []
    present = {name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents")}
    for name in _MADE_ANEW:
        columns = _own_columns(source, name)
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
            told.append(f"what stood in {listed} of {name} is lost in {lost} of {len(before)} rows")
    return told


def _own_columns(sql: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return the declared type of each column that isn't the schema's."""
    ours = {"fid", GEOMETRY_COLUMN, *(column.name for column in _MADE_ANEW[name].columns)}
    rows = sql.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    return {row[1]: row[2] for row in rows if row[1].lower() not in ours}


def _values(
    source: sqlite3.Connection, name: str, columns: list[str]
) -> dict[int, tuple[Any, ...]]:
    """Return the values by ``fid`` of the rows that have any."""
    listed = ", ".join(map(quoted, columns))
    rows = source.execute(f"SELECT fid, {listed} FROM {quoted(name)}")
    return {fid: tuple(row) for fid, *row in rows if any(value is not None for value in row)}


def _add(
    source: sqlite3.Connection, sql: sqlite3.Connection, name: str, column: str, kind: str
) -> None:
    declared = kind if _TYPE.fullmatch(kind) else "TEXT"
    sql.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(column)} {declared}")
    told = source.execute(
        "SELECT name, title, description, mime_type, constraint_name FROM gpkg_data_columns"
        " WHERE table_name = ? AND column_name = ?",
        (name, column),
    ).fetchone()
    if told is not None:
        if told[4]:
            copy_rows(source, sql, "gpkg_data_column_constraints", "constraint_name", told[4])
        sql.execute(
            "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, name, title,"
            " description, mime_type, constraint_name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, column, *told),
        )


def _set(sql: sqlite3.Connection, name: str) -> str:
    """Return the statement that sets all of a person's columns of a row, by ``fid``."""
    sets = ", ".join(f"{quoted(column)} = ?" for column in _own_columns(sql, name))
    return f"UPDATE {quoted(name)} SET {sets} WHERE fid = ?"


def _on_links(
    sql: sqlite3.Connection, overlap: LinkOverlap, before: Mapping[int, tuple[Any, ...]]
) -> int:
    """Fill links; return how many old rows' values none has."""
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
    """Fill rows that have a known id; return how many old rows aren't there any more."""
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
