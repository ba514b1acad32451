"""Write an output file atomically: it appears only when it is complete."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import Option, OutputError, one_line
from railmap.files.disk import is_disk_fault, reason, sync, sync_folder
from railmap.files.lock import locked
from railmap.files.unfinished import settle

__all__ = ["atomic_output", "check_output"]

# Sidecar files of GDAL and SQLite: stale ones would be read as part of the new file.
_SIDECARS = ("-wal", "-shm", "-journal", ".aux.xml", ".ovr", ".msk")
_TOKEN_BYTES = 6


def check_output(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> Path:
    """Check before the long-running work starts that `path` can be written.

    What killed writers of it left is removed.

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
        If the folder is missing or not writable, `path` is a folder or one of `inputs`, it
        exists and `overwrite` is false, or another program is writing it.
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
        with locked(target) as held:
            if held:
                _remove_abandoned(target)
            partial.touch()
            partial.unlink()
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({reason(error)})") from error
    return target


@contextmanager
def atomic_output(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
    verify: Callable[[Path], object] | None = None,
) -> Iterator[Path]:
    """Yield a hidden path next to `path` to write to; rename it to `path` when the block succeeds.

    The partial file is ``.NAME.partial-`` and random digits plus the suffix of `path`, which GDAL
    drivers need. It does not exist yet when it is yielded. It is on the disk before it takes its
    name. On any failure it is deleted and `path` is unchanged. While the block runs, `path` is
    locked against other writers (see `locked`), and what killed writers left is removed.

    Parameters
    ----------
    path, overwrite, inputs
        As for `check_output`.
    verify
        Reads the partial file back and raises if it is not what was written.

    Raises
    ------
    OutputError
        As for `check_output`; also when the disk is full or fails, or nothing was written.
    """
    target = check_output(path, overwrite=overwrite, inputs=inputs)
    partial = _partial(target)
    with locked(target) as held:
        if held:
            _remove_abandoned(target)
        try:
            yield partial
            if not partial.exists():
                raise OutputError(f"{target}: nothing was written")
            sync(partial)
            if verify is not None:
                _verify(verify, partial, target)
            if target.exists() and not overwrite:
                raise OutputError(
                    f"{target}: was written by another program in the meantime; pass ",
                    Option("overwrite", True),
                    " to replace it",
                )
            settle(target)
            _remove(Path(f"{target}{sidecar}") for sidecar in _SIDECARS)
            os.replace(partial, target)
            sync_folder(target.absolute().parent)
        except OutputError:
            raise
        except OSError as error:
            # A failed write, flush or close names no file.
            ours = error.filename is None and error.errno is not None
            if ours or is_disk_fault(error) or error.filename == str(partial):
                raise OutputError(f"{target}: cannot be written ({reason(error)})") from error
            raise
        except RuntimeError as error:
            if not type(error).__module__.startswith("pyogrio"):
                raise
            raise OutputError(
                f"{target}: cannot be written; check the free disk space ({one_line(error)})"
            ) from error
        finally:
            _remove(Path(f"{partial}{sidecar}") for sidecar in ("", *_SIDECARS))


def _verify(verify: Callable[[Path], object], partial: Path, target: Path) -> None:
    try:
        verify(partial)
    except OutputError as error:  # people know the target, not the partial file
        raise OutputError(str(error).replace(str(partial), str(target))) from error


def _same_file(source: str | os.PathLike[str], target: Path) -> bool:
    try:
        return os.path.samefile(source, target)
    except OSError:
        return False  # a URL or a GDAL path


def _partial(target: Path) -> Path:
    # Not the process's number: two containers on one volume may have the same.
    token = os.urandom(_TOKEN_BYTES).hex()
    return target.with_name(f".{target.name}.partial-{token}{target.suffix}")


def _remove_abandoned(target: Path) -> None:
    """Remove partial files of the same output that killed processes left; its lock is held."""
    start = f".{target.name}.partial-"
    for path in target.parent.glob(f"{glob.escape(start)}*"):
        token = path.name.removeprefix(start).partition(".")[0].partition("-")[0]
        if token.isalnum() and path.is_file():
            _remove([path])


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
