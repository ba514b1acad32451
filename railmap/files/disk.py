"""Bring files to the disk and exchange them, so that a failure or a crash is never silent."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

from railmap.errors import OutputError

__all__ = ["exchange", "is_disk_fault", "reason", "sync", "sync_folder", "write_verified"]

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DISK_FAULTS = (*_DISK_FULL, errno.EIO, errno.EROFS, errno.ENXIO, errno.ENODEV, errno.ESTALE)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM, errno.EISDIR)
_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2


def sync(path: Path) -> None:
    """Have the system write a file to the disk.

    Raises
    ------
    OSError
        If that fails: what is on the disk is then not what was written.
    """
    number = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_folder(folder: Path) -> None:
    """Have the system write the names in a folder to the disk, where it can.

    Raises
    ------
    OSError
        If the disk fails.
    """
    if os.name == "nt":
        return  # Windows has no such call
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _NO_SYNC:  # some file systems cannot sync folders
            raise
    finally:
        os.close(number)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two files or folders in one step, so that both names exist at every moment.

    Returns
    -------
    bool
        False if the system or the file system cannot.
    """
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            call = library.renamex_np
            done = call(os.fsencode(first), os.fsencode(second), ctypes.c_uint(_RENAME_SWAP))
        else:
            call = library.renameat2
            done = call(
                _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second),
                ctypes.c_uint(_RENAME_EXCHANGE),
            )  # fmt: skip
    except (AttributeError, OSError, TypeError):
        return False
    return bool(done == 0)


def write_verified(path: Path, content: bytes) -> None:
    """Write a file, and compare what the disk gives back.

    Raises
    ------
    OutputError
        If it reads differently.
    OSError
        If it cannot be written.
    """
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OutputError(f"{path}: reads differently from what was written; check the disk")


def is_disk_fault(error: OSError) -> bool:
    """Return whether an error is one of the disk or the file system, not of a file's content."""
    return error.errno in _DISK_FAULTS


def reason(error: OSError) -> str:
    """Return why a file cannot be written."""
    if error.errno in _DISK_FULL:
        return "the disk is full or a size limit is reached; free space"
    if error.errno == errno.EIO:
        return "the disk reports an error; check it or write to another one"
    return error.strerror or str(error)
