"""Migrate maps of older schemas, with a backup."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from railmap.errors import OutputError
from railmap.files.output import atomic_output
from railmap.files.sqlite import SQLITE_FAULTS
from railmap.files.written import check_database
from railmap.mapping.gpkg.package import SCHEMA_URI
from railmap.mapping.gpkg.triggers import check_triggers
from railmap.mapping.schema import DOMAINS, GEOMETRY_COLUMN, SCHEMA_VERSION, layer
from railmap.mapping.store.access import BUSY_TIMEOUT_S, open_to_read
from railmap.mapping.style.qml import layer_qml, with_defaults

__all__ = ["map_version", "migrate_map"]

_METADATA = "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?"


def map_version(sql: sqlite3.Connection) -> int | None:
    """Return the schema version of a map, None if it is not a railmap map.

    Raises
    ------
    sqlite3.DatabaseError
        If it cannot be read: another program holds the file, or it is damaged.
    """
    try:
        row = sql.execute(_METADATA, (SCHEMA_URI,)).fetchone()
        version = json.loads(row[0])["schema_version"] if row else None
    except sqlite3.DatabaseError as error:
        # The table is missing, or this is not a database.
        if error.sqlite_errorcode in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB):
            return None
        raise
    except (ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, int) else None


def migrate_map(path: str | os.PathLike[str]) -> Path | None:
    """Migrate a map of an older schema to the current one, in place and in one transaction.

    The map is first copied to ``NAME.vN.backup.gpkg`` in the same folder (N is its version;
    ``-2``, ``-3`` where that exists). Other files are not changed.

    Returns
    -------
    Path or None
        The backup; None if there was nothing to do.

    Raises
    ------
    OutputError
        If the map is read-only or held by another program, or the backup cannot be written.
    """
    file = Path(path)
    if not _is_older(file):
        return None
    if not os.access(file, os.W_OK):
        raise OutputError(
            f"{file}: has an older schema and is read-only; allow writing, so that it can"
            " be migrated"
        )
    try:
        with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as sql:
            sql.execute("BEGIN IMMEDIATE")
            # Another program may have migrated it in the meantime.
            version = map_version(sql)
            if version is None or version not in _STEPS:
                return None
            check_triggers(file, sql)
            backup = _back_up(file, version)
            while version in _STEPS:
                _STEPS[version](sql)
                version += 1
            _set_version(sql)
            sql.execute("COMMIT")
            return backup
    except SQLITE_FAULTS as error:
        if "locked" in str(error) or "busy" in str(error):
            raise OutputError(
                f"{file}: has an older schema and another program is writing to it; save and"
                " close it there"
            ) from error
        raise OutputError(
            f"{file}: has an older schema and cannot be migrated ({error})"
        ) from error


def _is_older(file: Path) -> bool:
    try:
        with closing(open_to_read(file)) as sql:
            return map_version(sql) in _STEPS
    except SQLITE_FAULTS:
        return False  # reported by the reader


def _back_up(file: Path, version: int) -> Path:
    stem = file.name.removesuffix(file.suffix)
    number, backup = 1, file.with_name(f"{stem}.v{version}.backup.gpkg")
    while backup.exists():
        number += 1
        backup = file.with_name(f"{stem}.v{version}.backup-{number}.gpkg")
    # SQLite's backup includes the write-ahead log, in which QGIS may have changes.
    with (
        atomic_output(backup, verify=check_database) as partial,
        closing(open_to_read(file)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)
    return backup


def _set_version(sql: sqlite3.Connection) -> None:
    (text,) = sql.execute(_METADATA, (SCHEMA_URI,)).fetchone()
    content = json.loads(text) | {"schema_version": SCHEMA_VERSION}
    sql.execute(
        "UPDATE gpkg_metadata SET metadata = ? WHERE md_standard_uri = ?",
        (json.dumps(content, ensure_ascii=False), SCHEMA_URI),
    )


def _add_column(sql: sqlite3.Connection, table: str, name: str) -> None:
    """Add a column of the schema with NULL values, unless it exists (added in QGIS)."""
    column = layer(table).column(name)
    if name not in {row[1] for row in sql.execute(f'PRAGMA table_info("{table}")')}:
        sql.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {column.type}')
    text = f"{column.description} ({column.unit})" if column.unit else column.description
    sql.execute(
        "INSERT OR REPLACE INTO gpkg_data_columns VALUES (?, ?, NULL, NULL, ?, NULL, ?)",
        (table, name, text, column.domain),
    )


def _from_1(sql: sqlite3.Connection) -> None:
    _add_column(sql, "railway_link", "maxspeed")
    # The style may have been changed by the user: only add the defaults that mark edited features.
    styles = sql.execute(
        "SELECT id, f_table_name, styleQML FROM layer_styles WHERE styleName = 'railmap'"
    ).fetchall()
    for number, table, qml in styles:
        sql.execute(
            "UPDATE layer_styles SET styleQML = ? WHERE id = ?",
            (with_defaults(table, qml), number),
        )


def _from_2(sql: sqlite3.Connection) -> None:
    for name in ("turnout_type", "turnout_type_probability"):
        _add_column(sql, "railway_node", name)
    _add_column(sql, "alignment_segment", "radius_sigma_m")


def _from_3(sql: sqlite3.Connection) -> None:
    # The new tables are added with their first row; they need their domains.
    for name in ("vertical_type", "height_source"):
        sql.executemany(
            "INSERT OR REPLACE INTO gpkg_data_column_constraints (constraint_name,"
            " constraint_type, value, description) VALUES (?, 'enum', ?, ?)",
            [(name, value, meaning) for value, meaning in DOMAINS[name].values],
        )
    for name in ("track_height", "vertical_segment"):
        sql.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " update_time) SELECT '', '', ?, ?, 'railmap', ?, '', 1, ?, '', last_change FROM"
            " gpkg_contents WHERE table_name = 'layer_styles'",
            (name, GEOMETRY_COLUMN, layer_qml(layer(name)), layer(name).description),
        )


def _from_4(sql: sqlite3.Connection) -> None:
    for name in ("licence", "attribution"):
        _add_column(sql, "source_image", name)


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
}
