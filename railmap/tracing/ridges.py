"""Find the ridges of a track probability: long, straight over a few metres, lower on both sides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["ReadProbability", "ridge_reader"]

ReadProbability = Callable[[int, int, int, int], NDArray[np.uint8]]

_TOP, _NODATA = 254, 255
_DIRECTIONS = 20
_CELL = 2  # pixels; the tent is smooth, so a quarter of the pixels says as much


def _stencil(length: float, aside: float) -> NDArray[np.int32]:
    """Offsets ``(directions, 3 lines, samples, row/col)`` in cells: centre, left and right."""
    angle = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    along = np.stack([np.sin(angle), np.cos(angle)], 1)
    across = np.stack([along[:, 1], -along[:, 0]], 1)
    samples = 2 * max(2, round(length / 4)) + 1
    step = np.linspace(-length / 2, length / 2, samples)
    line = along[:, None, None, :] * step[:, None]
    side = across[:, None, None, :] * np.array([0.0, -aside, aside])[:, None, None]
    return np.rint(line + side).astype(np.int32)


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _mean(
    cells: NDArray[np.uint8], row: int, col: int, line: NDArray[np.int32]
) -> tuple[float, int]:
    """Mean of the valid cells on a line, and their number."""
    total = 0
    count = 0
    for i in range(line.shape[0]):
        value = cells[row + line[i, 0], col + line[i, 1]]
        if value != 255:
            total += value
            count += 1
    return total / max(count, 1), count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ridges(
    cells: NDArray[np.uint8],
    margin: int,
    stencil: NDArray[np.int32],
    level: float,
    contrast: float,
    out: NDArray[np.uint8],
) -> None:
    """Write 127 where a cell lies on a ridge; `cells` reaches `margin` past `out` all round."""
    rows, cols = out.shape
    directions, _, samples, _ = stencil.shape
    for row in range(rows):
        for col in range(cols):
            here = cells[row + margin, col + margin]
            if here == 255 or here < 0.5 * level:
                continue
            best = level  # the direction in which the piece through the cell is surest
            way = -1
            for k in range(directions):
                mean, count = _mean(cells, row + margin, col + margin, stencil[k, 0])
                if mean >= best and count * 2 >= samples:
                    best, way = mean, k
            if way < 0:
                continue
            sides = 0.0
            lower = True
            for line in range(1, 3):
                mean, count = _mean(cells, row + margin, col + margin, stencil[way, line])
                if count * 2 < samples:
                    mean = best  # past the data's edge: says nothing for a ridge
                sides += mean
                lower &= mean <= best + 0.5 * contrast  # a turnout's other leg may lie there
            if lower and best - 0.5 * sides >= contrast:
                out[row, col] = 127


def ridge_reader(
    read: ReadProbability,
    width: int,
    height: int,
    *,
    length: float,
    aside: float,
    threshold: float,
    contrast: float,
) -> ReadProbability:
    """Turn a reader of probability into one of ridges, to be traced at 0.5.

    Of 20 directions a pixel takes the one in which a straight piece through it has the highest
    mean probability. It is on a ridge where that is at least `threshold`, and by `contrast` more
    than the mean of the parallel pieces on both sides. Rails can't bend within a few metres, so
    this bridges doubtful spots and drops blobs and evenly doubtful ground; the valley between
    two tracks is never on a ridge. The rule is local, anchored to the raster, and uses whole
    numbers, so the result doesn't depend on the windows that are read.

    Parameters
    ----------
    read
        ``read(row, col, height, width)`` gives uint8: probability 0-254, 255 = no data.
    width, height
        Size of the raster in pixels.
    length, aside
        Length of the pieces, and distance of the side ones, in pixels.
    threshold, contrast
        Probabilities, 0-1.

    Returns
    -------
    ReadProbability
        Same arguments and dtype; at least 127 where there is a ridge, 255 = no data.
    """
    stencil = _stencil(length / _CELL, aside / _CELL)
    margin = int(np.abs(stencil).max())
    level, step = threshold * _TOP, contrast * _TOP

    def ridges(row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        first = row // _CELL, col // _CELL
        past = -(-(row + rows) // _CELL), -(-(col + cols) // _CELL)
        cells = np.full(
            (past[0] - first[0] + 2 * margin, past[1] - first[1] + 2 * margin), _NODATA, np.uint8
        )
        top, left = (first[0] - margin) * _CELL, (first[1] - margin) * _CELL
        bottom, right = top + cells.shape[0] * _CELL, left + cells.shape[1] * _CELL
        r0, c0, r1, c1 = max(0, top), max(0, left), min(height, bottom), min(width, right)
        patch = read(r0, c0, r1 - r0, c1 - c0)
        inner = patch[row - r0 : row - r0 + rows, col - c0 : col - c0 + cols]
        if not (patch[patch != _NODATA] >= level).any():
            return np.where(inner == _NODATA, _NODATA, 0).astype(np.uint8)
        seen = patch[::_CELL, ::_CELL]
        at = (r0 - top) // _CELL, (c0 - left) // _CELL
        cells[at[0] : at[0] + seen.shape[0], at[1] : at[1] + seen.shape[1]] = seen
        found = np.zeros((past[0] - first[0], past[1] - first[1]), np.uint8)
        _ridges(cells, margin, stencil, level, step, found)
        full = np.repeat(np.repeat(found, _CELL, 0), _CELL, 1)
        skip = row - first[0] * _CELL, col - first[1] * _CELL
        full = full[skip[0] : skip[0] + rows, skip[1] : skip[1] + cols]
        return np.where(inner == _NODATA, _NODATA, full).astype(np.uint8)

    return ridges
