"""Resample one file to the working grid, at most once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from railmap.raster import kernels
from railmap.raster.files import RasterFile
from railmap.raster.georeference.transforms import Points, apply_affine, coordinate_transform
from railmap.raster.reader import Box, FileReader, crs_to_pixels, pixels_to_crs
from railmap.raster.types import Grid, PixelWindow

__all__ = ["FileSampler", "outline"]

# An overview may be coarser than the grid by this factor.
_COARSER = 1.05
# Positions within this distance of pixel centres over the whole raster (px) need no resampling.
_ALIGNED = 0.02
# Exact positions are computed every so many pixels of the grid and interpolated in between.
_NODE_STEP = 32
# Most source pixels decoded at a time; larger reads are split.
_MOST_PIXELS = 2**24

Sample = tuple[NDArray[Any], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells that the grid is resampled from: boxes of ``rows x cols`` pixels of a level.

    ``step_x`` and ``step_y`` are the size of a cell in pixels of the full image.
    """

    level: int
    rows: int
    cols: int
    step_x: float
    step_y: float
    height: int
    width: int


class FileSampler:
    """Resample windows of the grid from one file and its overviews.

    The coarsest overview that is not coarser than the grid is read, reduced by a whole factor
    with box means, then resampled once with an antialiased cubic kernel. Where no resampling is
    needed, pixels are copied unchanged.

    Parameters
    ----------
    file
        The file to read.
    grid
        The working grid.
    """

    def __init__(self, file: RasterFile, grid: Grid) -> None:
        self.file = file
        self.grid = grid
        self.extent = _extent(file, grid)
        self._affine = _axis_parallel(file, grid)
        ratio_x, ratio_y = self._ratios()
        self._cells = _choose_cells(file, ratio_x, ratio_y)
        self._scale_x = max(1.0, ratio_x / self._cells.step_x)
        self._scale_y = max(1.0, ratio_y / self._cells.step_y)
        self._shift = self._whole_shift()

    @property
    def level(self) -> int:
        """Level that is read: 0 is the full image, n its n-th overview."""
        return self._cells.level

    def position(self) -> Callable[[Points], Points]:
        """Return a function from (col, row) of the grid to the file's, for one thread only."""
        to_file = coordinate_transform(self.grid.crs, self.file.crs)
        to_pixels = crs_to_pixels(self.file)
        return lambda points: to_pixels(to_file(apply_affine(self.grid.transform, points)))

    def file_box(self, window: PixelWindow) -> Box | None:
        """Return the box of the full image under a window of the grid; None if disjoint."""
        cells = self._cells
        box = self._cell_box(*self._coordinates(window))
        if box is None:
            return None
        return (
            int(box[0] * cells.step_y),
            min(math.ceil(box[1] * cells.step_y), self.file.height),
            int(box[2] * cells.step_x),
            min(math.ceil(box[3] * cells.step_x), self.file.width),
        )

    def any_valid(self, reader: FileReader, window: PixelWindow) -> bool:
        """Return whether the window may have valid pixels; False only if it has none."""
        halves = self._halves(window)
        if halves is not None:
            return self.any_valid(reader, halves[0]) or self.any_valid(reader, halves[1])
        box = self._cell_box(*self._coordinates(window))
        return box is not None and bool(self._read_cells(reader, box)[1].any())

    def sample(self, reader: FileReader, window: PixelWindow) -> Sample:
        """Read a window of the grid.

        Returns
        -------
        tuple
            ``(1 or 3, rows, cols)`` uint8 or float32, and the ``(rows, cols)`` mask.
        """
        halves = self._halves(window)
        if halves is not None:
            parts = [self.sample(reader, half) for half in halves]
            axis = 0 if halves[0].height != window.height else 1
            return (
                np.concatenate([pixels for pixels, _ in parts], axis=axis + 1),
                np.concatenate([mask for _, mask in parts], axis=axis),
            )
        xs, ys = self._coordinates(window)
        box = self._cell_box(xs, ys)
        if box is None:
            bands = 3 if self.file.palette is not None else len(self.file.bands)
            empty = np.zeros((window.height, window.width), np.bool_)
            return np.zeros((bands, *empty.shape), np.uint8), empty
        pixels, mask = self._read_cells(reader, box)
        if self._shift is not None:
            return self._place(window, box, pixels, mask)
        resample = kernels.resample_axes if self._affine else kernels.resample_points
        result: Sample = resample(
            np.ascontiguousarray(pixels, np.float32),
            mask,
            xs - box[2],
            ys - box[0],
            self._scale_x,
            self._scale_y,
        )
        return result

    def _place(
        self, window: PixelWindow, box: Box, pixels: NDArray[Any], mask: NDArray[np.bool_]
    ) -> Sample:
        assert self._shift is not None
        if mask.shape == (window.height, window.width):
            return pixels, mask
        row = box[0] - (window.row + self._shift[0])
        col = box[2] - (window.col + self._shift[1])
        inside = (slice(row, row + mask.shape[0]), slice(col, col + mask.shape[1]))
        all_pixels = np.zeros((len(pixels), window.height, window.width), pixels.dtype)
        all_mask = np.zeros((window.height, window.width), np.bool_)
        all_pixels[:, *inside], all_mask[inside] = pixels, mask
        return all_pixels, all_mask

    def _ratios(self) -> tuple[float, float]:
        """Return the pixels of the file per pixel of the grid, along columns and along rows."""
        if self._affine:
            return abs(self._affine.a), abs(self._affine.e)
        centre = (np.array([self.file.width / 2]), np.array([self.file.height / 2]))
        to_grid = coordinate_transform(self.file.crs, self.grid.crs)
        xs, ys = to_grid(pixels_to_crs(self.file, centre))
        cols, rows = apply_affine(~self.grid.transform, (xs, ys))
        around = np.array([0.0, 1.0, 0.0])
        moved_cols, moved_rows = self.position()((cols + around, rows + around[[0, 2, 1]]))
        return (
            math.hypot(moved_cols[1] - moved_cols[0], moved_cols[2] - moved_cols[0]),
            math.hypot(moved_rows[1] - moved_rows[0], moved_rows[2] - moved_rows[0]),
        )

    def _whole_shift(self) -> tuple[int, int] | None:
        """Return the offset in rows and columns from grid to cells, if their pixels coincide."""
        if not self._affine:
            return None
        cells, affine = self._cells, self._affine
        shifts = []
        for step, start, size in (
            (affine.e / cells.step_y, affine.f / cells.step_y, self.grid.height),
            (affine.a / cells.step_x, affine.c / cells.step_x, self.grid.width),
        ):
            if abs(step - 1.0) * size > _ALIGNED or abs(start - round(start)) > _ALIGNED:
                return None
            shifts.append(round(start))
        return shifts[0], shifts[1]

    def _coordinates(self, window: PixelWindow) -> Points:
        """Return x and y in cells: per column and per row if axis-parallel, else per pixel."""
        cells = self._cells
        if self._affine:
            cols = _centres(window.col, window.width)
            rows = _centres(window.row, window.height)
            return (
                (cols * float(self._affine.a) + float(self._affine.c)) / cells.step_x,
                (rows * float(self._affine.e) + float(self._affine.f)) / cells.step_y,
            )
        row0, col0 = window.row // _NODE_STEP, window.col // _NODE_STEP
        row1 = (window.row + window.height) // _NODE_STEP + 2
        col1 = (window.col + window.width) // _NODE_STEP + 2
        node_rows, node_cols = np.meshgrid(
            np.arange(row0, row1) * float(_NODE_STEP),
            np.arange(col0, col1) * float(_NODE_STEP),
            indexing="ij",
        )
        shape = node_rows.shape
        xs, ys = self.position()((node_cols.ravel(), node_rows.ravel()))
        row_at = _centres(window.row, window.height) / _NODE_STEP - row0
        col_at = _centres(window.col, window.width) / _NODE_STEP - col0
        return (
            _interpolate(xs.reshape(shape) / cells.step_x, row_at, col_at),
            _interpolate(ys.reshape(shape) / cells.step_y, row_at, col_at),
        )

    def _cell_box(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Box | None:
        cells = self._cells
        x0, x1, y0, y1 = xs.min(), xs.max(), ys.min(), ys.max()
        if not (x1 >= 0 and y1 >= 0 and x0 < cells.width and y0 < cells.height):
            return None
        # Without resampling no neighbours are needed.
        margin_x = 0.0 if self._shift is not None else 2.0 * self._scale_x + 1.0
        margin_y = 0.0 if self._shift is not None else 2.0 * self._scale_y + 1.0
        return (
            max(0, math.floor(y0 - margin_y)),
            min(cells.height, math.floor(y1 + margin_y) + 1),
            max(0, math.floor(x0 - margin_x)),
            min(cells.width, math.floor(x1 + margin_x) + 1),
        )

    def _halves(self, window: PixelWindow) -> tuple[PixelWindow, PixelWindow] | None:
        """Split a window that covers too many pixels of the file."""
        cells = self._cells
        per_pixel = cells.rows * cells.cols * self._scale_x * self._scale_y
        if window.height * window.width * per_pixel <= _MOST_PIXELS or (
            window.height <= 64 and window.width <= 64
        ):
            return None
        row, col, height, width = window.row, window.col, window.height, window.width
        if height >= width:
            half = height // 2
            return (
                PixelWindow(row, col, half, width),
                PixelWindow(row + half, col, height - half, width),
            )
        half = width // 2
        return (
            PixelWindow(row, col, height, half),
            PixelWindow(row, col + half, height, width - half),
        )

    def _read_cells(self, reader: FileReader, box: Box) -> Sample:
        cells = self._cells
        width, height = self.file.levels[cells.level]
        level_box = (
            box[0] * cells.rows,
            min(box[1] * cells.rows, height),
            box[2] * cells.cols,
            min(box[3] * cells.cols, width),
        )
        pixels, mask = reader.read(cells.level, level_box)
        if cells.rows == 1 and cells.cols == 1:
            return pixels, mask
        result: Sample = kernels.box_mean(pixels, mask, cells.rows, cells.cols)
        return result


def outline(file: RasterFile, grid_crs: Any, points_per_side: int = 21) -> Points:
    """Return the x/y in another CRS of points along the file's edge, in order."""
    t = np.linspace(0.0, 1.0, points_per_side)[:-1]
    one, zero = np.ones_like(t), np.zeros_like(t)
    cols = np.concatenate([t, one, 1 - t, zero]) * file.width
    rows = np.concatenate([zero, t, one, 1 - t]) * file.height
    return coordinate_transform(file.crs, grid_crs)(pixels_to_crs(file, (cols, rows)))


def _extent(file: RasterFile, grid: Grid) -> PixelWindow:
    """Return the window of the grid around the file, with a margin of one pixel."""
    cols, rows = apply_affine(~grid.transform, outline(file, grid.crs))
    row, col = math.floor(rows.min()) - 1, math.floor(cols.min()) - 1
    return PixelWindow(row, col, math.ceil(rows.max()) + 1 - row, math.ceil(cols.max()) + 1 - col)


def _axis_parallel(file: RasterFile, grid: Grid) -> Affine | None:
    """Return the affine from grid pixels to file pixels if it only scales and shifts, else None."""
    if file.transform is None or file.crs != grid.crs:
        return None
    own, other = file.transform, grid.transform
    if own.b or own.d or own.a <= 0 or own.e >= 0:
        return None
    return Affine(
        other.a / own.a, 0.0, (other.c - own.c) / own.a,
        0.0, other.e / own.e, (other.f - own.f) / own.e,
    )  # fmt: skip


def _choose_cells(file: RasterFile, ratio_x: float, ratio_y: float) -> _Cells:
    level = 0
    for number, (width, height) in enumerate(file.levels):
        left_x, left_y = ratio_x * width / file.width, ratio_y * height / file.height
        if min(left_x, left_y) * _COARSER >= 1.0:
            level = number
    width, height = file.levels[level]
    cols = max(1, math.floor(ratio_x * width / file.width + 1e-3))
    rows = max(1, math.floor(ratio_y * height / file.height + 1e-3))
    return _Cells(
        level=level,
        rows=rows,
        cols=cols,
        step_x=file.width / width * cols,
        step_y=file.height / height * rows,
        height=-(-height // rows),
        width=-(-width // cols),
    )


def _centres(first: int, count: int) -> NDArray[np.float64]:
    return np.arange(first, first + count, dtype=np.float64) + 0.5


def _interpolate(
    nodes: NDArray[np.float64], row_at: NDArray[np.float64], col_at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate bilinearly between nodes; far outside where a node cannot be projected."""
    nodes = np.where(np.isfinite(nodes), nodes, -1e12)
    i, j = row_at.astype(np.int64), col_at.astype(np.int64)
    fi, fj = row_at - i, col_at - j
    across = nodes[:, j] * (1 - fj) + nodes[:, j + 1] * fj
    return np.asarray(across[i] * (1 - fi)[:, None] + across[i + 1] * fi[:, None])
