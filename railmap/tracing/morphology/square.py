"""Erosion and dilation of packed masks by a square."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["and_right", "dilate", "erode", "or_left"]

Words = NDArray[np.uint64]


@njit(nogil=True, cache=True)
def and_right(words: Words, step: int) -> None:
    """Keep a pixel, in place, if the one `step` pixels to its right is set."""
    q = step >> 6
    b = np.uint64(step & 63)
    c = np.uint64(64) - b
    n = words.shape[1]
    for y in range(words.shape[0]):
        row = words[y]
        if b == 0:
            for k in range(n - q):
                row[k] &= row[k + q]
        else:
            for k in range(n - q - 1):
                row[k] &= (row[k + q] >> b) | (row[k + q + 1] << c)
            if n > q:
                row[n - q - 1] &= row[n - 1] >> b
        for k in range(max(0, n - q), n):
            row[k] = 0


@njit(nogil=True, cache=True)
def or_left(words: Words, step: int) -> None:
    """Set, in place, the pixel `step` pixels to the right of every set pixel."""
    q = step >> 6
    b = np.uint64(step & 63)
    c = np.uint64(64) - b
    n = words.shape[1]
    for y in range(words.shape[0]):
        row = words[y]
        if b == 0:
            for k in range(n - 1, q - 1, -1):
                row[k] |= row[k - q]
        else:
            for k in range(n - 1, q, -1):
                row[k] |= (row[k - q] << b) | (row[k - q - 1] >> c)
            if n > q:
                row[q] |= row[0] << b


@njit(nogil=True, cache=True)
def erode(words: Words, size: int) -> None:
    """Keep a pixel, in place, if the square of `size` pixels down and right of it is set."""
    rows, n = words.shape
    done = 1
    while done < size:  # a window of n is the AND of two windows of n / 2
        step = min(done, size - done)
        and_right(words, step)
        for y in range(rows - step):
            for k in range(n):
                words[y, k] &= words[y + step, k]
        for y in range(max(0, rows - step), rows):
            for k in range(n):
                words[y, k] = 0
        done += step


@njit(nogil=True, cache=True)
def dilate(words: Words, size: int) -> None:
    """Set, in place, the square of `size` pixels down and right of every set pixel.

    After `erode` with the same size this is an opening, before it a closing: the shifts cancel.
    """
    rows, n = words.shape
    done = 1
    while done < size:
        step = min(done, size - done)
        or_left(words, step)
        for y in range(rows - 1, step - 1, -1):
            for k in range(n):
                words[y, k] |= words[y - step, k]
        done += step
