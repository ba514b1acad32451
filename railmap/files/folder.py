"""Write an output folder atomically: it appears only when it is complete."""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import Option, OutputError
from railmap.files.disk import exchange, is_disk_fault, reason, sync, sync_folder
from railmap.files.lock import locked

__all__ = ["MARK", "atomic_folder", "check_folder"]

_TOKEN_BYTES = 6
MARK = "map.json"
"""File that identifies a folder that railmap wrote."""


def check_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Check before the long-running work starts that the folder `path` can be written.

    What a killed writer left is put right first: the earlier page takes its name again, unfinished
    ones are removed.

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
    full = target.absolute()
    parent = full.parent
    if not parent.is_dir():
        raise OutputError(f"{target}: the folder {parent} does not exist; create it first")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{target}: cannot be written (no write permission in {parent})")
    if _left_behind(full):
        with locked(full) as held:
            if held:
                _recover(full)
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
    """Yield a hidden folder next to `path`; it takes the name `path` when the block succeeds.

    All its files are on the disk before that. A folder that is replaced is there until the moment
    in which the new one takes its place; where the system cannot exchange folders, a crash between
    two renames is put right by the next `check_folder`. While the block runs, `path` is locked
    against other writers (see `locked`).

    Parameters
    ----------
    path, overwrite
        As for `check_folder`.

    Raises
    ------
    OutputError
        As `check_folder`; also when the disk is full or fails.
    """
    target = check_folder(path, overwrite=overwrite)
    full = target.absolute()
    token = os.urandom(_TOKEN_BYTES).hex()
    partial = full.with_name(f".{full.name}.partial-{token}")
    before = full.with_name(f".{full.name}.before-{token}")
    with locked(full) as held:
        if held:
            _recover(full)
        try:
            partial.mkdir()
            yield partial
            _sync_tree(partial)
            if not full.exists():
                partial.rename(full)
            elif not exchange(partial, full):
                full.rename(before)
                try:
                    partial.rename(full)
                except OSError:
                    before.rename(full)
                    raise
            sync_folder(full.parent)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            ours = error.filename is None and error.errno is not None
            inside = str(error.filename or "").startswith((str(partial), str(full)))
            if ours or inside or is_disk_fault(error):
                raise OutputError(f"{target}: cannot be written ({reason(error)})") from error
            raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            if full.exists():
                shutil.rmtree(before, ignore_errors=True)


def _sync_tree(folder: Path) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            sync(Path(place, name))
        sync_folder(Path(place))


def _left_behind(full: Path) -> list[Path]:
    start = glob.escape(f".{full.name}.")
    kinds = ("partial", "before")
    return sorted(path for kind in kinds for path in full.parent.glob(f"{start}{kind}-*"))


def _recover(full: Path) -> None:
    """Give the earlier page its name back if a killed writer took it; remove other leftovers."""
    for path in _left_behind(full):
        if path.name.startswith(f".{full.name}.before-") and not full.exists():
            path.rename(full)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


def _is_published_map(folder: Path) -> bool:
    try:
        content = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and str(content.get("generator", "")).startswith("railmap")
