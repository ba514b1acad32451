"""What a file is, and the software and hardware here: for a person and as plain values."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from railmap._version import DISTRIBUTION, IDENTITY, __version__
from railmap.errors import Call, Option

__all__ = ["describe_environment", "describe_file"]

_MODELS = (".onnx", ".pt", ".pth", ".pkl", ".safetensors")
_PACKAGES = (".gpkg", ".sqlite", ".zip", ".kmz")  # these may hold rasters
_BASE = (
    "numpy",
    "numba",
    "rasterio",
    "pyogrio",
    "geopandas",
    "shapely",
    "pyproj",
    "scikit-image",
    "openvino",
)
_EXTRA = ("torch", "torchvision", "onnxruntime", "opencv-python-headless")


def describe_file(
    path: str | os.PathLike[str], *, word: Callable[[Option | Call], str] = str
) -> dict[str, Any]:
    """Describe a raster, a map, another GeoPackage of railmap, a vector file or a model.

    Parameters
    ----------
    path
        Raster (anything that GDAL opens), GeoPackage, vector or model file.
    word
        Renders the options that hints name; by default as a Python caller writes them.

    Returns
    -------
    dict
        Plain values, ready for JSON; lengths in metres.

    Raises
    ------
    RasterError, InputError, MapError, ModelError
        If the file cannot be read.
    """
    file = Path(path)
    if file.suffix.lower() in _MODELS:
        from railmap.models.package import describe_model

        return describe_model(file)
    if file.suffix.lower() == ".parquet":
        from railmap.files.geoparquet import describe_geoparquet

        return describe_geoparquet(file)
    from railmap.mapping.store.describe import MAP, describe_map, describe_package, package_kind

    kind = package_kind(file)
    if kind is not None:
        return describe_map(file) if kind == MAP else describe_package(file)
    from railmap.files.vector import describe_vector
    from railmap.files.vector_kinds import VECTOR_SUFFIXES

    if file.suffix.lower() in VECTOR_SUFFIXES and file.suffix.lower() not in _PACKAGES:
        return describe_vector(file)
    from railmap.raster import describe

    return describe(path, word=word)


def describe_environment(
    model: str | os.PathLike[str] | None = None, *, device: str = "auto", speed: bool = True
) -> dict[str, Any]:
    """Describe this installation: identity, versions, model, backend and its speed.

    Parameters
    ----------
    model
        ONNX model; None takes the one that comes with railmap.
    device
        Device to measure.
    speed
        Measure the speed of the network.

    Returns
    -------
    dict
        Plain values, ready for JSON. Other programs verify ``identity`` before they use this one.

    Raises
    ------
    ModelError, DeviceError
        If the model or the device cannot be used.
    """
    import rasterio

    from railmap.inference import benchmark_backend
    from railmap.models.package import load_model

    package = load_model(model)
    return {
        "identity": IDENTITY,
        "distribution": DISTRIBUTION,
        "version": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "packages": {name: _version(name) for name in _BASE},
        "optional_packages": {name: _version(name) for name in _EXTRA},
        "gdal": rasterio.__gdal_version__,
        "model": {"name": package.name, "version": package.version, "gsd_m": package.gsd_m},
        "speed": benchmark_backend(package, device) if speed else None,
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
