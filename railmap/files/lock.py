"""Lock an output while it is written: a second writer is told who holds it."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from railmap.errors import OutputError

__all__ = ["lock_path", "locked"]

_PATIENCE_S = 0.5  # a check of another program holds the lock for a moment only
_POLL_S = 0.05
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)


def lock_path(target: Path) -> Path:
    """Return the lock file of an output: ``.NAME.lock`` next to it."""
    return target.with_name(f".{target.name}.lock")


@contextmanager
def locked(target: Path) -> Iterator[bool]:
    """Hold the lock of an output in the block.

    The system releases the lock when the process ends, however it ends: a lock file that a killed
    process left does not hold anything up. Processes of different containers on one volume exclude
    each other too. A folder on another machine (NFS, SMB) may not support locks.

    Parameters
    ----------
    target
        The file or folder that is written; it need not exist.

    Yields
    ------
    bool
        Whether the lock is held; False where the file system has no locks.

    Raises
    ------
    OutputError
        If another program holds it (the message names its process, machine and start), or the
        lock file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with locked(Path(tempfile.mkdtemp()) / "tracks.gpkg") as held:
    ...     held
    True
    """
    path = lock_path(target)
    number, held = _acquire(path, target)
    try:
        yield held
    finally:
        if held:  # before the release: a waiting process then sees that its file is gone
            with contextlib.suppress(OSError):
                path.unlink()
        os.close(number)
        if not held:
            with contextlib.suppress(OSError):
                path.unlink()


def _acquire(path: Path, target: Path) -> tuple[int, bool]:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror})") from error
        try:
            taken = _try_lock(number)
            if taken is None:
                return number, False
            if taken and _is_at(number, path):
                _sign(number)
                return number, True
        except BaseException:
            os.close(number)
            raise
        holder = "" if taken else _holder(number)
        os.close(number)
        if not taken and time.monotonic() > end:
            raise OutputError(
                f"{target}: another railmap is writing it{holder}; wait for it or end it, "
                "or choose another output name"
            )
        if not taken:
            time.sleep(_POLL_S)


def _try_lock(number: int) -> bool | None:
    """Lock an open file; False if another process holds it, None if locks are not supported."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(number, _WINDOWS_BYTE, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        return False
    return True


_WINDOWS_BYTE = 4096  # beyond the text, which others must be able to read


def _is_at(number: int, path: Path) -> bool:
    """Return whether the locked file still has its name; its last holder may have removed it."""
    try:
        there, here = os.stat(path), os.fstat(number)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def _sign(number: int) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    text = f"process {os.getpid()} on {platform.node() or 'an unnamed machine'} since {now}\n"
    with contextlib.suppress(OSError):  # who holds it is a help, not a condition
        os.ftruncate(number, 0)
        os.pwrite(number, text.encode(), 0) if hasattr(os, "pwrite") else os.write(
            number, text.encode()
        )


def _holder(number: int) -> str:
    try:
        os.lseek(number, 0, os.SEEK_SET)
        text = os.read(number, 300).decode(errors="replace").strip()
    except OSError:
        text = ""
    return f" ({text})" if text.isprintable() and text else ""
