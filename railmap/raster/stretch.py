"""Radiometric stretch: convert other pixel types to 8 bit by robust percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.raster.files import RasterFile
from railmap.raster.reader import READ_ERRORS, FileReader

__all__ = ["Stretch", "find_stretches", "to_uint8"]

PERCENTILES = (1.0, 99.0)
# Rasters without overviews and with more pixels are sampled, not read whole.
_READ_WHOLE = 2**24
_MIN_SAMPLE = 1000  # valid pixels


@dataclass(frozen=True, slots=True)
class Stretch:
    """``(value - low) / (high - low) * 255``, clipped to 0-255, for each band.

    Parameters
    ----------
    low, high
        Pixel values that become 0 and 255, one a band.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable description."""
        return {
            "method": "percentile",
            "percentiles": list(PERCENTILES),
            "low": list(self.low),
            "high": list(self.high),
        }


def to_uint8(pixels: NDArray[Any], stretch: Stretch | None) -> NDArray[np.uint8]:
    """Return ``(bands, rows, cols)`` pixels as uint8; `stretch` is None for 8-bit pixels."""
    if stretch is None:
        if pixels.dtype == np.uint8:
            return pixels
        return np.asarray(np.clip(np.rint(pixels), 0, 255), np.uint8)
    low = np.array(stretch.low, np.float32)[:, None, None]
    high = np.array(stretch.high, np.float32)[:, None, None]
    scaled = (pixels - low) * (np.float32(255.0) / (high - low))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(np.rint(np.nan_to_num(scaled)), 0, 255), np.uint8)


def find_stretches(
    files: Sequence[RasterFile], readers: Sequence[FileReader]
) -> list[Stretch | None]:
    """Return each file's stretch; files of the same type share one, which avoids seams."""
    samples: dict[tuple[str, int], list[NDArray[Any]]] = {}
    for file, reader in zip(files, readers, strict=True):
        if not file.is_display:
            samples.setdefault((file.dtype, len(file.bands)), []).append(valid_sample(reader))
    stretches = {key: _percentiles(np.concatenate(parts, 1)) for key, parts in samples.items()}
    return [None if file.is_display else stretches[file.dtype, len(file.bands)] for file in files]


def _percentiles(sample: NDArray[Any]) -> Stretch:
    if sample.shape[1] == 0:
        return Stretch((0.0,) * len(sample), (1.0,) * len(sample))
    low, high = np.percentile(sample, PERCENTILES, axis=1)
    high = np.where(high > low, high, low + 1.0)
    return Stretch(tuple(float(v) for v in low), tuple(float(v) for v in high))


def valid_sample(reader: FileReader) -> NDArray[Any]:
    """Return the ``(bands, n)`` valid pixels of a low-resolution view of the image.

    Large images without overviews are sampled in 64 small windows.
    """
    file = reader.file
    if len(file.levels) > 1 or file.width * file.height <= _READ_WHOLE:
        return _thumbnail_sample(reader)
    side, parts = 128, []
    for row in np.linspace(0, file.height - side, 8).astype(int):
        for col in np.linspace(0, file.width - side, 8).astype(int):
            box = (max(0, row), min(row + side, file.height), max(0, col), col + side)
            pixels, mask = reader.read(0, (*box[:3], min(box[3], file.width)))
            parts.append(pixels[:, mask])
    sample = np.concatenate(parts, axis=1)
    return sample if sample.shape[1] >= _MIN_SAMPLE else _thumbnail_sample(reader)


def _thumbnail_sample(reader: FileReader) -> NDArray[Any]:
    try:
        pixels, mask = reader.thumbnail(1024)
    except READ_ERRORS:
        # A block is damaged: read the smallest level without its damaged blocks.
        level = len(reader.file.levels) - 1
        width, height = reader.file.levels[level]
        pixels, mask = reader.read(level, (0, min(height, 4096), 0, min(width, 4096)))
    return pixels[:, mask]
