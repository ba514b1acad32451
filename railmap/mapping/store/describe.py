"""Summarize a map without changing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from railmap.errors import MapError
from railmap.mapping.schema import LAYERS
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.migration import map_version

__all__ = ["MAP", "describe_map", "describe_package", "package_kind"]

MAP = "railmap map"
# Other GeoPackages that railmap writes, by the tables that only they have together.
_KINDS = {
    "comparison of two maps": {"link_change", "node_change"},
    "defects found in images": {"defect", "outline", "image"},
    "issues of labels": {"label_issue"},
    "scenes of photos": {"photo"},
}

_REPORTED_SEPARATELY = {
    "railway_link",
    "railway_node",
    "qa_issue",
    "source_image",
    "processing_run",
    "layer_styles",
}
_LAST_RUN = "SELECT started_at, version, command, model FROM processing_run ORDER BY fid DESC"


def package_kind(path: Path) -> str | None:
    """Return what a GeoPackage of railmap is, such as `MAP` or ``comparison of two maps``.

    None is any other file, also a GeoPackage with an image.

    Raises
    ------
    MapError
        If it is a GeoPackage that cannot be read.
    """
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return None
    with reading_map(path) as sql:
        tables = {
            name for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if "gpkg_contents" not in tables:
            return None
        if map_version(sql) is not None and "railway_link" in tables:
            return MAP
        for kind, layers in _KINDS.items():
            if layers <= tables:
                return kind
        rows = sql.execute("SELECT count(*) FROM gpkg_contents WHERE data_type = 'features'")
        return "vector layers" if rows.fetchone()[0] else None


def describe_package(path: Path) -> dict[str, Any]:
    """Summarize a GeoPackage that is no map: what it is, its CRS, and the rows of its layers.

    Raises
    ------
    MapError
        If it cannot be read.
    """
    kind = package_kind(path)
    with reading_map(path) as sql:
        layers = [
            name
            for (name,) in sql.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
                " ORDER BY table_name"
            )
            if name != "layer_styles"
        ]
        systems = sql.execute(
            "SELECT DISTINCT organization || ':' || organization_coordsys_id"
            " FROM gpkg_geometry_columns JOIN gpkg_spatial_ref_sys USING (srs_id)"
            " WHERE srs_id > 0 ORDER BY 1"
        ).fetchall()
        return {
            "kind": kind,
            "crs": ", ".join(name for (name,) in systems) or None,
            "layers": {name: _count(sql, name) for name in layers},
        }


def describe_map(path: Path) -> dict[str, Any]:
    """Summarize a map; a map of an older schema is not migrated.

    Parameters
    ----------
    path
        The map.

    Returns
    -------
    dict
        Kind, schema, CRS, tracks and their length in metres, nodes by kind, open issues, rows of
        every other layer that has any, images, and the last run.

    Raises
    ------
    MapError
        If the file cannot be read or is not a map.
    """
    with reading_map(path) as sql:
        version = map_version(sql)
        if version is None:
            raise MapError(f"{path}: not a railmap map; create one with railmap vectorize")
        present = [name for (name,) in sql.execute("SELECT table_name FROM gpkg_contents")]
        links, length = sql.execute(
            "SELECT count(*), coalesce(sum(length_m), 0) FROM railway_link"
        ).fetchone()
        nodes = sql.execute(
            "SELECT coalesce(railway, form_of_node), count(*) FROM railway_node"
            " GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        known = [layer.name for layer in LAYERS]
        others = [name for name in known if name in present]
        others += sorted(set(present) - set(known))
        counts = {name: _count(sql, name) for name in others if name not in _REPORTED_SEPARATELY}
        run = sql.execute(_LAST_RUN).fetchone() or (None,) * 4
        return {
            "kind": MAP,
            "schema": version,
            "crs": _crs(sql),
            "track_length_m": round(float(length), 1),
            "links": links,
            "nodes": dict(nodes),
            "open_issues": _count(sql, "qa_issue", "coalesce(status, 'open') = 'open'"),
            "layers": {name: count for name, count in counts.items() if count},
            "images": [uri for (uri,) in sql.execute("SELECT uri FROM source_image")],
            **dict(zip(("mapped_at", "by_railmap", "command", "model"), run, strict=True)),
        }


def _count(sql: sqlite3.Connection, table: str, which: str = "1") -> int:
    name = table.replace('"', '""')
    return int(sql.execute(f'SELECT count(*) FROM "{name}" WHERE {which}').fetchone()[0])


def _crs(sql: sqlite3.Connection) -> str | None:
    row = sql.execute(
        "SELECT organization || ':' || organization_coordsys_id, srs_name FROM gpkg_spatial_ref_sys"
        " JOIN gpkg_geometry_columns USING (srs_id) WHERE table_name = 'railway_link'"
    ).fetchone()
    return f"{row[0]} ({row[1]})" if row else None
