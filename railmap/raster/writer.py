"""Write a track probability raster tile by tile; the file appears only when it is complete."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from railmap.errors import OutputError, UsageError
from railmap.files.output import atomic_output
from railmap.files.written import check_raster
from railmap.raster.types import Grid

__all__ = ["BAND_NAME", "NO_DATA", "ProbabilityWriter"]

NO_DATA = 255
BAND_NAME = "track probability"


class ProbabilityWriter:
    """A tiled, compressed GeoTIFF of uint8 track probability: 0-254 = p * 254, 255 = no data.

    Use it in a ``with`` statement: the file appears under its name when the block ends without
    an error, and not at all otherwise. Tiles that are never written take no space and are read
    as no data. Several threads may write at the same time; writes aligned with the tile grid
    are compressed only once.

    Parameters
    ----------
    path
        The file to write.
    grid
        Its CRS, transform and size.
    overwrite
        Whether it may replace an existing file.
    tile
        Side of a tile in pixels, a multiple of 16.
    tags
        Metadata kept in the file.
    inputs
        Files that must not be overwritten.

    Raises
    ------
    OutputError
        If the file exists, cannot be written, or the disk is full.
    UsageError
        If `tile` is not a multiple of 16.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        grid: Grid,
        *,
        overwrite: bool = False,
        tile: int = 512,
        tags: Mapping[str, str] | None = None,
        inputs: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        if tile < 16 or tile % 16:
            raise UsageError(f"the tile side must be a multiple of 16, not {tile}")
        self.path = Path(path)
        self.grid = grid
        self.tile = tile
        self._tags = dict(tags or {})
        self._overwrite = overwrite
        self._inputs = tuple(inputs)
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._partial = self.path
        self._filled: set[tuple[int, int]] = set()
        self._dataset: Any = None
        self.completed: Callable[[Path], None] | None = None
        """Called with the complete file, just before it takes its name."""

    def __enter__(self) -> ProbabilityWriter:
        with ExitStack() as stack:
            self._partial = stack.enter_context(
                atomic_output(self.path, overwrite=self._overwrite, inputs=self._inputs)
            )
            stack.enter_context(rasterio.Env())
            try:
                self._dataset = rasterio.open(
                    self._partial,
                    "w",
                    driver="GTiff",
                    width=self.grid.width,
                    height=self.grid.height,
                    count=1,
                    dtype="uint8",
                    crs=self.grid.crs,
                    transform=self.grid.transform,
                    nodata=NO_DATA,
                    tiled=True,
                    blockxsize=self.tile,
                    blockysize=self.tile,
                    compress="deflate",
                    zlevel=1,
                    predictor=1,
                    BIGTIFF="IF_SAFER",
                    SPARSE_OK=True,
                )
                self._dataset.update_tags(**self._tags)
                self._dataset.set_band_description(1, BAND_NAME)
            except (RasterioError, OSError) as error:
                raise self._failed(error) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._close(check=error is None)
        except OutputError as failure:
            if not self._stack.__exit__(type(failure), failure, failure.__traceback__):
                raise
        else:
            self._stack.__exit__(kind, error, trace)

    def write(self, row: int, col: int, values: NDArray[np.uint8]) -> None:
        """Write ``(rows, cols)`` uint8 values, the first of them at (`row`, `col`).

        Raises
        ------
        OutputError
            If the disk is full or the folder no longer exists.
        ValueError
            If the values are not uint8 or extend beyond the grid.
        """
        height, width = values.shape
        if values.dtype != np.uint8:
            raise ValueError(f"probabilities must be uint8, not {values.dtype}")
        if row < 0 or col < 0 or row + height > self.grid.height or col + width > self.grid.width:
            raise ValueError(f"{height} x {width} values at ({row}, {col}) extend beyond the grid")
        tile = self.tile
        for y in range(row // tile, -(-(row + height) // tile)):
            for x in range(col // tile, -(-(col + width) // tile)):
                part = values[
                    max(0, y * tile - row) : (y + 1) * tile - row,
                    max(0, x * tile - col) : (x + 1) * tile - col,
                ]
                if (part != NO_DATA).any():
                    self._filled.add((y, x))
        try:
            with self._lock, rasterio.Env():
                self._dataset.write(values, 1, window=Window(col, row, width, height))
        except (RasterioError, OSError) as error:
            raise self._failed(error) from error

    def _close(self, check: bool) -> None:
        dataset, self._dataset = self._dataset, None
        if dataset is None:
            return
        try:
            dataset.close()
            if check:
                check_raster(self._partial, self._filled)
                if self.completed is not None:
                    self.completed(self._partial)
        except OutputError as error:
            raise OutputError(str(error).replace(str(self._partial), str(self.path))) from error
        except (RasterioError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> OutputError:
        reason = " ".join(str(error.__cause__ or error).split())
        return OutputError(f"{self.path}: cannot be written; check the free disk space ({reason})")
