"""Files of the levels of finished units, one for each row of windows in a block."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from railmap.errors import OutputError
from railmap.files.shared_folder import Folder

__all__ = ["UnitFiles", "unwritable"]

_HEAD = struct.Struct("<4sI")
_ENTRY = struct.Struct("<II")
_MAGIC = b"RMW1"


class UnitFiles:
    """Levels of units in a folder, before they are blended.

    Parameters
    ----------
    folder
        Where the files are.
    tile
        Side of a window, pixels.
    resume
        Whether all levels are saved, so that a later run can take them from here.
    """

    def __init__(self, folder: Folder, tile: int, *, resume: bool = True) -> None:
        self.folder = folder
        self.resume = resume
        self._tile = tile

    def _name(self, block: int, row: int) -> str:
        return f"{block:04d}-{row:06d}.bin"

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

    def found(self) -> set[tuple[int, int]]:
        """Return block and row of the files that exist; they may be incomplete.

        Raises
        ------
        OutputError
            If the folder cannot be listed.
        """
        try:
            names = self.folder.names()
        except OSError as error:
            raise OutputError(f"{self.folder}: cannot be read ({error})") from error
        parts = [name.removesuffix(".bin").split("-") for name in names if name.endswith(".bin")]
        return {(int(block), int(row)) for block, row in parts}

    def has(self, block: int, row: int) -> bool:
        """Return whether an earlier run has finished this unit."""
        try:
            return self.resume and self._entries(self._read(block, row)) is not None
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
        try:
            self.folder.write(self._name(block, row), head + b"".join(blobs.values()))
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def load(self, block: int, row: int, first: int, end: int) -> dict[int, NDArray[np.uint8]]:
        """Return the levels of the window columns `first` to ``end - 1`` that were run.

        Raises
        ------
        OutputError
            If the unit cannot be read.
        """
        shape = (self._tile, self._tile)
        try:
            data = self._read(block, row)
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
                f"{self.folder}/{self._name(block, row)}: cannot be read ({error}); delete"
                f" {self.folder} and run again"
            ) from error

    def _read(self, block: int, row: int) -> bytes:
        return self.folder.read(self._name(block, row))


def unwritable(folder: object, error: OSError) -> OutputError:
    """Return the error for a folder that cannot be written."""
    return OutputError(
        f"{folder}: cannot be written ({error.strerror or error}); "
        "free disk space or write to another folder"
    )
