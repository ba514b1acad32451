"""Photos with EXIF GPS, made by hand."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import rasterio


def _rational(values: list[float], denominator: int = 1_000_000) -> bytes:
    return b"".join(struct.pack("<II", round(v * denominator), denominator) for v in values)


def _directory(entries: list[tuple[int, int, int, bytes]], start: int) -> bytes:
    """A TIFF directory that begins at byte `start`; values longer than 4 bytes stand behind it."""
    head = struct.pack("<H", len(entries))
    after = start + 2 + 12 * len(entries) + 4
    tail = b""
    for tag, kind, count, value in entries:
        if len(value) <= 4:
            field = value.ljust(4, b"\0")
        else:
            field = struct.pack("<I", after + len(tail))
            tail += value
        head += struct.pack("<HHI", tag, kind, count) + field
    return head + struct.pack("<I", 0) + tail


def _degrees(value: float) -> bytes:
    minutes = abs(value) % 1 * 60
    return _rational([int(abs(value)), int(minutes), minutes % 1 * 60])


def write_photo(
    path: Path,
    lonlat: tuple[float, float] | None,
    heading: float | None = None,
    accuracy: float | None = None,
) -> None:
    """Write a small JPEG, with GPS if `lonlat` is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="JPEG", width=16, height=16, count=3, dtype="uint8"
        ) as data:
            data.write(np.full((3, 16, 16), 128, dtype=np.uint8))
    gps: list[tuple[int, int, int, bytes]] = []
    if lonlat is not None:
        lon, lat = lonlat
        gps += [
            (1, 2, 2, b"S\0" if lat < 0 else b"N\0"), (2, 5, 3, _degrees(lat)),
            (3, 2, 2, b"W\0" if lon < 0 else b"E\0"), (4, 5, 3, _degrees(lon)),
        ]  # fmt: skip
    if heading is not None:
        gps += [(16, 2, 2, b"T\0"), (17, 5, 1, _rational([heading], 100))]
    if accuracy is not None:
        gps += [(31, 5, 1, _rational([accuracy], 1000))]
    exif = [(0x9003, 2, 20, b"2026:02:27 09:00:00\0")]
    # Main directory with two pointers: 8 + 2 + 2 * 12 + 4 = 38.
    exif_at = 38
    exif_bytes = _directory(exif, exif_at)
    gps_at = exif_at + len(exif_bytes)
    main = _directory(
        [(0x8769, 4, 1, struct.pack("<I", exif_at)), (0x8825, 4, 1, struct.pack("<I", gps_at))], 8
    )
    tiff = b"II*\0" + struct.pack("<I", 8) + main + exif_bytes + _directory(gps, gps_at)
    block = b"Exif\0\0" + tiff
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:])
