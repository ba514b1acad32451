"""Track probability of a raster: model packages, their backends, the sliding window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from railmap.inference.package import ModelPackage, describe_model, load_model

if TYPE_CHECKING:
    from railmap.inference.backend import Backend, benchmark_backend, make_backend
    from railmap.inference.sliding import SegmentResult, segment

__all__ = [
    "Backend",
    "ModelPackage",
    "SegmentResult",
    "benchmark_backend",
    "describe_model",
    "load_model",
    "make_backend",
    "segment",
]

_LAZY = {
    "Backend": "backend",
    "benchmark_backend": "backend",
    "make_backend": "backend",
    "SegmentResult": "sliding",
    "segment": "sliding",
}


def __getattr__(name: str) -> Any:  # lazy: reading a model's metadata needs no numba or GDAL
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"railmap.inference.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'railmap.inference' has no attribute {name!r}")
