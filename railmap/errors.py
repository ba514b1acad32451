"""Errors of railmap: one base class; each subclass is also the fitting built-in.

A message that names an option carries it as an `Option`, not as text. Python callers read
``overwrite=True``; the command line renders the same option as its flag (`RailmapError.render`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Call",
    "Cancelled",
    "DeviceError",
    "GeoreferenceError",
    "InputError",
    "MapError",
    "MissingExtraError",
    "ModelError",
    "Option",
    "OutputError",
    "Part",
    "RailmapError",
    "RasterError",
    "ServiceError",
    "UsageError",
    "missing_extra",
    "one_line",
]


@dataclass(frozen=True, slots=True)
class Option:
    """An option that a message names: its Python name and, where given, its value.

    Parameters
    ----------
    name
        Name of the parameter or field, such as ``overwrite`` or ``max_distance_m``.
    value
        The value, or a placeholder in capitals such as ``METRES``; None names the option only.

    Examples
    --------
    >>> print(Option("overwrite", True), Option("crs", "EPSG:25832"), Option("gsd", "METRES"))
    overwrite=True crs="EPSG:25832" gsd=METRES
    """

    name: str
    value: Any = None

    def __str__(self) -> str:
        """Return the option as a Python caller writes it."""
        return self.name if self.value is None else f"{self.name}={_python(self.value)}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `railmap` that a message proposes, with its arguments.

    Parameters
    ----------
    function
        Public name, such as ``attach``.
    arguments
        Values by parameter.

    Examples
    --------
    >>> str(Call("attach", {"events": "defects.gpkg", "tracks": "map.gpkg"}))
    'railmap.attach(events="defects.gpkg", tracks="map.gpkg")'
    """

    function: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        """Return the call as a Python caller writes it."""
        given = ", ".join(f"{name}={_python(value)}" for name, value in self.arguments.items())
        return f"railmap.{self.function}({given})"


Part = str | Option | Call
"""A piece of a message."""


def _python(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    return text if text.isalpha() and text.isupper() else f'"{text}"'


class RailmapError(Exception):
    """Base of all errors; its message is one line: file, fault and remedy.

    Parameters
    ----------
    *parts
        Pieces of the message, joined without a separator: text, and the options that it names.
    """

    exit_code = 1

    def __init__(self, *parts: Part) -> None:
        self.parts = parts
        super().__init__("".join(map(str, parts)))

    def render(self, word: Callable[[Option | Call], str]) -> str:
        """Return the message with each option and call rendered by `word`."""
        return "".join(part if isinstance(part, str) else word(part) for part in self.parts)


class UsageError(RailmapError, ValueError):
    """Options that contradict each other or are out of range."""

    exit_code = 2


class InputError(RailmapError, ValueError):
    """A file whose content cannot be used."""

    exit_code = 3


class RasterError(InputError, OSError):
    """A raster that cannot be opened or read."""


class GeoreferenceError(InputError):
    """A raster or layer without a usable CRS, transform or ground sampling distance."""


class MapError(InputError, OSError):
    """A GeoPackage that is not a railmap map, or a broken one."""


class OutputError(RailmapError, OSError):
    """An output that exists, cannot be written, or would overwrite an input."""

    exit_code = 3


class ModelError(RailmapError, ValueError):
    """A model file that is missing, unsafe, or does not fit the raster."""

    exit_code = 4


class MissingExtraError(RailmapError, ImportError):
    """A command that needs an optional dependency; the message names the extra."""

    exit_code = 4


class DeviceError(RailmapError, RuntimeError):
    """A compute device that was requested and is not available."""

    exit_code = 4


class ServiceError(RailmapError, RuntimeError):
    """A map service that has stopped answering in the middle of the work."""

    exit_code = 3


class Cancelled(RailmapError):
    """The user cancelled the job; no incomplete output is left."""

    exit_code = 130


def missing_extra(what: str, extra: str, error: ImportError | None = None) -> MissingExtraError:
    """Create the error for a feature whose optional dependencies are not installed.

    The remedy names no package index: this project is not published on one, and the name may
    belong to another project there.

    Parameters
    ----------
    what
        The feature, e.g. "DXF export".
    extra
        Extra of pyproject.toml with its dependencies.
    error
        The failed import.
    """
    reason = f" ({error})" if error is not None else ""
    return MissingExtraError(
        f"{what}: the extra '{extra}' is not installed{reason}; run pip install '.[{extra}]' in a "
        f"clone of railmap, or pip install 'FILE.whl[{extra}]' with its wheel file"
    )


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split())
