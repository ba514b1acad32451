"""What the levels of a run depend on."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from railmap._version import __version__
from railmap.inference.backends.base import Backend
from railmap.inference.sliding.reading import PixelSource
from railmap.models.tracks import TrackModel
from railmap.raster.types import PixelWindow

__all__ = ["describe", "run_signature"]


def run_signature(
    source: PixelSource,
    model: TrackModel,
    backend: Sequence[str],
    inputs: Sequence[str | Path] = (),
) -> dict[str, Any]:
    """Return everything that the levels depend on; 16 windows also compare pixels.

    Parameters
    ----------
    source
        The raster.
    model
        The model.
    backend
        From `describe`.
    inputs
        The raster's files.

    Returns
    -------
    dict
        JSON-serializable; runs with the same signature have the same levels.
    """
    files = [(str(p), Path(p).stat()) for p in inputs if Path(p).is_file()]
    grid = source.grid
    crc = 0
    for row in np.linspace(0, max(0, grid.height - 64), 4).astype(int):
        for col in np.linspace(0, max(0, grid.width - 64), 4).astype(int):
            patch = source.read(PixelWindow(int(row), int(col), 64, 64))
            crc = zlib.crc32(patch.pixels.tobytes(), crc)
            crc = zlib.crc32(patch.mask.tobytes(), crc)
    return {
        "railmap": __version__,
        "model": model.sha256,
        "backend": list(backend),
        "crs": grid.crs.to_wkt(),
        "transform": list(grid.transform)[:6],
        "size": [grid.height, grid.width],
        "tiling": [model.tile_size, model.overlap],
        "numpy": np.__version__,
        "source": source.identity(),
        "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in files],
        "pixels": crc,
    }


def describe(backend: Backend) -> list[str]:
    """Return name, device and precision of a backend, and the version of its library."""
    return [backend.name, backend.device, backend.precision, _library(backend.name)]


def _library(name: str) -> str:
    """Return the version of the library of a backend: another one may round otherwise."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
