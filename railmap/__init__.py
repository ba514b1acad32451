"""Georeferenced drone and satellite images to electronic railway maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from railmap._version import __version__

__all__ = ["RailmapError", "__version__", "vectorize"]

if TYPE_CHECKING:
    from railmap.errors import RailmapError
    from railmap.pipeline import vectorize


def __getattr__(name: str) -> Any:  # lazy: `railmap --help` must not import GDAL or numba
    if name == "vectorize":
        from railmap.pipeline import vectorize

        return vectorize
    if name == "RailmapError":
        from railmap.errors import RailmapError

        return RailmapError
    raise AttributeError(f"module 'railmap' has no attribute {name!r}")
