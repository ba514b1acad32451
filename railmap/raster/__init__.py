"""Read GDAL rasters as windows of a metric grid; read and write probability rasters."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from railmap.raster.description import describe
    from railmap.raster.near import NearLines
    from railmap.raster.opening import open_raster
    from railmap.raster.probability import ProbabilitySource, open_probability
    from railmap.raster.source import RasterSource
    from railmap.raster.types import Coverage, DamagedWindow, Grid, ImageInfo, Patch, PixelWindow
    from railmap.raster.writer import ProbabilityWriter

__all__ = [
    "Coverage",
    "DamagedWindow",
    "Grid",
    "ImageInfo",
    "NearLines",
    "Patch",
    "PixelWindow",
    "ProbabilitySource",
    "ProbabilityWriter",
    "RasterSource",
    "describe",
    "open_probability",
    "open_raster",
]

_MODULES = {
    "Coverage": "types",
    "DamagedWindow": "types",
    "Grid": "types",
    "ImageInfo": "types",
    "NearLines": "near",
    "Patch": "types",
    "PixelWindow": "types",
    "ProbabilitySource": "probability",
    "ProbabilityWriter": "writer",
    "RasterSource": "source",
    "describe": "description",
    "open_probability": "probability",
    "open_raster": "opening",
}


def __getattr__(name: str) -> Any:
    # Lazy: importing numba and rasterio takes longer than `railmap --help` may.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
