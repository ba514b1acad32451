"""Files that a job reads, checked before GDAL or SQLite word what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

from railmap.errors import InputError

__all__ = ["check_input", "file_fault", "is_same_file"]


def check_input(
    path: str | os.PathLike[str], kind: type[InputError] = InputError, *, what: str = "file"
) -> Path:
    """Check that a file is there, holds something and may be read.

    Parameters
    ----------
    path
        The file. URLs and GDAL's virtual paths (``/vsicurl/...``) aren't checked.
    kind
        What is raised.
    what
        What a folder should have been, for the message.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    InputError
        Of the class `kind`, if it isn't.
    """
    fault = file_fault(path, what=what)
    if fault is not None:
        raise kind(f"{os.fspath(path)}: {fault}")
    return Path(path)


def file_fault(path: str | os.PathLike[str], *, what: str = "file") -> str | None:
    """Say what is wrong with a file as a file, and what to do; None if nothing is."""
    text = os.fspath(path)
    if text.startswith("/vsi") or "://" in text:
        return None
    file = Path(path)
    try:
        if file.is_dir():
            return f"is a folder; name a {what}"
        if not file.exists():
            # A path below a file isn't there either.
            return "no such file"
        if file.is_file() and file.stat().st_size == 0:
            return "is empty (0 bytes); copy or download it again"
        if file.is_file():
            file.open("rb").close()
    except PermissionError:
        return "may not be read; allow reading it"
    except OSError as error:
        return f"can't be read ({error.strerror})"
    return None


def is_same_file(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Tell whether two paths are one file, whether it exists yet or not."""
    try:
        if os.path.samefile(first, second):
            return True
    except OSError:
        pass  # one isn't there yet, or is a URL
    return os.path.realpath(first) == os.path.realpath(second)
