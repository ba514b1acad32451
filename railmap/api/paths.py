"""Paths as the functions of the API take them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

__all__ = ["FilePath", "as_files", "as_path"]

FilePath = str | os.PathLike[str]
"""A path; rasters may also be URLs and GDAL paths such as ``/vsizip/a.zip/b.tif``."""


def as_path(path: FilePath | None) -> Path | None:
    """Return a path, or None for none."""
    return None if path is None else Path(path)


def as_files(paths: FilePath | Sequence[FilePath]) -> list[str | Path]:
    """Return one path or several as a list."""
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return [os.fspath(path) for path in given]
