"""Check input files before GDAL or SQLite opens them."""

from __future__ import annotations

import os
from pathlib import Path

from railmap.errors import InputError

__all__ = ["check_input", "file_fault", "is_same_file"]


def check_input(
    path: str | os.PathLike[str], kind: type[InputError] = InputError, *, what: str = "file"
) -> Path:
    """Check that a file exists, is not empty and can be read.

    Parameters
    ----------
    path
        The file. URLs and GDAL's virtual paths (``/vsicurl/...``) are not checked.
    kind
        Class of the error.
    what
        The expected kind of file, for the message about a folder.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    InputError
        An error of class `kind`, if the file is missing, empty or not readable.
    """
    fault = file_fault(path, what=what)
    if fault is not None:
        raise kind(f"{os.fspath(path)}: {fault}")
    return Path(path)


def file_fault(path: str | os.PathLike[str], *, what: str = "file") -> str | None:
    """Return what is wrong with a file and the remedy; None if it can be read.

    Parameters
    ----------
    path, what
        As for `check_input`.
    """
    text = os.fspath(path)
    if text.startswith("/vsi") or "://" in text:
        return None
    file = Path(path)
    try:
        if file.is_dir():
            return f"is a folder; name a {what}"
        if not file.exists():
            # Also a path below a file.
            return "no such file"
        if file.is_file() and file.stat().st_size == 0:
            return "is empty (0 bytes); copy or download it again"
        if file.is_file():
            file.open("rb").close()
    except PermissionError:
        return "no permission to read it; change its permissions"
    except OSError as error:
        return f"cannot be read ({error.strerror}); check the file and its disk"
    return None


def is_same_file(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Return whether two paths are the same file; it need not exist."""
    try:
        if os.path.samefile(first, second):
            return True
    except OSError:
        pass  # one does not exist yet, or is a URL
    return os.path.realpath(first) == os.path.realpath(second)
