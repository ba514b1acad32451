"""Read layers of events that are not in the schema."""

from __future__ import annotations

import sqlite3

import geopandas as gpd

from railmap.mapping.attach.layers import MATCH_COLUMNS
from railmap.mapping.schema import GEOMETRY_COLUMN, LAYERS, Column, Layer
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.own_columns import column_type
from railmap.mapping.store.reader import Map, read_layer

__all__ = ["USER_COLUMN", "read_user_layers"]

USER_COLUMN = "as it came"
"""Description of a column that railmap did not write."""

_MATCH = {column.name: column for column in MATCH_COLUMNS}
_OUTSIDE = ("fid", GEOMETRY_COLUMN)


def read_user_layers(content: Map) -> list[tuple[Layer, gpd.GeoDataFrame]]:
    """Read the layers of events that are not in the schema, ordered by name.

    Columns that railmap wrote have the types of the schema. Columns of the user are integers,
    floats, booleans (all nullable) or text, by their type in the file; times are text, and so are
    lists and objects, whose unit is JSON. Layers without these columns and binary columns are
    skipped.

    Raises
    ------
    MapError
        If a layer cannot be read.
    """
    with reading_map(content.path) as sql:
        out = []
        for layer in _user_layers(sql):
            frame = read_layer(content.path, sql, layer, content.crs, lenient=True)
            assert isinstance(frame, gpd.GeoDataFrame)
            out.append((layer, frame))
        return out


def _user_layers(sql: sqlite3.Connection) -> list[Layer]:
    """Return the definitions of the layers of events in the map's CRS."""
    known = {entry.name for entry in LAYERS}
    rows = sql.execute(
        "SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"
        " WHERE column_name = ? AND srs_id ="
        " (SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'railway_link')"
        " ORDER BY table_name",
        (GEOMETRY_COLUMN,),
    ).fetchall()
    layers = []
    for name, geometry in rows:
        if name in known or '"' in name:
            continue
        types = {row[1]: row[2].upper() for row in sql.execute(f'PRAGMA table_info("{name}")')}
        if not {"fid", "event_id", *_MATCH} <= types.keys():
            continue
        json = {
            column
            for (column,) in sql.execute(
                "SELECT column_name FROM gpkg_data_columns WHERE table_name = ?"
                " AND mime_type = 'application/json'",
                (name,),
            )
        }
        columns = tuple(
            _MATCH.get(column)
            or Column(column, column_type(kind), USER_COLUMN, "JSON" if column in json else "")
            for column, kind in types.items()
            if column not in _OUTSIDE and kind != "BLOB"
        )
        layers.append(Layer(name, "Events placed on the tracks.", columns, geometry=geometry))
    return layers
