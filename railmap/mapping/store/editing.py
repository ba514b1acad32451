"""Change an existing map in one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import MapError, OutputError
from railmap.files.inputs import check_input
from railmap.mapping.gpkg.blobs import Bounds, blob_bounds
from railmap.mapping.gpkg.package import Row, sql_values
from railmap.mapping.gpkg.triggers import check_triggers
from railmap.mapping.schema import Layer
from railmap.mapping.store.access import BUSY_TIMEOUT_S, explain, map_fault
from railmap.mapping.store.migration import migrate_map
from railmap.mapping.store.reader import read_map

__all__ = ["append_rows", "check_editable", "edit_map"]


def _edge(index: int) -> Callable[[bytes | None], float | None]:
    def edge(blob: bytes | None) -> float | None:
        bounds: Bounds | None = blob_bounds(blob)
        return None if bounds is None else bounds[index]

    return edge


@contextmanager
def edit_map(path: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a map in a transaction, which is rolled back on an error.

    A map of an older schema is migrated first; see `migrate_map`. The SQL functions that the
    triggers of the spatial index need are registered, so that plain SQL updates the index.

    Raises
    ------
    MapError
        If the file is missing or damaged, or has triggers that are not of the standard.
    OutputError
        If it is read-only, or another program is writing to it.
    """
    file = Path(path)
    check_input(file, MapError, what="map")
    if not os.access(file, os.W_OK):
        raise OutputError(f"{file}: is read-only; allow writing or work on a copy")
    migrate_map(file)
    sql = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        for name, index in (("MinX", 0), ("MinY", 1), ("MaxX", 2), ("MaxY", 3)):
            sql.create_function(f"ST_{name}", 1, _edge(index), deterministic=True)
        sql.create_function(
            "ST_IsEmpty", 1, lambda blob: int(blob_bounds(blob) is None), deterministic=True
        )
        sql.execute("BEGIN IMMEDIATE")
        check_triggers(file, sql)
        try:
            yield sql
            sql.execute("COMMIT")
        except BaseException:
            if sql.in_transaction:
                sql.execute("ROLLBACK")
            raise
    except sqlite3.OperationalError as error:
        fault = explain(error, "cannot be changed")
        raise OutputError(f"{file}: {fault}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise map_fault(file, error) from error
    finally:
        sql.close()


def check_editable(path: str | os.PathLike[str]) -> None:
    """Check before the long-running work starts that a map can be changed at its end.

    Raises
    ------
    MapError, OutputError
        As `edit_map` and `read_map`.
    """
    read_map(path)
    with edit_map(path):
        pass


def append_rows(sql: sqlite3.Connection, layer: Layer, rows: Iterable[Row]) -> None:
    """Append rows to an existing layer and update its extent.

    Parameters
    ----------
    sql
        The map, opened with `edit_map`.
    layer
        The layer.
    rows
        Its rows.

    Raises
    ------
    MapError
        If the schema does not permit a value.
    """
    rows = list(rows)
    if not rows:
        return
    names = [column.name for column in layer.columns]
    if layer.geometry:
        names.insert(0, "geom")
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    sql.executemany(
        f'INSERT INTO "{layer.name}" ({columns}) VALUES ({marks})', sql_values(layer, rows)
    )
    boxes = [box for _, _, box in rows if box is not None]
    for name, index, pick in (
        ("min_x", 0, min),
        ("min_y", 1, min),
        ("max_x", 2, max),
        ("max_y", 3, max),
    ):
        if boxes:
            edge = pick(box[index] for box in boxes)
            sql.execute(
                f"UPDATE gpkg_contents SET {name} = {pick.__name__}(coalesce({name}, ?), ?)"
                " WHERE table_name = ?",
                (edge, edge, layer.name),
            )
