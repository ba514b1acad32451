"""Kernels on bit-packed masks.

A packed mask is ``(rows, words)`` uint64; bit ``j`` of word ``k`` is the pixel in column
``64 k + j``. Pixels past the array count as background.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

__all__ = [
    "WORD",
    "compress",
    "count_ones",
    "expand",
    "leading_zeros",
    "pack",
    "shift_left",
    "trailing_zeros",
]

WORD = 64

Words = NDArray[np.uint64]


def _unary(build: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return build(builder, args[0])

    return types.int64(types.uint64), codegen


@intrinsic
def trailing_zeros(typingctx: Any, word: Any) -> Any:
    """Count the zero bits below the lowest set bit; `word` must not be 0."""
    return _unary(lambda builder, x: builder.cttz(x, ir.Constant(ir.IntType(1), 1)))


@intrinsic
def leading_zeros(typingctx: Any, word: Any) -> Any:
    """Count the zero bits above the highest set bit; `word` must not be 0."""
    return _unary(lambda builder, x: builder.ctlz(x, ir.Constant(ir.IntType(1), 1)))


@intrinsic
def count_ones(typingctx: Any, word: Any) -> Any:
    """Count the set bits."""
    return _unary(lambda builder, x: builder.ctpop(x))


@njit(nogil=True, cache=True)
def pack(probability: NDArray[np.uint8], level: int, words: Words, row: int, col: int) -> bool:
    """Set the bits where ``level <= probability <= 254``.

    Parameters
    ----------
    probability
        ``(h, w)`` uint8, 255 = no data.
    level
        Lowest value of the foreground.
    words
        Packed mask; must be 0 in these rows.
    row, col
        Row, and bit in the row, of the upper left pixel.

    Returns
    -------
    bool
        Whether any bit is set.
    """
    rows, cols = probability.shape
    least = np.uint8(level)
    line = np.zeros(words.shape[1] * 64, np.uint8)
    line_words = line.view(np.uint64)
    # The product has the lowest bits of eight bytes in its top byte.
    gather = np.uint64(0x0102040810204080)
    found = False
    for y in range(rows):
        source = probability[y]
        target = line[col : col + cols]
        for x in range(cols):
            target[x] = (source[x] >= least) & (source[x] != np.uint8(255))
        for k in range(words.shape[1]):
            word = np.uint64(0)
            for b in range(8):
                v = line_words[8 * k + b]
                if v != 0:
                    word |= ((v * gather) >> np.uint64(56)) << np.uint64(8 * b)
            if word != 0:
                words[row + y, k] = word
                found = True
    return found


@njit(nogil=True, cache=True)
def shift_left(words: Words, step: int) -> None:
    """Shift every row, in place, by `step` pixels to smaller columns."""
    q = step >> 6
    b = np.uint64(step & 63)
    n = words.shape[1]
    for y in range(words.shape[0]):
        for k in range(n):
            low = words[y, k + q] if k + q < n else np.uint64(0)
            high = words[y, k + q + 1] if k + q + 1 < n else np.uint64(0)
            if b == 0:
                words[y, k] = low
            else:
                words[y, k] = (low >> b) | (high << (np.uint64(64) - b))


@njit(nogil=True, cache=True)
def compress(words: Words) -> tuple[NDArray[np.int32], NDArray[np.uint16], Words]:
    """Compress a packed mask to its words other than 0 (compressed sparse rows).

    Returns
    -------
    offset
        ``(rows + 1,)`` int32: the words of row y are ``offset[y]:offset[y + 1]``.
    column
        uint16 column of each word.
    kept
        The words.
    """
    rows, n = words.shape
    offset = np.zeros(rows + 1, np.int32)
    for y in range(rows):
        count = 0
        for k in range(n):
            count += words[y, k] != 0
        offset[y + 1] = offset[y] + count
    column = np.empty(offset[rows], np.uint16)
    kept = np.empty(offset[rows], np.uint64)
    i = 0
    for y in range(rows):
        if offset[y + 1] > offset[y]:
            for k in range(n):
                if words[y, k] != 0:
                    column[i] = k
                    kept[i] = words[y, k]
                    i += 1
    return offset, column, kept


@njit(nogil=True, cache=True)
def expand(
    offset: NDArray[np.int32],
    column: NDArray[np.uint16],
    kept: Words,
    words: Words,
    row: int,
    col: int,
) -> None:
    """Write a compressed mask into another mask, clipped to it.

    Parameters
    ----------
    offset, column, kept
        Result of `compress`.
    words
        Packed mask; changed in place.
    row, col
        Row and word of the upper left corner in `words`; may be negative.
    """
    rows, n = words.shape
    for y in range(max(0, -row), min(offset.size - 1, rows - row)):
        for i in range(offset[y], offset[y + 1]):
            k = np.int64(column[i]) + col
            if 0 <= k < n:
                words[row + y, k] = kept[i]
