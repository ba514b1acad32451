"""Find the ridges of a tent: straight over a few metres, and lower on both sides."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing.types import CERTAIN, NO_DATA, ReadProbability

__all__ = ["ridge_reader"]

_RIDGE = 127  # value of a ridge pixel: traced at a threshold of 0.5
_DIRECTIONS = 20
_CELL = 2  # a tent is smooth, so one pixel of 2 x 2 is enough


def _stencil(length: float, aside: float) -> NDArray[np.int32]:
    """Offsets ``(directions, 3, samples, 2)`` in cells, row and column: centre, left, right."""
    angle = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    along = np.stack([np.sin(angle), np.cos(angle)], 1)
    across = np.stack([along[:, 1], -along[:, 0]], 1)
    samples = 2 * max(2, round(length / 4)) + 1
    step = np.linspace(-length / 2, length / 2, samples)
    line = along[:, None, None, :] * step[:, None]
    side = across[:, None, None, :] * np.array([0.0, -aside, aside])[:, None, None]
    return np.asarray(np.rint(line + side).astype(np.int32))


@njit(cache=True, nogil=True, inline="always")
def _mean(
    cells: NDArray[np.uint8], row: int, col: int, line: NDArray[np.int32]
) -> tuple[float, int]:
    """Mean of the valid cells on a line, and their number."""
    total = 0
    count = 0
    for i in range(line.shape[0]):
        value = cells[row + line[i, 0], col + line[i, 1]]
        if value != NO_DATA:
            total += value
            count += 1
    return total / max(count, 1), count


@njit(cache=True, nogil=True)
def _ridges(
    cells: NDArray[np.uint8],
    margin: int,
    stencil: NDArray[np.int32],
    level: float,
    contrast: float,
    out: NDArray[np.uint8],
) -> None:
    """Write 127 where a cell is on a ridge; `cells` extends `margin` past `out` on all sides."""
    rows, cols = out.shape
    directions, _, samples, _ = stencil.shape
    for row in range(rows):
        for col in range(cols):
            here = cells[row + margin, col + margin]
            if here == NO_DATA or here < 0.5 * level:
                continue
            best = level  # highest mean of a straight piece through the cell
            direction = -1
            for k in range(directions):
                mean, count = _mean(cells, row + margin, col + margin, stencil[k, 0])
                if mean >= best and count * 2 >= samples:
                    best, direction = mean, k
            if direction < 0:
                continue
            sides = 0.0
            lower = True
            for line in range(1, 3):
                mean, count = _mean(cells, row + margin, col + margin, stencil[direction, line])
                if count * 2 < samples:
                    mean = best  # outside the data: no evidence for a ridge
                sides += mean
                lower &= mean <= best + 0.5 * contrast  # the other leg of a turnout may be there
            if lower and best - 0.5 * sides >= contrast:
                out[row, col] = _RIDGE


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
    """Convert a reader of probability to a reader of ridges, to be traced at a threshold of 0.5.

    For each pixel, the straight piece through it with the highest mean probability is selected
    from 20 directions. The pixel is on a ridge if that mean is at least `threshold`, and exceeds
    the mean of the parallel pieces on both sides by `contrast`. Track is straight over a few
    metres, so this bridges spots of low probability, and rejects blobs and uniform areas; the
    valley between two tracks is never on a ridge. The rule is local, anchored to the raster, and
    uses integers, so the result does not depend on the windows that are read.

    Parameters
    ----------
    read
        Reader of the probability.
    width, height
        Size of the raster, px.
    length
        Length of the pieces, px.
    aside
        Distance of the parallel pieces, px.
    threshold, contrast
        Probabilities, 0-1.

    Returns
    -------
    ReadProbability
        127 on ridges, 0 elsewhere, 255 for no data.
    """
    stencil = _stencil(length / _CELL, aside / _CELL)
    margin = int(np.abs(stencil).max())
    level, step = threshold * CERTAIN, contrast * CERTAIN

    def ridges(row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        first = row // _CELL, col // _CELL
        past = -(-(row + rows) // _CELL), -(-(col + cols) // _CELL)
        cells = np.full(
            (past[0] - first[0] + 2 * margin, past[1] - first[1] + 2 * margin), NO_DATA, np.uint8
        )
        top, left = (first[0] - margin) * _CELL, (first[1] - margin) * _CELL
        bottom, right = top + cells.shape[0] * _CELL, left + cells.shape[1] * _CELL
        r0, c0, r1, c1 = max(0, top), max(0, left), min(height, bottom), min(width, right)
        patch = read(r0, c0, r1 - r0, c1 - c0)
        inner = patch[row - r0 : row - r0 + rows, col - c0 : col - c0 + cols]
        if not (patch[patch != NO_DATA] >= level).any():
            return np.where(inner == NO_DATA, NO_DATA, 0).astype(np.uint8)
        seen = patch[::_CELL, ::_CELL]
        at = (r0 - top) // _CELL, (c0 - left) // _CELL
        cells[at[0] : at[0] + seen.shape[0], at[1] : at[1] + seen.shape[1]] = seen
        found = np.zeros((past[0] - first[0], past[1] - first[1]), np.uint8)
        _ridges(cells, margin, stencil, level, step, found)
        full = np.repeat(np.repeat(found, _CELL, 0), _CELL, 1)
        skip = row - first[0] * _CELL, col - first[1] * _CELL
        full = full[skip[0] : skip[0] + rows, skip[1] : skip[1] + cols]
        return np.where(inner == NO_DATA, NO_DATA, full).astype(np.uint8)

    return ridges
