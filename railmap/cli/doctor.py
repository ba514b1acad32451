"""`railmap doctor`: versions, devices, and how fast it is here."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from typing import Annotated, Any

import typer

from railmap._version import DISTRIBUTION, IDENTITY, __version__
from railmap.cli.common.options import DeviceOption, ModelOption
from railmap.cli.common.session import DebugOption, run_job
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


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commands(command: Any, path: str = "") -> list[str]:
    """Names of all commands below a group, such as "line add"."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return [path.strip()]
    return sorted(n for word, one in inner.items() for n in _commands(one, f"{path} {word}"))


def _engine(context: typer.Context) -> dict[str, Any]:
    """Identity, version and capabilities: what other programs ask before they use this one."""
    return {
        "identity": IDENTITY,
        "distribution": DISTRIBUTION,
        "version": __version__,
        "commands": _commands(context.find_root().command),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "packages": {name: _version(name) for name in _BASE},
        "optional_packages": {name: _version(name) for name in _EXTRA},
    }


def doctor_command(
    context: typer.Context,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    speed: Annotated[bool, typer.Option(help="Measure the speed of the network.")] = True,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Write one JSON object to stdout: identity, version, commands."
        ),
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Show versions, devices, the backend that will be used and its speed on this machine."""

    def job(reporter: Reporter) -> None:
        found = _engine(context)
        import rasterio

        found["gdal"] = rasterio.__gdal_version__
        from railmap.inference import benchmark_backend
        from railmap.models.package import load_model

        package = load_model(model)
        found["model"] = {
            "name": package.name, "version": package.version, "gsd_m": package.gsd_m
        }  # fmt: skip
        found["speed"] = benchmark_backend(package, device) if speed else None
        typer.echo(json.dumps(found) if as_json else _text(found))

    run_job(job, "none", debug)


def _text(found: dict[str, Any]) -> str:
    lines = [
        f"railmap {found['version']}, Python {found['python']}, {found['system']}, "
        f"{found['cpus']} CPUs"
    ]
    for title, key in (("needed", "packages"), ("extras", "optional_packages")):
        versions = (f"{name} {version or 'not installed'}" for name, version in found[key].items())
        lines.append(f"{title}: " + ", ".join(versions))
    lines.append(f"GDAL {found['gdal']}")
    model = found["model"]
    lines.append(f"model: {model['name']} {model['version']}, {model['gsd_m']:g} m per pixel")
    if found["speed"] is not None:
        lines.append(", ".join(f"{key} {value}" for key, value in found["speed"].items()))
    return "\n".join(lines)
