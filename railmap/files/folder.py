"""Write an output folder atomically: it appears only when it is complete."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import Option, OutputError

__all__ = ["MARK", "atomic_folder", "check_folder"]

MARK = "map.json"
"""File that identifies a folder that railmap wrote."""


def check_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Check before the long-running work starts that the folder `path` can be written.

    Parameters
    ----------
    path
        The folder that will be written.
    overwrite
        Whether it may replace a published map.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError
        If its parent is missing or not writable, it exists and `overwrite` is false, or it
        exists and has other content than a published map.
    """
    target = Path(path)
    parent = target.absolute().parent
    if not parent.is_dir():
        raise OutputError(f"{target}: the folder {parent} does not exist; create it first")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{target}: cannot be written (no write permission in {parent})")
    if target.is_dir():
        if any(target.iterdir()):
            if not _is_published_map(target):
                raise OutputError(f"{target}: contains other files; name a new folder")
            if not overwrite:
                raise OutputError(
                    f"{target}: exists; pass ", Option("overwrite", True), " to replace it"
                )
    elif target.exists():
        raise OutputError(f"{target}: is a file; name a folder")
    return target


@contextmanager
def atomic_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a hidden folder next to `path`; rename it to `path` when the block succeeds.

    Parameters
    ----------
    path, overwrite
        As for `check_folder`.

    Raises
    ------
    OutputError
        As `check_folder`; also when the disk is full.
    """
    target = check_folder(path, overwrite=overwrite)
    full = target.absolute()
    partial = full.with_name(f".{full.name}.partial-{os.getpid()}")
    before = full.with_name(f".{full.name}.before-{os.getpid()}")
    try:
        try:
            partial.mkdir()
            yield partial
            if full.exists():
                full.rename(before)
            try:
                partial.rename(full)
            except OSError:
                if before.exists():
                    before.rename(full)
                raise
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            if str(error.filename or "").startswith((str(partial), str(full))):
                raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def _is_published_map(folder: Path) -> bool:
    try:
        content = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and str(content.get("generator", "")).startswith("railmap")
