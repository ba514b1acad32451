"""Copy tables of an old map to a new one: events, posts, tables added in QGIS."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.mapping.gpkg.blobs import geometry_blob, wkb_from_blob
from railmap.mapping.gpkg.rtree import pack_rtree
from railmap.mapping.schema import LAYERS
from railmap.mapping.store.layers import map_srs_id
from railmap.mapping.store.licences import copy_licences
from railmap.mapping.style.rules import STYLES

__all__ = [
    "Transform",
    "copy_extras",
    "copy_rows",
    "copy_table",
    "extra_tables",
    "finish_table",
    "quoted",
]

# Transforms ``(n, 2)`` coordinates from the old map's CRS to the new one's; None if equal.
Transform = Callable[[NDArray[np.float64]], NDArray[np.float64]] | None

# Tables that are written again.
_REWRITTEN = {entry.name for entry in LAYERS if entry.always} | {
    "railway_line",
    "railway_line_link",
    # heights are those of the links before: drape again
    "track_height",
    "vertical_segment",
    "elevation_model",
}
_SYSTEM = ("gpkg_", "rtree_", "sqlite_", "idx_")


def quoted(name: str) -> str:
    """Quote the name of a table or column for SQL."""
    return '"' + name.replace('"', '""') + '"'


def extra_tables(sql: sqlite3.Connection) -> list[str]:
    """Return the tables of a map that mapping its raster does not create."""
    names = sql.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [
        name
        for (name,) in names
        if name not in _REWRITTEN
        and name != "layer_styles"
        and not name.lower().startswith(_SYSTEM)
    ]


def copy_table(
    old: sqlite3.Connection, new: sqlite3.Connection, name: str, move: Transform
) -> None:
    """Copy a table with all rows; `finish_table` adds its index and triggers.

    Geometries in the old map's CRS are transformed to the new one's; those in another CRS are not.

    Parameters
    ----------
    old, new
        The maps.
    name
        Name of the table.
    move
        Transformation between their CRS.
    """
    (statement,) = old.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    ).fetchone()
    new.execute(statement)
    columns = [row[1] for row in old.execute(f"PRAGMA table_info({quoted(name)})")]
    listed = ", ".join(quoted(column) for column in columns)
    rows = old.execute(f"SELECT {listed} FROM {quoted(name)}")
    geometry = _geometry_column(old, name)
    in_map_crs = geometry is not None and geometry[1] == map_srs_id(old)
    if in_map_crs and geometry is not None and geometry[0] in columns:
        at, srs_id = columns.index(geometry[0]), map_srs_id(new)
        rows_moved = _moved(rows, at, srs_id, move)
    else:
        rows_moved = rows
    marks = ", ".join("?" * len(columns))
    new.executemany(f"INSERT INTO {quoted(name)} ({listed}) VALUES ({marks})", rows_moved)
    _register(old, new, name, map_srs_id(new) if in_map_crs else None)


def finish_table(old: sqlite3.Connection, new: sqlite3.Connection, name: str) -> None:
    """Add indexes, spatial index, triggers and extent of a copied table.

    Parameters
    ----------
    old, new
        The maps.
    name
        Name of the table.
    """
    geometry = _geometry_column(new, name)
    index = None if geometry is None else f"rtree_{name}_{geometry[0]}"
    if geometry is not None and index is not None:
        fids, boxes = _boxes(new, name, geometry[0])
        there = old.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        if there is not None:
            new.execute(there[0])
            if len(fids):
                pack_rtree(new, index, fids, boxes)
        if len(fids):
            new.execute(
                "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?"
                " WHERE table_name = ?",
                (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist(), name),
            )
    for (statement,) in old.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger')"
        " AND sql IS NOT NULL ORDER BY type, name",
        (name,),
    ).fetchall():
        new.execute(statement)


def copy_extras(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy licences of data from other sources, and user styles."""
    copy_licences(old, new)
    columns = [row[1] for row in old.execute("PRAGMA table_info(layer_styles)") if row[1] != "id"]
    listed = ", ".join(quoted(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    for row in old.execute(f"SELECT {listed} FROM layer_styles ORDER BY id").fetchall():
        values = dict(zip(columns, row, strict=True))
        if values["styleName"] == "railmap" and values["f_table_name"] in STYLES:
            continue  # the new map has this style
        if values.get("useAsDefault"):
            new.execute(
                "UPDATE layer_styles SET useAsDefault = 0 WHERE f_table_name = ?",
                (values["f_table_name"],),
            )
        new.execute(f"INSERT INTO layer_styles ({listed}) VALUES ({marks})", row)


def _geometry_column(sql: sqlite3.Connection, name: str) -> tuple[str, int] | None:
    found: tuple[str, int] | None = sql.execute(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
    ).fetchone()
    return found


def _moved(
    rows: Iterator[tuple[Any, ...]], at: int, srs_id: int, move: Transform
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if move is None or row[at] is None:
            yield row
            continue
        shape = shapely.from_wkb(wkb_from_blob(row[at]))
        yield (*row[:at], geometry_blob(srs_id, shapely.transform(shape, move))[0], *row[at + 1 :])


def _register(
    old: sqlite3.Connection, new: sqlite3.Connection, name: str, srs_id: int | None
) -> None:
    """Copy the GeoPackage metadata of a table; `srs_id` replaces its CRS if given."""
    for table, key in (
        ("gpkg_contents", "table_name"),
        ("gpkg_geometry_columns", "table_name"),
        ("gpkg_extensions", "table_name"),
        ("gpkg_data_columns", "table_name"),
        ("gpkg_ogr_contents", "table_name"),
    ):
        columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
        columns = [column for column in columns if column in there]
        if not columns:
            continue
        listed = ", ".join(columns)
        for row in old.execute(f"SELECT {listed} FROM {table} WHERE {key} = ?", (name,)).fetchall():
            values = dict(zip(columns, row, strict=True))
            if "srs_id" in values and values["srs_id"] is not None:
                if srs_id is None:
                    copy_rows(old, new, "gpkg_spatial_ref_sys", "srs_id", values["srs_id"])
                else:
                    values["srs_id"] = srs_id
            if values.get("constraint_name"):
                constraint = values["constraint_name"]
                copy_rows(old, new, "gpkg_data_column_constraints", "constraint_name", constraint)
            marks = ", ".join("?" * len(columns))
            new.execute(
                f"INSERT OR REPLACE INTO {table} ({listed}) VALUES ({marks})",
                tuple(values[column] for column in columns),
            )


def copy_rows(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, key: str, value: Any
) -> None:
    """Copy rows of a GeoPackage system table, unless the new map has rows with that key.

    Parameters
    ----------
    old, new
        The maps.
    table
        Name of the table.
    key, value
        Column, and value of the rows to copy.
    """
    if new.execute(f"SELECT 1 FROM {table} WHERE {key} = ?", (value,)).fetchone():
        return
    columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = old.execute(f"SELECT {listed} FROM {table} WHERE {key} = ?", (value,)).fetchall()
    new.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)


def _boxes(
    sql: sqlite3.Connection, name: str, column: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return row ids and min x, min y, max x, max y of the non-empty geometries."""
    rows = sql.execute(
        f"SELECT rowid, {quoted(column)} FROM {quoted(name)} WHERE {quoted(column)} IS NOT NULL"
    ).fetchall()
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 4))
    fids = np.array([fid for fid, _ in rows], dtype=np.int64)
    boxes = shapely.bounds(shapely.from_wkb([wkb_from_blob(blob) for _, blob in rows]))
    there = ~np.isnan(boxes[:, 0])
    return fids[there], boxes[there]
