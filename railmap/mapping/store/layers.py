"""Add layers to an existing map, and insert many rows."""

from __future__ import annotations

import gc
import operator
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.mapping.gpkg.package import GeoPackage
from railmap.mapping.gpkg.rtree import pack_rtree
from railmap.mapping.schema import GEOMETRY_COLUMN, Layer
from railmap.mapping.style.qml import layer_qml
from railmap.mapping.style.rules import STYLES

__all__ = ["Batch", "bulk_insert", "ensure_layer", "map_srs_id"]

# Rows with the bounds of their geometries.
Batch = tuple[Iterable[tuple[Any, ...]], NDArray[np.float64]]


class _OpenPackage(GeoPackage):
    """An existing GeoPackage, in the caller's transaction."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self.srs_id = map_srs_id(sql)
        # The map's time stamp, not the clock's: same input, same bytes.
        (self._changed,) = sql.execute(
            "SELECT last_change FROM gpkg_contents WHERE table_name = 'railway_link'"
        ).fetchone()


def map_srs_id(sql: sqlite3.Connection) -> int:
    """Return the ``srs_id`` of the map's layers."""
    (srs_id,) = sql.execute(
        "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'railway_link'"
    ).fetchone()
    return int(srs_id)


def ensure_layer(sql: sqlite3.Connection, layer: Layer) -> bool:
    """Create an empty layer in the transaction of `edit_map`; return False if it exists.

    A map has the styles of all layers of the schema; other layers get the style of events.
    """
    there = sql.execute(
        "SELECT 1 FROM gpkg_contents WHERE lower(table_name) = lower(?)", (layer.name,)
    ).fetchone()
    if there is None:
        package = _OpenPackage(sql)
        package.add_layer(layer)
        if layer.name not in STYLES and (qml := layer_qml(layer)):
            package.add_style(layer, qml)
    return there is None


def bulk_insert(
    sql: sqlite3.Connection,
    layer: Layer,
    batches: Iterable[Batch],
) -> int:
    """Append many rows to a layer; return their number.

    The triggers of the spatial index and the row count take longer than the rows. They are dropped
    and created again, and index and count are updated once.

    Parameters
    ----------
    sql
        Connection of `edit_map`.
    layer
        The layer, which must exist.
    batches
        Rows, and ``(rows, 4)`` min x, min y, max x, max y of their geometries, NaN for a row
        without one. A row is its geometry blob and SQL values in the order of the layer's columns;
        values only in a table without geometry.
    """
    width = len(layer.columns) + bool(layer.geometry)
    (first,) = sql.execute(
        f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0),"
        f' coalesce((SELECT max(fid) FROM "{layer.name}"), 0)) + 1',
        (layer.name,),
    ).fetchone()
    names = [column.name for column in layer.columns]
    if layer.geometry:
        names.insert(0, GEOMETRY_COLUMN)
    columns = ", ".join(f'"{name}"' for name in ["fid", *names])
    marks = ", ".join("?" * (width + 1))
    put = f'INSERT INTO "{layer.name}" ({columns}) VALUES ({marks})'
    with _without_triggers(sql, layer.name), _collector_paused():
        count = 0
        boxes: list[NDArray[np.float64]] = []
        for rows, bounds in batches:
            fids = zip(range(first + count, first + count + len(bounds)))
            sql.executemany(put, map(operator.add, fids, rows))
            count += len(bounds)
            boxes.append(bounds)
        if layer.geometry and boxes:
            _index(sql, layer, first, np.concatenate(boxes))
        sql.execute(
            "UPDATE gpkg_ogr_contents SET feature_count = feature_count + ? WHERE table_name = ?",
            (count, layer.name),
        )
    return count


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause garbage collection, which is triggered often by millions of rows."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _without_triggers(sql: sqlite3.Connection, table: str) -> Iterator[None]:
    triggers = sql.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        " AND (name LIKE 'rtree_%' OR name LIKE 'trigger_insert_feature_count_%')",
        (table,),
    ).fetchall()
    for name, _ in triggers:
        sql.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in triggers:
        sql.execute(statement)


def _index(sql: sqlite3.Connection, layer: Layer, first: int, boxes: NDArray[np.float64]) -> None:
    index = f"rtree_{layer.name}_{GEOMETRY_COLUMN}"
    there = sql.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    found = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not len(found):
        return
    fids, flat = found + first, boxes[found]
    edges = (*flat[:, :2].min(axis=0).tolist(), *flat[:, 2:].max(axis=0).tolist())
    if there:
        (full,) = sql.execute(f'SELECT EXISTS (SELECT 1 FROM "{index}")').fetchone()
        if full:
            sql.executemany(
                f'INSERT INTO "{index}" VALUES (?, ?, ?, ?, ?)',
                zip(fids.tolist(), *flat[:, [0, 2, 1, 3]].T.tolist(), strict=True),
            )
        else:
            pack_rtree(sql, index, fids.astype(np.int64), flat)
    sql.execute(
        "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1),"
        " min_y = min(coalesce(min_y, ?2), ?2), max_x = max(coalesce(max_x, ?3), ?3),"
        " max_y = max(coalesce(max_y, ?4), ?4) WHERE table_name = ?5",
        (*edges, layer.name),
    )
