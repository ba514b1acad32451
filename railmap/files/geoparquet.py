"""Describe a GeoParquet file from its footer."""

from __future__ import annotations

import json
import os
from typing import Any

import pyproj
import pyproj.exceptions

from railmap.errors import InputError, missing_extra, one_line
from railmap.files.inputs import check_input

__all__ = ["describe_geoparquet"]


def describe_geoparquet(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe a Parquet file: number, type and CRS of its features, as plain values.

    Parameters
    ----------
    path
        Parquet file, with or without geometries.

    Raises
    ------
    InputError
        If it cannot be read.
    MissingExtraError
        If pyarrow is not installed.
    """
    file = check_input(path, InputError, what="Parquet file")
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("reading GeoParquet", "export", error) from error
    try:
        footer = pyarrow.parquet.read_metadata(file)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{file}: cannot be read as Parquet; it is truncated or damaged ({one_line(error)})"
        ) from error
    column = _geometry((footer.metadata or {}).get(b"geo"))
    shown = f"{footer.num_rows} x table"
    if column is not None:
        kinds = column.get("geometry_types")
        names = [kind for kind in kinds if isinstance(kind, str)] if isinstance(kinds, list) else []
        kind = " or ".join(names[:4]) or "geometry"
        shown = f"{footer.num_rows} x {kind}, {_crs(column)}"
    return {"kind": "vector file", "format": "GeoParquet", "layers": {file.stem: shown}}


def _geometry(text: bytes | None) -> dict[str, Any] | None:
    """Return what the file states on its main geometry column."""
    try:
        stated = json.loads(text or b"null")
        column = stated["columns"][stated["primary_column"]]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return column if isinstance(column, dict) else None


def _crs(column: dict[str, Any]) -> str:
    if "crs" not in column:
        return "OGC:CRS84"  # as the format says
    if column["crs"] is None:
        return "no CRS"
    try:
        crs = pyproj.CRS.from_user_input(column["crs"])
    except (pyproj.exceptions.CRSError, ValueError, TypeError):
        return "unknown CRS"
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name
