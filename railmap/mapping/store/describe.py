"""Summarize a map without changing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from railmap.errors import MapError
from railmap.mapping.schema import LAYERS
from railmap.mapping.store.access import reading_map
from railmap.mapping.store.migration import map_version

__all__ = ["describe_map", "is_map"]

_REPORTED_SEPARATELY = {
    "railway_link",
    "railway_node",
    "qa_issue",
    "source_image",
    "processing_run",
    "layer_styles",
}
_LAST_RUN = "SELECT started_at, version, command, model FROM processing_run ORDER BY fid DESC"


def is_map(path: Path) -> bool:
    """Return whether a file is a railmap map of any version; does not raise."""
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return False
    try:
        with reading_map(path) as sql:
            return map_version(sql) is not None
    except MapError:
        return False


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
            "kind": "railmap map",
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
