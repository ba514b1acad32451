"""Write an output file atomically: it appears only when it is complete."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import Option, OutputError

__all__ = ["atomic_output", "check_output"]

# Sidecar files of GDAL and SQLite: stale ones would be read as part of the new file.
_SIDECARS = ("-wal", "-shm", "-journal", ".aux.xml", ".ovr", ".msk")
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_output(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> Path:
    """Check before the long-running work starts that `path` can be written.

    Parameters
    ----------
    path
        The file that will be written.
    overwrite
        Whether it may replace an existing file.
    inputs
        Files that the job reads, which `path` must not replace; URLs and GDAL paths are allowed.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError
        If the folder is missing or not writable, `path` is a folder or one of `inputs`, or it
        exists and `overwrite` is false.
    """
    target = Path(path)
    folder = target.parent
    if folder.is_file():
        raise OutputError(f"{target}: {folder} is a file, not a folder")
    if not folder.is_dir():
        raise OutputError(f"{target}: the folder {folder} does not exist; create it first")
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; name a file")
    if target.exists():
        if any(_same_file(source, target) for source in inputs):
            raise OutputError(f"{target}: is also an input; choose another output name")
        if not overwrite:
            raise OutputError(
                f"{target}: exists; pass ", Option("overwrite", True), " to replace it"
            )
    partial = _partial(target)
    try:
        partial.touch()
        partial.unlink()
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({_reason(error)})") from error
    return target


@contextmanager
def atomic_output(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> Iterator[Path]:
    """Yield a hidden path next to `path` to write to; rename it to `path` when the block succeeds.

    The partial file is ``.NAME.partial-PID`` plus the suffix of `path`, which GDAL drivers need.
    It does not exist yet when it is yielded. On any failure it is deleted and `path` is
    unchanged.

    Parameters
    ----------
    path, overwrite, inputs
        As for `check_output`.

    Raises
    ------
    OutputError
        As for `check_output`; also when the disk is full or nothing was written.
    """
    target = check_output(path, overwrite=overwrite, inputs=inputs)
    partial = _partial(target)
    _remove_abandoned(target)
    try:
        yield partial
        if not partial.exists():
            raise OutputError(f"{target}: nothing was written")
        if target.exists() and not overwrite:
            raise OutputError(
                f"{target}: was written by another program in the meantime; pass ",
                Option("overwrite", True),
                " to replace it",
            )
        _remove(Path(f"{target}{sidecar}") for sidecar in _SIDECARS)
        os.replace(partial, target)
    except OutputError:
        raise
    except OSError as error:
        if error.errno in _DISK_FULL or error.filename == str(partial):
            raise OutputError(f"{target}: cannot be written ({_reason(error)})") from error
        raise
    finally:
        _remove(Path(f"{partial}{sidecar}") for sidecar in ("", *_SIDECARS))


def _same_file(source: str | os.PathLike[str], target: Path) -> bool:
    try:
        return os.path.samefile(source, target)
    except OSError:
        return False  # a URL or a GDAL path


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial-{os.getpid()}{target.suffix}")


def _remove_abandoned(target: Path) -> None:
    """Remove partial files of the same output that killed processes left."""
    start = f".{target.name}.partial-"
    for path in target.parent.glob(f"{glob.escape(start)}*{glob.escape(target.suffix)}"):
        number = path.name.removeprefix(start).removesuffix(target.suffix)
        gone = Path("/proc/self").exists() and not Path(f"/proc/{number}").exists()
        if number.isdigit() and gone:
            _remove(Path(f"{path}{sidecar}") for sidecar in ("", *_SIDECARS))


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _reason(error: OSError) -> str:
    if error.errno in _DISK_FULL:
        return "the disk is full or a size limit is reached; free space"
    return error.strerror or str(error)
