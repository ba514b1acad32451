"""Erosion and dilation of packed masks by a disc, as runs of pixels along its rows."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing._bits import shift_left
from railmap.tracing.morphology.square import and_right, or_left

__all__ = ["dilate_disc", "erode_disc"]

Words = NDArray[np.uint64]


@njit(nogil=True, cache=True)
def _half(radius: int, row: int) -> int:
    """Pixels of the disc on either side of its axis, `row` rows from its centre."""
    half = 0
    while (half + 1) * (half + 1) + row * row <= radius * radius:
        half += 1
    return half


@njit(nogil=True, cache=True)
def _shift_right(words: Words, step: int) -> None:
    q = step >> 6
    b = np.uint64(step & 63)
    n = words.shape[1]
    for y in range(words.shape[0]):
        for k in range(n - 1, -1, -1):
            high = words[y, k - q] if k >= q else np.uint64(0)
            low = words[y, k - q - 1] if k > q else np.uint64(0)
            if b == 0:
                words[y, k] = high
            else:
                words[y, k] = (high << b) | (low >> (np.uint64(64) - b))


@njit(nogil=True, cache=True)
def erode_disc(words: Words, radius: int) -> None:
    """Keep a pixel, in place, if the disc whose bounding square begins at it is set.

    Parameters
    ----------
    words
        Packed mask.
    radius
        Radius, px: the disc has the pixels at most this far from its centre.
    """
    rows, n = words.shape
    kept = ~np.zeros_like(words)
    for row in range(radius + 1):
        half = _half(radius, row)
        run = words.copy()
        done = 1
        while done < 2 * half + 1:
            step = min(done, 2 * half + 1 - done)
            and_right(run, step)
            done += step
        shift_left(run, radius - half)
        for side in range(1 if row == 0 else 2):
            down = radius + row if side == 0 else radius - row
            for y in range(rows):
                for k in range(n):
                    kept[y, k] &= run[y + down, k] if y + down < rows else np.uint64(0)
    words[:] = kept


@njit(nogil=True, cache=True)
def dilate_disc(words: Words, radius: int) -> None:
    """Set, in place, the disc whose bounding square begins at every set pixel.

    After `erode_disc` with the same radius this is an opening, before it a closing: the shifts
    cancel.

    Parameters
    ----------
    words
        Packed mask.
    radius
        As for `erode_disc`.
    """
    rows, n = words.shape
    grown = np.zeros_like(words)
    for row in range(radius + 1):
        half = _half(radius, row)
        run = words.copy()
        done = 1
        while done < 2 * half + 1:
            step = min(done, 2 * half + 1 - done)
            or_left(run, step)
            done += step
        _shift_right(run, radius - half)
        for side in range(1 if row == 0 else 2):
            down = radius + row if side == 0 else radius - row
            for y in range(rows - down):
                for k in range(n):
                    grown[y + down, k] |= run[y, k]
    words[:] = grown
