"""Runs of equal pixels along the rows of a packed mask (run-length encoding)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing._bits import count_ones, trailing_zeros

__all__ = ["fill_run", "find_runs"]

Words = NDArray[np.uint64]
Ints = NDArray[np.int32]


@njit(nogil=True, cache=True)
def find_runs(words: Words, cols: int, background: bool) -> tuple[Ints, Ints, Ints]:
    """Find the runs of foreground, or background, in the first `cols` columns.

    Parameters
    ----------
    words
        Packed mask.
    cols
        Number of columns, px.
    background
        Find runs of 0 instead of 1.

    Returns
    -------
    offset
        ``(rows + 1,)`` int32: the runs of row y are ``offset[y]:offset[y + 1]``.
    first, past
        int32 first and past-last column of each run.
    """
    rows, n = words.shape
    one, top = np.uint64(1), np.uint64(63)
    full = ~np.uint64(0)
    last = full >> np.uint64(64 * n - cols)
    flip = full if background else np.uint64(0)
    offset = np.zeros(rows + 1, np.int32)
    for y in range(rows):
        count = 0
        carry = np.uint64(0)
        for k in range(n):
            w = words[y, k] ^ flip
            if k == n - 1:
                w &= last
            count += count_ones(w & ~((w << one) | carry))
            carry = w >> top
        offset[y + 1] = offset[y] + count
    first = np.empty(offset[rows], np.int32)
    past = np.empty(offset[rows], np.int32)
    for y in range(rows):
        i = offset[y]
        if offset[y + 1] == i:
            continue
        carry = np.uint64(0)
        for k in range(n):
            w = words[y, k] ^ flip
            if k == n - 1:
                w &= last
            toggles = w ^ ((w << one) | carry)
            inside = carry != 0
            while toggles != 0:
                x = 64 * k + trailing_zeros(toggles)
                toggles &= toggles - one
                if inside:
                    past[i] = x
                    i += 1
                else:
                    first[i] = x
                inside = not inside
            carry = w >> top
        if carry != 0:
            past[i] = cols
    return offset, first, past


@njit(nogil=True, cache=True)
def fill_run(row: Words, first: int, past: int, value: bool) -> None:
    """Set (`value`) or clear the pixels from `first` to before `past` of one row, in place."""
    full = ~np.uint64(0)
    for k in range(first >> 6, (past - 1 >> 6) + 1):
        bits = full
        if 64 * k < first:
            bits &= full << np.uint64(first - 64 * k)
        if 64 * k + 64 > past:
            bits &= full >> np.uint64(64 * k + 64 - past)
        if value:
            row[k] |= bits
        else:
            row[k] &= ~bits
