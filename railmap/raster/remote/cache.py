"""A folder of tiles that were fetched before."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "TileCache", "cache_folder"]

CACHE_VARIABLE = "RAILMAP_TILE_CACHE"
"""Environment variable with the folder of the tile cache."""

_DAYS = 30
_DAY_S = 86400.0


def cache_folder() -> Path:
    """Return the folder for tiles, in the user's cache folder of the system."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "railmap" / "tiles"


class TileCache:
    """Tiles by address, each a file; tiles older than 30 days are fetched again and removed.

    A file is named by a hash: addresses may hold keys. What cannot be stored is not stored.

    Parameters
    ----------
    folder
        Folder for all services; None keeps the tiles until `close` only.
    """

    def __init__(self, folder: Path | None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="railmap-tiles-")
        self._folder = folder or Path(self._temporary.name if self._temporary else "")

    def read(self, url: str) -> bytes | None:
        """Return the tile of an address; None if it is not here or too old."""
        file = self._file(url)
        try:
            if time.time() - file.stat().st_mtime > _DAYS * _DAY_S:
                return None
            return file.read_bytes() or None
        except OSError:
            return None

    def write(self, url: str, tile: bytes) -> None:
        """Store a tile; a full or read-only disk is no error."""
        file = self._file(url)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent, prefix=".partial-")
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(tile)
                os.replace(name, file)
            except OSError:
                Path(name).unlink(missing_ok=True)
        except OSError:
            return

    def prune(self, url: str) -> None:
        """Remove what is too old among the tiles of an address's server."""
        folder = self._file(url).parent.parent
        oldest = time.time() - _DAYS * _DAY_S
        try:
            for file in folder.glob("*/*"):
                if file.stat().st_mtime < oldest:
                    file.unlink(missing_ok=True)
        except OSError:
            return

    def close(self) -> None:
        """Remove the tiles of a cache without a folder."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _file(self, url: str) -> Path:
        host = urllib.parse.urlsplit(url).hostname or "unknown"
        safe = "".join(c if c.isalnum() or c in "-." else "_" for c in host).strip(".") or "unknown"
        name = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / safe / name[:2] / name
