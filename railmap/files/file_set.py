"""Write several files that belong together, so that no reader takes some of them for a whole."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from railmap.errors import OutputError
from railmap.files.disk import is_disk_fault, reason, sync, sync_folder
from railmap.files.lock import locked
from railmap.files.output import check_output

__all__ = ["atomic_files", "check_files"]

_TOKEN_BYTES = 6
# In the hidden folder: the set that was there, and a sign that new files get their names.
_BEFORE, _PLACING = "before", "placing"


def check_files(
    path: str | os.PathLike[str],
    beside: Sequence[Path],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Check before the work starts that a file and those beside it can be written.

    What a killed writer left is put right first.

    Parameters
    ----------
    path, overwrite, inputs
        As for `check_output`.
    beside
        The files beside it.

    Raises
    ------
    OutputError
        As for `check_output`.
    """
    target = Path(path)
    if _left_behind(target):
        with locked(target) as held:
            if held:
                _recover(target, [target, *beside])
    inputs = list(inputs)
    for file in (target, *beside):
        check_output(file, overwrite=overwrite, inputs=inputs)


@contextmanager
def atomic_files(
    path: str | os.PathLike[str],
    beside: Sequence[Path],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> Iterator[Path]:
    """Yield a hidden folder for a file and those beside it; they take their names after the block.

    The earlier set is put aside first, and the file itself takes its name last, so that a new and
    an old file are never read together: a crash between these steps leaves the file itself
    missing, and the next `check_files` brings the earlier set back. On any failure the earlier set
    stays. While the block runs, `path` is locked (see `locked`).

    Parameters
    ----------
    path, beside, overwrite, inputs
        As for `check_files`; the block may leave out files beside it.

    Raises
    ------
    OutputError
        As for `check_output`; also when the disk is full or fails, or nothing was written.
    """
    target = Path(path)
    check_files(target, beside, overwrite=overwrite, inputs=inputs)
    files = [target, *beside]
    folder = target.with_name(f".{target.name}.partial-{os.urandom(_TOKEN_BYTES).hex()}")
    with locked(target) as held:
        if held:
            _recover(target, files)
        try:
            folder.mkdir()
            yield folder
            if not (folder / target.name).is_file():
                raise OutputError(f"{target}: nothing was written")
            for file in files:
                if (folder / file.name).is_file():
                    sync(folder / file.name)
            _exchange(files, folder)
            sync_folder(target.absolute().parent)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            ours = error.filename is None and error.errno is not None
            inside = str(error.filename or "").startswith(str(folder))
            if ours or inside or is_disk_fault(error):
                raise OutputError(f"{target}: cannot be written ({reason(error)})") from error
            raise
        finally:
            if target.exists() or not _holds_files(folder / _BEFORE):
                shutil.rmtree(folder, ignore_errors=True)


def _exchange(files: Sequence[Path], folder: Path) -> None:
    """Give new files their names, the first last; bring the old ones back if that fails."""
    before = folder / _BEFORE
    before.mkdir()
    try:
        for file in files:
            if file.exists():
                os.replace(file, before / file.name)
        (folder / _PLACING).touch()
        for file in reversed(files):
            if (folder / file.name).is_file():
                os.replace(folder / file.name, file)
    except OSError:
        with contextlib.suppress(OSError):  # else the next writer does it
            _bring_back(files, folder)
        raise


def _bring_back(files: Sequence[Path], folder: Path) -> None:
    if (folder / _PLACING).exists():
        for file in files:
            file.unlink(missing_ok=True)
    for file in reversed(files):
        if (folder / _BEFORE / file.name).exists():
            os.replace(folder / _BEFORE / file.name, file)


def _left_behind(target: Path) -> list[Path]:
    found = target.parent.glob(glob.escape(f".{target.name}.partial-") + "*")
    return sorted(path for path in found if path.is_dir() and not path.is_symlink())


def _recover(target: Path, files: Sequence[Path]) -> None:
    """Put right what killed writers left: the earlier set, or files of an unfinished one."""
    for folder in _left_behind(target):
        if not target.exists():
            _bring_back(files, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
