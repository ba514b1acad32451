"""Store levels of finished windows on disk, for the neighbouring block and to resume a run.

After the last window the store keeps a record of the output, so that a run that is killed while its
output takes its name, or while a later step works with the output, does not start again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from railmap.errors import OutputError
from railmap.files.disk import sync

__all__ = ["Keep", "WindowStore", "forget_run", "has_record"]

Keep = Literal["nothing", "windows", "record"]
"""What a run leaves besides its output: nothing; finished windows after an error or a cancel, for
the next run; or, after success, the record that the output is complete."""

_HEAD = struct.Struct("<4sI")
_ENTRY = struct.Struct("<II")
_MAGIC = b"RMW1"
_RECORD = "finished.json"


class WindowStore:
    """A folder ``.NAME.resume`` next to the output with one file for each unit.

    Use it as a context manager: the folder is removed at the end, also after an error or a cancel,
    unless `keep` says otherwise. A killed process leaves it, and the next run with the same
    signature resumes from it.

    Parameters
    ----------
    output
        The output file of the run.
    signature
        JSON-serializable; everything that the levels depend on. A folder with another signature
        is deleted.
    tile
        Side of a window, pixels.
    resume
        Resume an earlier run, and allow a later run to resume this one.
    keep
        What stays at the end.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """

    def __init__(
        self,
        output: Path,
        signature: dict[str, Any],
        tile: int,
        *,
        resume: bool = True,
        keep: Keep = "nothing",
    ) -> None:
        self.folder = _folder(output)
        self._output = output
        self.resume = resume
        self._tile = tile
        self._keep = keep
        self._signature = json.dumps({**signature, "resume": resume}, sort_keys=True)

    def _is_same(self) -> bool:
        try:
            text = (self.folder / "run.json").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False
        return self.resume and text == self._signature

    def is_finished(self) -> bool:
        """Return whether an earlier run with this signature has written the output as it is."""
        try:
            record = json.loads((self.folder / _RECORD).read_text(encoding="utf-8"))
            return self._is_same() and bool(record["sha256"] == _sha256(self._output))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def finish(self, output: Path) -> None:
        """Record a complete output, just before it takes its name.

        Raises
        ------
        OutputError
            If the record cannot be written.
        """
        if not self.resume:
            return
        path = self.folder / _RECORD
        partial = path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({"sha256": _sha256(output)}), encoding="utf-8")
            sync(partial)
            partial.replace(path)
        except OSError as error:
            raise self._unwritable(error) from error

    def __enter__(self) -> WindowStore:
        run = self.folder / "run.json"
        if not self._is_same():
            shutil.rmtree(self.folder, ignore_errors=True)
            try:
                self.folder.mkdir()
                run.write_text(self._signature, encoding="utf-8")
            except OSError as error:
                raise self._unwritable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._keep == "record":
            for path in self.folder.glob("*.bin"):
                path.unlink(missing_ok=True)
        elif kind is None or self._keep != "windows":
            shutil.rmtree(self.folder, ignore_errors=True)

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.folder}: cannot be written ({error.strerror or error}); "
            "free disk space or write to another folder"
        )

    def _path(self, block: int, row: int) -> Path:
        return self.folder / f"{block:04d}-{row:06d}.bin"

    def _entries(self, data: bytes) -> dict[int, slice] | None:
        """Return the byte range of each window column; None if the file is truncated."""
        if len(data) < _HEAD.size:
            return None
        magic, count = _HEAD.unpack_from(data)
        at = _HEAD.size + count * _ENTRY.size
        if magic != _MAGIC or len(data) < at:
            return None
        entries: dict[int, slice] = {}
        for n in range(count):
            col, size = _ENTRY.unpack_from(data, _HEAD.size + n * _ENTRY.size)
            entries[col] = slice(at, at + size)
            at += size
        return entries if at == len(data) else None

    def has(self, block: int, row: int) -> bool:
        """Return whether an earlier run has finished this unit."""
        try:
            return self.resume and self._entries(self._path(block, row).read_bytes()) is not None
        except OSError:
            return False

    def save(self, block: int, row: int, levels: dict[int, NDArray[np.uint8]]) -> None:
        """Save the levels of a unit, by window column.

        Raises
        ------
        OutputError
            If the disk is full or the folder no longer exists.
        """
        blobs = {col: zlib.compress(levels[col].data, 1) for col in sorted(levels)}
        head = _HEAD.pack(_MAGIC, len(blobs))
        head += b"".join(_ENTRY.pack(col, len(blob)) for col, blob in blobs.items())
        path = self._path(block, row)
        partial = path.with_suffix(".partial")
        try:
            partial.write_bytes(head + b"".join(blobs.values()))
            partial.replace(path)
        except OSError as error:
            raise self._unwritable(error) from error

    def load(self, block: int, row: int, first: int, end: int) -> dict[int, NDArray[np.uint8]]:
        """Return the levels of the window columns `first` to ``end - 1`` that were run.

        Raises
        ------
        OutputError
            If the unit cannot be read.
        """
        path = self._path(block, row)
        shape = (self._tile, self._tile)
        try:
            data = path.read_bytes()
            entries = self._entries(data)
            if entries is None:
                raise ValueError("truncated")
            return {
                col: np.frombuffer(zlib.decompress(data[at]), np.uint8).reshape(shape)
                for col, at in entries.items()
                if first <= col < end
            }
        except (OSError, ValueError, zlib.error) as error:
            raise OutputError(
                f"{path}: cannot be read ({error}); delete {self.folder.name} and run again"
            ) from error


def has_record(output: Path) -> bool:
    """Return whether an earlier run recorded that it completed an output."""
    return (_folder(output) / _RECORD).is_file()


def forget_run(output: Path) -> None:
    """Remove what a run left besides its output."""
    shutil.rmtree(_folder(output), ignore_errors=True)


def _folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.resume")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
