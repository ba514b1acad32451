"""Read pixels and validity of one raster file and its overviews, skipping damaged blocks."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.transform import GCPTransformer
from rasterio.windows import Window

from railmap.raster.collar import Collar
from railmap.raster.files import RasterFile, open_dataset
from railmap.raster.georeference.transforms import Points, apply_affine

__all__ = [
    "READ_ERRORS",
    "Box",
    "Damage",
    "FileReader",
    "ReaderPool",
    "crs_to_pixels",
    "pixels_to_crs",
]

Box = tuple[int, int, int, int]
"""First row, past-last row, first column, past-last column."""

READ_ERRORS = (RasterioError, CPLE_BaseError, OSError, ValueError)
"""What reading a damaged block may raise: rasterio does not wrap all errors of GDAL."""

Damage = Callable[[int, Box, str], None]
"""Called with a level, the box of it that cannot be read, and the cause."""


class FileReader:
    """A thread's handles on a file and its overviews, opened when first needed.

    Parameters
    ----------
    file
        The file to read.
    collar
        The black collar that counts as no data, None if the file has none.
    on_damage
        Called for each block that cannot be decoded.
    """

    def __init__(self, file: RasterFile, collar: Collar | None, on_damage: Damage) -> None:
        self.file = file
        self.collar = collar
        self._on_damage = on_damage
        self._datasets: dict[int, Any] = {}

    def close(self) -> None:
        """Close the handles."""
        for dataset in self._datasets.values():
            dataset.close()
        self._datasets.clear()

    def read(self, level: int, box: Box) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Read a box that is within the level.

        Returns
        -------
        tuple
            ``(1 or 3, rows, cols)`` pixels, uint8 for 8-bit files, else float32, and the
            ``(rows, cols)`` mask, also False where blocks are damaged.
        """
        try:
            return self._read(level, box)
        except READ_ERRORS:
            return self._read_by_blocks(level, box)

    def thumbnail(self, side: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Read the whole image, reduced to at most `side` pixels a side; as `read`.

        GDAL selects the overview. Without overviews every block is decoded, a few at a time.

        Raises
        ------
        RasterioError
            If a block is damaged.
        """
        width, height = self.file.levels[0]
        shrink = max(1.0, max(width, height) / side)
        shape = (max(1, round(height / shrink)), max(1, round(width / shrink)))
        return self._read(0, (0, height, 0, width), shape)

    def _read_by_blocks(self, level: int, box: Box) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        rows, cols = box[1] - box[0], box[3] - box[2]
        bands = 3 if self.file.palette is not None else len(self.file.bands)
        dtype = np.uint8 if self.file.is_display else np.float32
        pixels, mask = np.zeros((bands, rows, cols), dtype), np.zeros((rows, cols), np.bool_)
        for block in self._blocks(level, box):
            part = (
                max(block[0], box[0]),
                min(block[1], box[1]),
                max(block[2], box[2]),
                min(block[3], box[3]),
            )
            inside = (
                slice(part[0] - box[0], part[1] - box[0]),
                slice(part[2] - box[2], part[3] - box[2]),
            )
            try:
                pixels[:, *inside], mask[inside] = self._read(level, part)
            except READ_ERRORS as error:
                self._on_damage(level, block, self._reason(error))
        return pixels, mask

    def _reason(self, error: Exception) -> str:
        reason = " ".join(str(error.__cause__ or error).split())
        # Remote files fail for other reasons than damage.
        if not os.path.exists(self.file.uri):
            return reason
        # Only the cause, without the numbers of the block: adjacent holes are merged by it.
        cause = " ".join(re.sub(r"\d+", "", reason.rpartition(": ")[2]).split()).rstrip(".")
        return f"damaged or truncated ({cause})" if cause else "damaged or truncated"

    def _blocks(self, level: int, box: Box) -> Iterator[Box]:
        height, width = self._dataset(level).block_shapes[0]
        level_width, level_height = self.file.levels[level]
        for row in range(box[0] // height * height, box[1], height):
            for col in range(box[2] // width * width, box[3], width):
                yield row, min(row + height, level_height), col, min(col + width, level_width)

    def _read(
        self, level: int, box: Box, shape: tuple[int, int] | None = None
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        file, dataset = self.file, self._dataset(level)
        window = Window(box[2], box[0], box[3] - box[2], box[1] - box[0])
        shape = shape or (box[1] - box[0], box[3] - box[2])
        raw = dataset.read(list(file.bands), window=window, out_shape=(len(file.bands), *shape))
        mask = self._validity(raw)
        if file.alpha is not None:
            mask &= dataset.read(file.alpha, window=window, out_shape=shape) > 0
        if file.dataset_mask:
            mask &= self._dataset_mask(level, box, shape)
        if file.palette is not None:
            table = file.palette
            index = np.clip(raw[0], 0, len(table) - 1)
            mask &= table[index, 3] > 0
            raw = np.moveaxis(table[index, :3], -1, 0)
        elif file.one_bit:
            raw = (raw > 0).astype(np.uint8) * np.uint8(255)
        if self.collar is not None:
            mask &= ~self.collar.covers(raw, box, file.levels[level])
        return (raw if file.is_display else raw.astype(np.float32)), mask

    def _validity(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        """Return True for pixels that differ from no data in some band and are finite in all."""
        file = self.file
        if all(value is not None for value in file.nodata):
            mask = np.zeros(raw.shape[1:], np.bool_)
            for band, value in zip(raw, file.nodata, strict=True):
                fits = band.dtype.kind == "f" or (value is not None and float(value).is_integer())
                mask |= (band != np.array(value).astype(band.dtype)) if fits else True
        else:
            mask = np.ones(raw.shape[1:], np.bool_)
        if raw.dtype.kind == "f":
            mask &= np.isfinite(raw).all(axis=0)
        return mask

    def _dataset_mask(self, level: int, box: Box, shape: tuple[int, int]) -> NDArray[np.bool_]:
        # From the full image: the mask may have no overviews.
        width, height = self.file.levels[level]
        by_row, by_col = self.file.height / height, self.file.width / width
        window = Window(
            box[2] * by_col,
            box[0] * by_row,
            (box[3] - box[2]) * by_col,
            (box[1] - box[0]) * by_row,
        )
        band = self.file.bands[0]
        return np.asarray(
            self._dataset(0).read_masks(band, window=window, out_shape=shape) > 0, np.bool_
        )

    def _dataset(self, level: int) -> Any:
        if level not in self._datasets:
            self._datasets[level] = self.file.tiles or open_dataset(self.file.uri, level)
        return self._datasets[level]


class ReaderPool:
    """Readers for any number of threads; one thread uses a reader at a time."""

    def __init__(self, create: Callable[[], FileReader]) -> None:
        self._create = create
        self._free: list[FileReader] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def reader(self) -> Iterator[FileReader]:
        """Yield a reader that no other thread uses; GDAL errors in the block raise exceptions."""
        with self._lock:
            if self._closed:
                raise ValueError("the raster is closed")
            reader = self._free.pop() if self._free else None
        reader = reader or self._create()
        try:
            with rasterio.Env():
                yield reader
        finally:
            with self._lock:
                if self._closed:
                    reader.close()
                else:
                    self._free.append(reader)

    def close(self) -> None:
        """Close all readers; those in use are closed when they are returned."""
        with self._lock:
            self._closed = True
            for reader in self._free:
                reader.close()
            self._free.clear()


def crs_to_pixels(file: RasterFile) -> Callable[[Points], Points]:
    """Return a function from x/y of the file's CRS to its (col, row), for one thread only."""
    if file.transform is not None:
        inverse = ~file.transform
        return lambda points: apply_affine(inverse, points)
    transformer = GCPTransformer(list(file.gcps))

    def transform(points: Points) -> Points:
        rows, cols = transformer.rowcol(points[0], points[1], op=np.positive)
        return np.asarray(cols, np.float64), np.asarray(rows, np.float64)

    return transform


def pixels_to_crs(file: RasterFile, points: Points) -> Points:
    """Return the x/y of (col, row) points in the file's CRS."""
    if file.transform is not None:
        return apply_affine(file.transform, points)
    xs, ys = GCPTransformer(list(file.gcps)).xy(points[1], points[0], offset="ul")
    return np.asarray(xs, np.float64), np.asarray(ys, np.float64)
