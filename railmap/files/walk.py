"""List the files in a folder: the one rule of what counts, for every command."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from railmap.errors import InputError

__all__ = ["list_files"]


def list_files(folder: Path, suffixes: Collection[str], *, deep: bool = False) -> list[Path]:
    """List the files of some kinds in a folder, by path.

    Hidden files and folders are left out, among them the ``._NAME`` that macOS writes to memory
    cards. Files that cannot be read are listed, so that their reader can name them.

    Parameters
    ----------
    folder
        The folder.
    suffixes
        Suffixes in lower case, with the point; names are compared ignoring case.
    deep
        Search its subfolders too; links to folders are not followed.

    Raises
    ------
    InputError
        If a folder cannot be read: its files would be missing in the result.
    """
    return sorted(path for path in _files(folder, deep) if path.suffix.lower() in suffixes)


def _files(folder: Path, deep: bool) -> Iterator[Path]:
    for where, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if deep and not name.startswith(".")]
        yield from (Path(where, name) for name in names if not name.startswith("."))


def _refuse(error: OSError) -> None:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise InputError(f"{error.filename}: no such folder; check the path") from error
    raise InputError(
        f"{error.filename}: the folder cannot be read ({error.strerror}); change its permissions"
    ) from error
