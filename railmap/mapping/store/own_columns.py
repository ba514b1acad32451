"""Read the columns that users added to layers of the schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from railmap.mapping.schema import GEOMETRY_COLUMN, Column, Layer
from railmap.mapping.schema import layer as schema_layer
from railmap.mapping.schema.entries import ColumnType
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.reader import Map, read_layer

__all__ = ["OWN_COLUMN", "column_type", "with_own_columns"]

OWN_COLUMN = "column of the user"
"""Description of a column that is not in the schema."""


def with_own_columns(content: Map, names: Sequence[str]) -> tuple[Map, dict[str, Layer]]:
    """Return a map in which layers also have the columns that are not in the schema.

    Binary columns are omitted.

    Parameters
    ----------
    content
        The map; it is not changed.
    names
        Layers of the schema; those that the map does not have are ignored.

    Returns
    -------
    tuple of Map and dict
        The map, and each layer's definition: the schema's columns, then the user's.

    Raises
    ------
    MapError
        If a layer cannot be read.
    """
    frames, layers = dict(content.layers), {}
    with reading_map(content.path) as sql:
        for name in names:
            if name not in frames:
                continue
            known = schema_layer(name)
            there = {"fid", GEOMETRY_COLUMN, *(column.name for column in known.columns)}
            found = sql.execute(f'PRAGMA table_info("{name}")').fetchall()
            own = tuple(
                Column(row[1], column_type(row[2].upper()), OWN_COLUMN)
                for row in found
                if row[1] not in there and '"' not in row[1] and row[2].upper() != "BLOB"
            )
            layers[name] = replace(known, columns=(*known.columns, *own))
            if not own:
                continue
            table = read_layer(
                content.path, sql, replace(known, columns=own, geometry=None), content.crs,
                lenient=True,
            )  # fmt: skip
            frames[name] = pd.concat([frames[name], table], axis=1)
    return replace(content, layers=frames), layers


def column_type(declared: str) -> ColumnType:
    """Return the type that values of a declared type (upper case) are read with.

    Examples
    --------
    >>> column_type("MEDIUMINT")
    'INTEGER'
    """
    if declared == "BOOLEAN":
        return "BOOLEAN"
    if declared.startswith(("INT", "MEDIUMINT", "SMALLINT", "TINYINT")):
        return "INTEGER"
    return "REAL" if declared.startswith(("REAL", "DOUBLE", "FLOAT")) else "TEXT"
