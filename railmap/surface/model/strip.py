"""Upright strip of a rail head, the input of the defect network, and back to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from railmap.models.defects import HEAD_WIDTH, STRIP_WIDTH
from railmap.surface.model.rail_head import RailHead

__all__ = ["StripGrid", "head_grid", "strip_channels", "strip_grid"]


@dataclass(frozen=True)
class StripGrid:
    """Grid of a strip: (r, c) is at row ``r·scale``, column ``start[r] + c·scale`` of the image.

    Parameters
    ----------
    scale
        Image pixels per pixel of the strip.
    start
        ``(rows,)`` float64: image column of the strip's left border in every row.
    shape
        Rows and columns of the image.
    columns
        Of the strip.
    """

    scale: float
    start: NDArray[np.float64]
    shape: tuple[int, int]
    columns: int = STRIP_WIDTH

    def cut(self, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resample the image to the strip, by area average.

        Parameters
        ----------
        grey
            ``(H, W)`` uint8.

        Returns
        -------
        NDArray
            ``(rows, columns)`` uint8; 0 outside the image.
        """
        return np.asarray(_cut(grey, self.start, self.scale, self.columns))

    def to_image(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resample values on the strip to the image, bilinear.

        Parameters
        ----------
        values
            ``(rows / k, columns / k)`` float32 for any k: the grid of the strip or a coarser
            one.

        Returns
        -------
        NDArray
            ``(H, W)`` float32; 0 outside the strip.
        """
        height, width = self.shape
        step = self.columns / values.shape[1]
        values = np.ascontiguousarray(values, np.float32)
        return np.asarray(
            _to_image(values, self.start, self.scale, step, height, width, self.columns)
        )

    def labels_to_image(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resample labels on the strip to the image, nearest neighbour.

        Parameters
        ----------
        labels
            ``(rows / k, columns / k)`` uint8 for any k.

        Returns
        -------
        NDArray
            ``(H, W)`` uint8; 0 outside the strip.
        """
        height, width = self.shape
        step = self.columns / labels.shape[1]
        rows = np.asarray((np.arange(height) + 0.5) / self.scale, np.float64)
        start = self.start[np.minimum(rows.astype(int), len(self.start) - 1)]
        out = np.zeros(self.shape, np.uint8)
        used = np.any(labels, axis=1)
        for y in np.flatnonzero(np.take(used, _cells(rows, step, len(labels)))):
            columns = np.floor((np.arange(width) + 0.5 - start[y]) / (self.scale * step))
            inside = np.flatnonzero((columns >= 0) & (columns < labels.shape[1]))
            line = labels[min(int(rows[y] / step), len(labels) - 1)]
            out[y, inside] = line[columns[inside].astype(int)]
        return out


def _cells(rows: NDArray[np.float64], step: float, count: int) -> NDArray[np.intp]:
    return np.minimum((rows / step).astype(np.intp), count - 1)


def strip_grid(head: RailHead, shape: tuple[int, int], zoom: float = 1.0) -> StripGrid:
    """Choose the strip of a rail head.

    The scale changes in steps of 2, so that the uncertain edges of a dark flank do not change the
    apparent size of a defect; the strip follows the centre of the head, not its edges.

    Parameters
    ----------
    head
        Rail head found in the image.
    shape
        Rows and columns of the image.
    zoom
        Enlargement; the strip shows less of the surroundings by this factor.
    """
    # lit ballast makes a head look wider, nothing makes it look narrower
    width = float(np.percentile(head.right - head.left, 25))
    scale = float(2.0 ** round(np.log2(max(width, 8.0) / HEAD_WIDTH)) / zoom)
    return _along(head, shape, scale, STRIP_WIDTH)


def head_grid(head: RailHead, shape: tuple[int, int], columns: int) -> StripGrid:
    """Choose the strip that shows nothing but the head, as those of RSDDs.

    Parameters
    ----------
    head
        Rail head found in the image.
    shape
        Rows and columns of the image.
    columns
        Of the strip; the head fills them, whatever its width in the image.
    """
    return _along(head, shape, head.width / columns, columns)


def _along(head: RailHead, shape: tuple[int, int], scale: float, columns: int) -> StripGrid:
    rows = max(1, int(np.ceil(shape[0] / scale)))
    at = np.clip((np.arange(rows) + 0.5) * scale - 0.5, 0, shape[0] - 1)
    middle = np.interp(at, np.arange(shape[0]), head.centre)
    return StripGrid(scale, middle - scale * columns / 2, shape, columns)


def strip_channels(strip: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the input channels of the network from a strip.

    The first channel is the square root of grey over the strip's 99th percentile, which keeps
    detail in the dark flank; the second is grey over the median of its column, in which running
    band and flank look alike and only interruptions stand out.

    Parameters
    ----------
    strip
        ``(rows, columns)`` uint8 or float32 grey.

    Returns
    -------
    NDArray
        ``(2, rows, columns)`` float32.
    """
    grey = np.asarray(strip, np.float32)
    bright = max(float(np.percentile(grey[::4, ::2], 99)), 8.0)
    median = ndimage.gaussian_filter1d(np.median(grey[::3], axis=0), 2.0)
    first = np.sqrt(grey / bright) * 1.5 - 0.8
    second = np.clip(grey / (median + 0.04 * bright), 0, 3) - 0.9
    return np.stack([first, second]).astype(np.float32)


@njit(cache=True, nogil=True)
def _cut(
    grey: NDArray[np.uint8], start: NDArray[np.float64], scale: float, width: int
) -> NDArray[np.uint8]:
    """Average over each cell, from cumulative sums along the rows; 0 outside the image."""
    height, columns = grey.shape
    rows = len(start)
    out = np.zeros((rows, width), np.uint8)
    line = np.zeros(columns + 1)
    for r in range(rows):
        low, high = r * scale, min((r + 1) * scale, float(height))
        sums = np.zeros(columns)
        total = 0.0
        for y in range(int(low), min(int(np.ceil(high)), height)):
            share = min(high, y + 1.0) - max(low, float(y))
            if share <= 1e-9:
                continue
            total += share
            for x in range(columns):
                sums[x] += share * grey[y, x]
        if total <= 0:
            continue
        for x in range(columns):
            line[x + 1] = line[x] + sums[x] / total
        before = _interpolate(line, start[r])
        for c in range(width):
            after = _interpolate(line, start[r] + (c + 1) * scale)
            out[r, c] = np.uint8(min(255.0, (after - before) / scale + 0.5))
            before = after
    return out


@njit(cache=True, nogil=True)
def _interpolate(line: NDArray[np.float64], x: float) -> float:
    if x <= 0:
        return 0.0
    last = len(line) - 1
    if x >= last:
        return float(line[last])
    i = int(x)
    return float(line[i] + (x - i) * (line[i + 1] - line[i]))


@njit(cache=True, nogil=True)
def _to_image(
    values: NDArray[np.float32],
    start: NDArray[np.float64],
    scale: float,
    step: float,
    height: int,
    width: int,
    strip: int,
) -> NDArray[np.float32]:
    out = np.zeros((height, width), np.float32)
    rows, columns = values.shape
    for y in range(height):
        r = (y + 0.5) / scale
        begin = start[min(int(r), len(start) - 1)]
        v = min(max(r / step - 0.5, 0.0), rows - 1.0)
        v0 = int(v)
        v1 = min(v0 + 1, rows - 1)
        fv = v - v0
        for x in range(max(0, int(begin)), min(width, int(begin + strip * scale) + 1)):
            c = (x + 0.5 - begin) / scale
            if c < 0 or c >= strip:
                continue
            u = min(max(c / step - 0.5, 0.0), columns - 1.0)
            u0 = int(u)
            u1 = min(u0 + 1, columns - 1)
            fu = u - u0
            top = values[v0, u0] * (1 - fu) + values[v0, u1] * fu
            base = values[v1, u0] * (1 - fu) + values[v1, u1] * fu
            out[y, x] = top * (1 - fv) + base * fv
    return out
