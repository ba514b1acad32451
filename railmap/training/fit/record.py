"""Record of a run: all that is needed to repeat it."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from railmap._version import __version__
from railmap.errors import InputError
from railmap.files.output import atomic_output

__all__ = ["RECORD", "data_hash", "read_record", "write_record"]

RECORD = "run.json"
_PACKAGES = ("torch", "torchvision", "lightning", "torchmetrics", "timm", "numpy",
             "opencv-python-headless", "rasterio")  # fmt: skip


def write_record(folder: Path, config: Mapping[str, Any], data: Mapping[str, Path | str]) -> None:
    """Write ``run.json``: configuration, seed, command, versions and data of a run.

    A run that is resumed keeps the times of its earlier starts.

    Parameters
    ----------
    folder
        Of the run; must exist.
    config
        Everything that the run depends on; its ``seed`` is repeated on top.
    data
        Where the data came from, by name: a path is recorded with the SHA-256 of its content, a
        text (such as "rendered by railmap.rendering, seed 5") as it is.

    Raises
    ------
    InputError
        If a path of `data` cannot be read.
    OutputError
        If the record cannot be written.
    """
    path = folder / RECORD
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record: dict[str, Any] = {
        "config": _plain(config),
        "seed": _plain(config.get("seed")),
        "command": sys.argv[1:],
        "versions": {"python": platform.python_version(), "railmap": __version__} | _versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "data": {name: _describe(source) for name, source in data.items()},
        "starts": [now],
    }
    if path.is_file():
        record["starts"] = [*read_record(folder).get("starts", []), now]
    with atomic_output(path, overwrite=True) as partial:
        partial.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_record(folder: Path) -> dict[str, Any]:
    """Read ``run.json``.

    Raises
    ------
    InputError
        If it is missing or broken.
    """
    path = folder / RECORD
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not the record of a training run ({error})") from error


def data_hash(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files of a folder.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        if not path.is_dir():
            raise InputError(f"{path}: no such data")
        whole = hashlib.sha256()
        for part in sorted(p for p in path.rglob("*") if p.is_file()):
            with part.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{part.relative_to(path).as_posix()}\0{digest}\n".encode())
        return whole.hexdigest()
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def _describe(source: Path | str) -> dict[str, str]:
    if isinstance(source, Path):
        return {"path": str(source), "sha256": data_hash(source)}
    return {"made": source}


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: Any) -> Any:
    """JSON-ready: paths as text, dataclasses as mappings, anything else by its name."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Path) else getattr(value, "__name__", repr(value))
