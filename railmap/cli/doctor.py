"""`railmap doctor`: versions, devices, and how fast it is here."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Annotated

import typer

from railmap import __version__
from railmap.cli.options import DeviceOption, ModelOption
from railmap.cli.session import DebugOption, run_job
from railmap.progress import Reporter

__all__ = ["doctor_command"]

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


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def doctor_command(
    model: ModelOption = None,
    device: DeviceOption = "auto",
    speed: Annotated[bool, typer.Option(help="Measure the speed of the network.")] = True,
    debug: DebugOption = False,
) -> None:
    """Show versions, devices, the backend that will be used and its speed on this machine."""

    def job(reporter: Reporter) -> None:
        typer.echo(
            f"railmap {__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
        )
        for title, names in (("needed", _BASE), ("extras", _EXTRA)):
            typer.echo(f"{title}: " + ", ".join(f"{name} {_version(name)}" for name in names))
        import rasterio

        typer.echo(f"GDAL {rasterio.__gdal_version__}")
        from railmap.inference import benchmark_backend, load_model

        package = load_model(model)
        typer.echo(f"model: {package.name} {package.version}, {package.gsd_m:g} m per pixel")
        if speed:
            found = benchmark_backend(package, device)
            typer.echo(", ".join(f"{key} {value}" for key, value in found.items()))

    run_job(job, "none", debug)
