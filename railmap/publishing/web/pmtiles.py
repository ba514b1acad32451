"""Write raster tiles as PMTiles version 3: one file that is read by byte ranges.

Vector tiles are written by GDAL's driver, which does not support rasters.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from railmap.errors import OutputError

__all__ = ["WEBP", "tile_id", "write_pmtiles"]

WEBP = 4
_GZIP, _UNCOMPRESSED = 2, 1
_HEADER = struct.Struct("<7sB11Q6B4iB2i")
_MAX_ROOT_BYTES = 16_384 - _HEADER.size
_LEAF_ENTRIES = 4096
_PART = 2**20

# Tile id, offset in the tile data, length.
_Entry = tuple[int, int, int]


def tile_id(zoom: int, x: int, y: int) -> int:
    """Return the number of a tile: zoom by zoom, along a Hilbert curve.

    Examples
    --------
    >>> tile_id(0, 0, 0), tile_id(1, 1, 1), tile_id(2, 0, 0)
    (0, 3, 5)
    """
    number = ((1 << (2 * zoom)) - 1) // 3
    side = 1 << zoom
    step = side // 2
    while step:
        right, low = int(bool(x & step)), int(bool(y & step))
        number += step * step * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        step //= 2
    return number


def write_pmtiles(
    path: Path,
    tiles: Iterable[tuple[int, bytes]],
    *,
    tile_type: int,
    zooms: tuple[int, int],
    bounds: Sequence[float],
    metadata: Mapping[str, Any],
) -> int:
    """Write tiles; return their number.

    Parameters
    ----------
    path
        The file to write.
    tiles
        Id (see `tile_id`) and content, in order of ids.
    tile_type
        Code of the specification: `WEBP`.
    zooms
        First and last zoom.
    bounds
        West, south, east, north in degrees.
    metadata
        JSON-serializable values.
    """
    entries: list[_Entry] = []
    check = 0
    with tempfile.TemporaryFile(dir=path.parent) as data:
        for number, content in tiles:
            entries.append((number, data.tell(), len(content)))
            data.write(content)
            check = zlib.crc32(content, check)
        size = data.tell()
        root, leaves = _directories(entries)
        about = _compress(json.dumps(metadata, sort_keys=True).encode())
        root_at = _HEADER.size
        about_at = root_at + len(root)
        leaves_at = about_at + len(about)
        data_at = leaves_at + len(leaves)
        west, south, east, north = (round(value * 1e7) for value in bounds)
        header = _HEADER.pack(
            b"PMTiles",
            3,
            *(root_at, len(root), about_at, len(about), leaves_at, len(leaves), data_at, size),
            *(len(entries),) * 3,
            *(1, _GZIP, _UNCOMPRESSED, tile_type, *zooms),
            *(west, south, east, north),
            zooms[0],
            *((west + east) // 2, (south + north) // 2),
        )
        with path.open("wb") as file:
            file.write(header + root + about + leaves)
            data.seek(0)
            shutil.copyfileobj(data, file)
            file.flush()
            os.fsync(file.fileno())
        _check_tiles(path, data_at, size, check)
    return len(entries)


def _check_tiles(path: Path, start: int, size: int, wanted: int) -> None:
    """Compare the tiles that the disk gives back with those that were written."""
    found, length = 0, 0
    with path.open("rb") as file:
        file.seek(start)
        while part := file.read(_PART):
            found, length = zlib.crc32(part, found), length + len(part)
    if (found, length) != (wanted, size):
        raise OutputError(f"{path}: reads differently from what was written; check the disk")


def _directories(entries: Sequence[_Entry]) -> tuple[bytes, bytes]:
    """Return the root directory and, if it is too large, the leaves that it points to."""
    root = _directory(entries, run=1)
    if len(root) <= _MAX_ROOT_BYTES:
        return root, b""
    size = _LEAF_ENTRIES
    while True:
        leaves = b""
        pointers: list[_Entry] = []
        for start in range(0, len(entries), size):
            leaf = _directory(entries[start : start + size], run=1)
            pointers.append((entries[start][0], len(leaves), len(leaf)))
            leaves += leaf
        root = _directory(pointers, run=0)
        if len(root) <= _MAX_ROOT_BYTES:
            return root, leaves
        size *= 2


def _directory(entries: Sequence[_Entry], run: int) -> bytes:
    """Encode a directory; `run` is 1 for tiles, 0 for leaves."""
    out = bytearray(_varint(len(entries)))
    last = 0
    for number, _, _ in entries:
        out += _varint(number - last)
        last = number
    out += _varint(run) * len(entries)
    for _, _, length in entries:
        out += _varint(length)
    end = None
    for _, offset, length in entries:
        out += _varint(0 if offset == end else offset + 1)
        end = offset + length
    return _compress(bytes(out))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _compress(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
