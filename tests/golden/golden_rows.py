"""A GeoPackage as plain rows that are the same for the same map, whenever and wherever it is made.

Rows stand in the order of their ``fid``, which is part of the result. Moments, versions, run ids
and seconds are masked with ``*``. Other ids are kept, or replaced by their order where they hang on
the last bit of coordinates (`number_ids`).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

Row = tuple[str, Any]  # what it is, such as a table; JSON
Rows = list[Row]

MASK = "*"
_MASKED = {
    "run_id", "processing_run.version", "processing_run.started_at", "processing_run.seconds",
}  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENVELOPE = (0, 32, 48, 48, 64)  # bytes, by the flag in a GeoPackage's geometry header


def digest(text: str | bytes) -> str:
    """A short checksum of what is too long to be kept."""
    data = text.encode() if isinstance(text, str) else text
    return f"{len(data)} bytes, {hashlib.sha256(data).hexdigest()[:12]}"


def wkb(blob: bytes) -> bytes:
    """The well-known binary in a GeoPackage's geometry."""
    return blob[8 + _ENVELOPE[blob[3] >> 1 & 7] :]


def plain(value: Any) -> Any:
    """A value as JSON with numbers rounded to a millionth; geometry as its kind and coordinates."""
    if isinstance(value, float):
        return round(value, 6) + 0.0  # no -0.0
    if isinstance(value, bytes):
        if value[:2] == b"GP":
            return geometry(shapely.from_wkb(wkb(value)))
        return digest(value)
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return plain(json.loads(value))
        except json.JSONDecodeError:
            return value
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def geometry(shape: shapely.Geometry) -> Any:
    """Kind and coordinates; parts and rings one after another, each a list."""
    kind = shape.geom_type + (" M" if shape.has_m else "")
    parts = [shape]
    while any(part.geom_type.startswith(("Multi", "Geom", "Polygon")) for part in parts):
        parts = [
            piece
            for part in parts
            for piece in (
                [part.exterior, *part.interiors]
                if part.geom_type == "Polygon"
                else shapely.get_parts(part).tolist()
            )
        ]
    lists = [shapely.get_coordinates(part, include_m=bool(shape.has_m)).tolist() for part in parts]
    return [kind, *plain(lists)]


def _masked(table: str, column: str, value: Any) -> Any:
    if column in _MASKED or f"{table}.{column}" in _MASKED:
        return MASK
    return plain(value)


def _content_tables(sql: sqlite3.Connection) -> list[str]:
    known = sql.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")
    return [name for (name,) in known if name != "layer_styles"]


def map_rows(path: Path) -> Rows:
    """What a map or another GeoPackage holds: contents, columns, rows in their order, styles."""
    with closing(sqlite3.connect(path)) as sql:
        sql.row_factory = sqlite3.Row
        return [*_contents(sql), *_tables(sql), *_styles(sql)]


def only_objects(rows: Rows) -> Rows:
    """The rows of the map's own layers and tables, without columns and styles.

    Alignments come without their lines: they are pieces of the links'.
    """
    left = re.compile(r"gpkg_|layer_styles|\.columns")
    return [
        (name, {key: part for key, part in value.items() if key != "geom"})
        if name == "alignment_segment"
        else (name, value)
        for name, value in rows
        if not left.search(name)
    ]


def _contents(sql: sqlite3.Connection) -> Iterator[Row]:
    for row in sql.execute("SELECT * FROM gpkg_contents ORDER BY table_name"):
        yield "gpkg_contents", [plain(row[key]) for key in row.keys() if key != "last_change"]  # noqa: SIM118


def _tables(sql: sqlite3.Connection) -> Iterator[Row]:
    for name in _content_tables(sql):
        columns = sql.execute(f'PRAGMA table_info("{name}")').fetchall()
        yield f"{name}.columns", ", ".join(f"{one['name']} {one['type']}" for one in columns)
        for row in sql.execute(f'SELECT * FROM "{name}" ORDER BY fid'):
            values = {key: row[key] for key in row.keys() if row[key] is not None}  # noqa: SIM118
            yield name, {key: _masked(name, key, value) for key, value in values.items()}


def _styles(sql: sqlite3.Connection) -> Iterator[Row]:
    if not sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'layer_styles'").fetchone():
        return
    for row in sql.execute("SELECT * FROM layer_styles ORDER BY f_table_name, styleName"):
        told = [row["f_table_name"], row["styleName"], row["useAsDefault"], row["description"]]
        yield "layer_styles", [*told, digest(row["styleQML"])]


def layout_rows(path: Path) -> Rows:
    """How a GeoPackage is built: its system tables, triggers and indexes, without its rows."""
    system = {
        "gpkg_spatial_ref_sys": "srs_name, srs_id, organization, organization_coordsys_id",
        "gpkg_geometry_columns": "*",
        "gpkg_extensions": "*",
        "gpkg_data_columns": "*",
        "gpkg_data_column_constraints": "*",
        "gpkg_ogr_contents": "*",
        "gpkg_metadata": "id, md_scope, md_standard_uri, mime_type, metadata",
        "gpkg_metadata_reference": "reference_scope, table_name, md_file_id, md_parent_id",
    }
    rows: Rows = []
    with closing(sqlite3.connect(path)) as sql:
        for pragma in ("application_id", "user_version"):
            rows.append((pragma, sql.execute(f"PRAGMA {pragma}").fetchone()[0]))
        for name, columns in system.items():
            for row in sql.execute(f"SELECT {columns} FROM {name} ORDER BY rowid"):
                values = [plain(value) for value in row]
                if name == "gpkg_metadata":
                    values[-1]["writer"] = MASK
                rows.append((name, values))
        rows += _objects(sql)
    return rows


def _objects(sql: sqlite3.Connection) -> Iterator[Row]:
    """Each table with its columns' SQL; of its triggers and indexes how many, and their SQL."""
    known: dict[tuple[str, str], list[str]] = {}
    for kind, table, text in sql.execute(
        "SELECT type, tbl_name, sql FROM sqlite_master ORDER BY tbl_name, type, name"
    ):
        if not re.fullmatch("rtree_.*_(node|parent|rowid)|sqlite_.*", table):  # SQLite's own
            known.setdefault((kind, table), []).append(text or "")
    for (kind, table), texts in known.items():
        yield kind, [table, len(texts), digest("\n".join(texts))]


def number_ids(rows: Rows) -> Rows:
    """Replace each UUID by ``#n``, n counting them in the order in which they first appear."""
    order: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return order.setdefault(found[0], f"#{len(order) + 1}")

    text = _UUID.sub(number, json.dumps(rows, ensure_ascii=False))
    return [(name, value) for name, value in json.loads(text)]


def check_ids(path: Path) -> None:
    """Check that links, nodes and relations have the ids that earlier versions gave them.

    They are made from the content (UUID version 5 with a SHA-1 of kind, CRS and coordinates), so a
    map made again has the same ones. Here they are made from the coordinates in the file, so the
    check holds on machines where the last bit of a coordinate differs.
    """
    with closing(sqlite3.connect(path)) as sql:
        sql.row_factory = sqlite3.Row
        for kind in ("link", "node"):
            for row in sql.execute(f"SELECT * FROM railway_{kind}"):
                srs = int.from_bytes(row["geom"][4:8], "little").to_bytes(4, "little")
                xy = shapely.get_coordinates(shapely.from_wkb(wkb(row["geom"])))
                assert row[f"{kind}_id"] == _id(kind, srs + xy.tobytes())
        for row in sql.execute("SELECT * FROM net_relation"):
            keys = ("node_id", "link_a", "end_a", "link_b", "end_b", "navigability")
            content = "|".join(str(row[key]) for key in keys)
            assert row["relation_id"] == _id("relation", content.encode())


def _id(kind: str, content: bytes) -> str:
    space = uuid.uuid5(uuid.NAMESPACE_DNS, "railmap").bytes
    made = hashlib.sha1(space + kind.encode() + b"\0" + content, usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=made[:16], version=5))
