"""Rasters in memory for the sliding window, the levels it wrote, and a reporter that stops it."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS

from railmap.progress import NullReporter
from railmap.raster.types import Grid, Patch, PixelWindow


class ArraySource:
    """A raster in memory that counts what is asked of it."""

    def __init__(self, pixels: np.ndarray, mask: np.ndarray | None = None) -> None:
        self.pixels = pixels
        self.mask = np.ones(pixels.shape[1:], bool) if mask is None else mask
        self.grid = Grid(
            CRS.from_epsg(32632),
            Affine(0.1, 0, 500000, 0, -0.1, 5500000),
            pixels.shape[2],
            pixels.shape[1],
        )
        self.source_gsd = self.grid.gsd
        self.reads: list[PixelWindow] = []

    def _inside(self, w: PixelWindow) -> tuple[slice, slice, slice, slice]:
        height, width = self.mask.shape
        r0, r1 = max(0, w.row), min(height, w.row + w.height)
        c0, c1 = max(0, w.col), min(width, w.col + w.width)
        return (
            slice(r0, r1),
            slice(c0, c1),
            slice(r0 - w.row, r1 - w.row),
            slice(c0 - w.col, c1 - w.col),
        )

    def read(self, window: PixelWindow) -> Patch:
        self.reads.append(window)
        pixels = np.zeros((3, window.height, window.width), np.uint8)
        mask = np.zeros((window.height, window.width), bool)
        rows, cols, to_rows, to_cols = self._inside(window)
        mask[to_rows, to_cols] = self.mask[rows, cols]
        pixels[:, to_rows, to_cols] = self.pixels[:, rows, cols] * self.mask[rows, cols]
        return Patch(pixels, mask, self.grid.transform, self.grid.crs)

    def identity(self) -> dict[str, object]:
        return {
            "pixels": zlib.crc32(self.pixels.tobytes()),
            "mask": zlib.crc32(self.mask.tobytes()),
        }

    def has_data(self, window: PixelWindow) -> bool:
        rows, cols, _, _ = self._inside(window)
        return bool(self.mask[rows, cols].any())


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth noise, so that neighbouring levels are close."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (3, height // 6 + 2, width // 6 + 2)).astype(np.float32)
    fine = coarse.repeat(6, axis=1).repeat(6, axis=2)[:, :height, :width]
    return np.clip(fine + rng.normal(0, 12, fine.shape), 0, 255).astype(np.uint8)


def holed(height: int, width: int) -> ArraySource:
    mask = np.ones((height, width), bool)
    mask[: height // 2, : width // 2] = False
    mask[height * 3 // 4 :, width * 2 // 3 : width * 2 // 3 + 9] = False
    return ArraySource(texture(height, width), mask)


def levels(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read(1)


class StopAfter(NullReporter):
    """Cancels after some windows."""

    def __init__(self, windows: int) -> None:
        super().__init__()
        self._left = windows

    def advance(self, amount: float) -> None:
        self._left -= 1
        if self._left <= 0:
            self.cancel()
        super().advance(amount)
