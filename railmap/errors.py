"""What railmap raises: one base, each subclass also the built-in that fits."""

from __future__ import annotations

__all__ = [
    "Cancelled",
    "DeviceError",
    "GeoreferenceError",
    "InputError",
    "MapError",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "RailmapError",
    "RasterError",
    "UsageError",
    "missing_extra",
]


class RailmapError(Exception):
    """Base of all errors; its message is one line that says what to do."""

    exit_code = 1


class UsageError(RailmapError, ValueError):
    """Options that contradict each other or are out of range."""

    exit_code = 2


class InputError(RailmapError, ValueError):
    """A file whose content can't be used."""

    exit_code = 3


class RasterError(InputError, OSError):
    """A raster that can't be opened or read."""


class GeoreferenceError(InputError):
    """A raster or layer without a usable CRS, transform or ground sampling distance."""


class MapError(InputError, OSError):
    """A GeoPackage that is not a railmap map, or a broken one."""


class OutputError(RailmapError, OSError):
    """An output that exists, can't be written, or would overwrite an input."""

    exit_code = 3


class ModelError(RailmapError, ValueError):
    """A model file that is missing, unsafe, or doesn't fit the raster."""

    exit_code = 4


class MissingExtraError(RailmapError, ImportError):
    """A command that needs an optional dependency; the message names the extra."""

    exit_code = 4


class DeviceError(RailmapError, RuntimeError):
    """A compute device that was asked for and is not there."""

    exit_code = 4


class Cancelled(RailmapError):
    """The user cancelled; nothing half-made is left."""

    exit_code = 130


def missing_extra(what: str, extra: str, error: ImportError | None = None) -> MissingExtraError:
    """Make the error for a feature whose optional dependencies aren't installed.

    The remedy names no package index: this project isn't published on one, and a name that isn't
    ours would install a stranger's program.

    Parameters
    ----------
    what
        The feature, e.g. "DXF export".
    extra
        Extra of pyproject.toml that holds its dependencies.
    error
        The failed import.
    """
    reason = f" ({error})" if error is not None else ""
    return MissingExtraError(
        f"{what}: the extra '{extra}' is not installed{reason}; run pip install '.[{extra}]' in a "
        f"clone of railmap, or pip install 'FILE.whl[{extra}]' with its wheel file"
    )
