"""Write a map to hand on: all layers, without the folders of persons."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd

from railmap.errors import OutputError
from railmap.mapping.store.access import explain, reading_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.reader import Map
from railmap.publishing.file_names import PATH_COLUMNS

__all__ = ["write_geopackage"]


def write_geopackage(content: Map, path: Path) -> int:
    """Copy a map, with the texts of `content` in columns that name files; return its layers.

    Styles, licences and layers of the user stay. Nothing that was deleted or replaced is in the
    file.

    Raises
    ------
    MapError
        If the map cannot be read.
    OutputError
        If the copy cannot be written.
    """
    with reading_map(content.path) as sql:
        _copy(sql, path)
    try:
        with edit_map(path) as sql:
            for layer, columns in PATH_COLUMNS.items():
                frame = content.layers.get(layer, pd.DataFrame())
                for column in columns:
                    if column in frame:
                        values = [(value, fid) for fid, value in frame[column].items()
                                  if isinstance(value, str)]  # fmt: skip
                        sql.executemany(
                            f'UPDATE "{layer}" SET "{column}" = ? WHERE fid = ?', values
                        )
        with sqlite3.connect(path, isolation_level=None) as plain:
            plain.execute("VACUUM")
        plain.close()
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {explain(error, 'cannot be written')}") from error
    with reading_map(path) as sql:
        (count,) = sql.execute(
            "SELECT count(*) FROM gpkg_contents WHERE table_name <> 'layer_styles'"
        ).fetchone()
    return int(count)


def _copy(sql: sqlite3.Connection, path: Path) -> None:
    try:
        sql.execute("VACUUM INTO ?", (str(path),))
    except sqlite3.Error as error:
        raise OutputError(f"{path}: {explain(error, 'cannot be written')}") from error
