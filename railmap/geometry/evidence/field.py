"""Track probability sampled at points and across curves, in metres (both solvers)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array, left_normals
from railmap.tracing.types import CERTAIN, NO_DATA, ReadProbability

__all__ = ["FOUND", "NO_DATA_SIDE", "OFF_TRACK", "TOO_FAR", "ProbabilityField", "value_at"]

FOUND, NO_DATA_SIDE, TOO_FAR, OFF_TRACK = 0, 1, 2, 3
"""Status of one side of a cross-section: edge found, no data before it, none in reach, no track."""

_ALONG = 1.0  # sigma of the Gaussian average along the track, metres
_WINDOW = 600  # about how many pixels a side of the windows that are read


@numba.njit(cache=True, nogil=True, inline="always")
def value_at(img: NDArray[np.uint8], row: float, col: float) -> float:
    """Bilinear interpolation, 0-254; -1 where the nearest pixel has no data."""
    h, w = img.shape
    nr, nc = int(np.floor(row + 0.5)), int(np.floor(col + 0.5))
    if nr < 0 or nc < 0 or nr >= h or nc >= w or img[nr, nc] == NO_DATA:
        return -1.0
    r0, c0 = int(np.floor(row)), int(np.floor(col))
    total = 0.0
    mass = 0.0
    for dr in range(2):
        for dc in range(2):
            r, c = r0 + dr, c0 + dc
            if r < 0 or c < 0 or r >= h or c >= w or img[r, c] == NO_DATA:
                continue
            f = (1.0 - abs(row - r)) * (1.0 - abs(col - c))
            total += f * img[r, c]
            mass += f
    return total / mass if mass > 0 else -1.0


@numba.njit(cache=True, nogil=True)
def _values(img: NDArray[np.uint8], rows: Array, cols: Array, out: Array) -> None:
    for i in range(len(rows)):
        v = value_at(img, rows[i], cols[i])
        out[i] = v / CERTAIN if v >= 0 else np.nan


@numba.njit(cache=True, nogil=True)
def _straighten(
    img: NDArray[np.uint8],
    rows: Array,
    cols: Array,
    drow: Array,
    dcol: Array,
    step: float,
    out: NDArray[np.float32],
) -> None:
    """Sample across a curve: the middle column is on the curve, columns run from right to left."""
    half = out.shape[1] // 2
    for i in range(len(rows)):
        for k in range(-half, half + 1):
            d = k * step
            out[i, half + k] = value_at(img, rows[i] + d * drow[i], cols[i] + d * dcol[i])


@numba.njit(cache=True, nogil=True)
def _edges(
    profile: NDArray[np.float32],
    kernel: Array,
    level: float,
    distance: Array,
    status: NDArray[np.uint8],
) -> None:
    """Distance to the first value below `level` on both sides, in steps.

    The samples are averaged along the curve with `kernel`.
    """
    n, m = profile.shape
    half = m // 2
    reach = len(kernel) // 2
    row = np.empty(m)
    for i in range(n):
        for k in range(m):
            if profile[i, k] < 0:
                row[k] = -1.0
                continue
            total = 0.0
            mass = 0.0
            for j in range(max(i - reach, 0), min(i + reach + 1, n)):
                if profile[j, k] >= 0:
                    total += kernel[j - i + reach] * profile[j, k]
                    mass += kernel[j - i + reach]
            row[k] = total / mass
        for side in range(2):
            sign = 1 if side == 0 else -1
            before = row[half]
            if before < level:
                status[i, side] = NO_DATA_SIDE if before < 0 else OFF_TRACK
                continue
            status[i, side] = TOO_FAR
            for k in range(1, half + 1):
                v = row[half + sign * k]
                if v < 0:
                    status[i, side] = NO_DATA_SIDE
                    distance[i, side] = k - 1
                    break
                if v < level:
                    distance[i, side] = k - 1 + (before - level) / (before - v)
                    status[i, side] = FOUND
                    break
                before = v


class ProbabilityField:
    """Probability in grid metres: x to the right, y upwards, origin at the upper left corner.

    The centre of pixel (row, col) is at ``((col + 0.5) * gsd, -(row + 0.5) * gsd)``.

    Parameters
    ----------
    read
        Reads a window of the raster; only called for windows inside it.
    gsd
        Ground sampling distance, metres.
    height, width
        Size of the raster in pixels.
    threshold
        Probability (0-1) at the edge of the track band.

    Attributes
    ----------
    threshold
        As above.
    level
        The same as a raster value, 0-254.
    """

    def __init__(
        self, read: ReadProbability, gsd: float, height: int, width: int, threshold: float = 0.5
    ) -> None:
        self._read = read
        self.gsd = gsd
        self.height, self.width = height, width
        self.level = threshold * float(CERTAIN)
        self.threshold = self.level / CERTAIN

    def pixels(self, xy: Array) -> tuple[Array, Array]:
        """Rows and columns of points, whole numbers at pixel centres, each ``(n,)``."""
        return -xy[:, 1] / self.gsd - 0.5, xy[:, 0] / self.gsd - 0.5

    def inside(self, xy: Array) -> NDArray[np.bool_]:
        """Whether points are on the raster, ``(n,)``."""
        x, y = xy[:, 0], -xy[:, 1]
        return (x >= 0) & (y >= 0) & (x <= self.width * self.gsd) & (y <= self.height * self.gsd)

    def window(self, low: Array, high: Array) -> tuple[NDArray[np.uint8], int, int]:
        """Read the pixels of a box.

        Parameters
        ----------
        low, high
            ``(2,)`` lower left and upper right corner, metres.

        Returns
        -------
        values
            ``(rows, cols)`` uint8; one pixel of no data if the box is off the raster.
        row, col
            Position of the first pixel in the raster.
        """
        row0 = max(int(np.floor(-high[1] / self.gsd)) - 1, 0)
        col0 = max(int(np.floor(low[0] / self.gsd)) - 1, 0)
        row1 = min(int(np.ceil(-low[1] / self.gsd)) + 1, self.height)
        col1 = min(int(np.ceil(high[0] / self.gsd)) + 1, self.width)
        if row1 <= row0 or col1 <= col0:
            return np.full((1, 1), NO_DATA, np.uint8), row0, col0
        return self._read(row0, col0, row1 - row0, col1 - col0), row0, col0

    def _chunks(self, xy: Array) -> list[slice]:
        """Slices of consecutive points that fit in windows of about 600 px."""
        n = len(xy)
        if n == 0:
            return []
        step = float(np.max(np.abs(np.diff(xy, axis=0)))) if n > 1 else 1.0
        size = max(int(_WINDOW * self.gsd / max(step, 1e-6)), 16)
        return [slice(i, min(i + size, n)) for i in range(0, n, size)]

    def values(self, xy: Array) -> Array:
        """Probability at points.

        Parameters
        ----------
        xy
            ``(n, 2)`` metres.

        Returns
        -------
        ndarray
            ``(n,)`` 0-1, bilinear; NaN without data.
        """
        out = np.full(len(xy), np.nan)
        for part in self._chunks(xy):
            img, row0, col0 = self.window(xy[part].min(0), xy[part].max(0))
            rows, cols = self.pixels(xy[part])
            _values(img, rows - row0, cols - col0, out[part])
        return out

    def band_edges(
        self, xy: Array, reach: float, level: float | None = None
    ) -> tuple[Array, NDArray[np.uint8]]:
        """Distance from each point to the left and the right edge of the band.

        Parameters
        ----------
        xy
            ``(n, 2)`` points along a curve, metres.
        reach
            Largest distance searched, metres.
        level
            Raster value at the edge, 0-254; None takes the threshold.

        Returns
        -------
        distance
            ``(n, 2)`` metres, NaN without an edge; with status `NO_DATA_SIDE`, the distance to
            the no data.
        status
            ``(n, 2)`` uint8: `FOUND`, `NO_DATA_SIDE`, `TOO_FAR` (none within reach) or
            `OFF_TRACK` (the point itself is below the level).
        """
        distance = np.full((len(xy), 2), np.nan)
        status = np.zeros((len(xy), 2), np.uint8)
        normal = left_normals(xy)
        limit = self.level if level is None else level
        half = int(np.ceil(reach / (0.5 * self.gsd)))
        step = float(np.median(np.hypot(*np.diff(xy, axis=0).T))) if len(xy) > 1 else 1.0
        spread = int(np.ceil(2.5 * _ALONG / max(step, 1e-3)))
        kernel = np.exp(-0.5 * (np.arange(-spread, spread + 1) * step / _ALONG) ** 2)
        for part in self._chunks(xy):
            wide = slice(max(part.start - spread, 0), min(part.stop + spread, len(xy)))
            box = xy[wide]
            img, row0, col0 = self.window(box.min(0) - reach, box.max(0) + reach)
            rows, cols = self.pixels(box)
            across = np.empty((len(box), 2 * half + 1), np.float32)
            _straighten(
                img, rows - row0, cols - col0, -normal[wide, 1], normal[wide, 0], 0.5, across
            )
            d, s = np.full((len(box), 2), np.nan), np.zeros((len(box), 2), np.uint8)
            _edges(across, kernel, limit, d, s)
            inner = slice(part.start - wide.start, part.stop - wide.start)
            distance[part], status[part] = d[inner], s[inner]
        return distance * (0.5 * self.gsd), status
