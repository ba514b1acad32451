"""Compute the track probability of a raster: backends and the sliding window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from railmap.inference.backends.base import Backend
    from railmap.inference.backends.choose import benchmark_backend, make_backend
    from railmap.inference.sliding.run import SegmentResult, segment

__all__ = ["Backend", "SegmentResult", "benchmark_backend", "make_backend", "segment"]

_LAZY = {
    "Backend": "backends.base",
    "benchmark_backend": "backends.choose",
    "make_backend": "backends.choose",
    "SegmentResult": "sliding.run",
    "segment": "sliding.run",
}


def __getattr__(name: str) -> Any:  # lazy: importing this package loads no numba and no GDAL
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
