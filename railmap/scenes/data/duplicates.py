"""Find near-duplicates: the same image saved again, scaled, slightly cropped or re-encoded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["near_duplicates", "perceptual_hashes"]

_SIDE, _FREQUENCIES = 32, 8
MAX_BITS = 10  # differing bits of the hashes of two near-duplicates
MIN_CORRELATION = 0.95  # of their thumbnails
MAX_DIFFERENCE = 2.0  # grey levels, mean of the thumbnails
_BLOCK = 1024  # hashes compared at a time


def perceptual_hashes(pixels: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Compute hashes that differ in few bits for near-duplicates.

    The bits state whether each of the 63 lowest frequencies of the grey image is above their
    median ("pHash").

    Parameters
    ----------
    pixels
        ``(N, 3, T, T)`` uint8.

    Returns
    -------
    NDArray
        ``(N,)`` uint64.
    """
    grey = _shrink(pixels, _SIDE).mean(axis=1)
    low = dctn(grey, axes=(1, 2), norm="ortho")[:, :_FREQUENCIES, :_FREQUENCIES].reshape(
        len(grey), -1
    )[:, 1:]
    bits = low > np.median(low, axis=1, keepdims=True)
    weights = np.uint64(1) << np.arange(bits.shape[1], dtype=np.uint64)
    return np.asarray((bits * weights).sum(axis=1, dtype=np.uint64))


def near_duplicates(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Group near-duplicates.

    Two photos are near-duplicates if their hashes differ by at most 10 bits and their colour
    thumbnails, minus the mean thumbnail, correlate by at least 0.95 or are the same to 2 grey
    levels. Photos of the same object from another position are not near-duplicates.

    Parameters
    ----------
    pixels
        ``(N, 3, T, T)`` uint8.

    Returns
    -------
    NDArray
        ``(N,)`` int64: near-duplicates have the same number.
    """
    count = len(pixels)
    hashes = perceptual_hashes(pixels)
    thumbnails = _shrink(pixels, 16).reshape(count, -1)
    small = thumbnails - thumbnails.mean(axis=0)
    small -= small.mean(axis=1, keepdims=True)
    small /= np.linalg.norm(small, axis=1, keepdims=True) + 1e-9
    left, right = [], []
    for start in range(0, count, _BLOCK):
        block = hashes[start : start + _BLOCK]
        apart = np.bitwise_count(block[:, None] ^ hashes[None, :])
        rows, cols = np.nonzero(apart <= MAX_BITS)
        rows = rows + start
        later = cols > rows
        rows, cols = rows[later], cols[later]
        alike = (small[rows] * small[cols]).sum(axis=1) >= MIN_CORRELATION
        # of a handful of photos the mean thumbnail is hardly more than the copies themselves
        alike |= np.abs(thumbnails[rows] - thumbnails[cols]).mean(axis=1) <= MAX_DIFFERENCE
        left.append(rows[alike])
        right.append(cols[alike])
    pairs = np.concatenate(left), np.concatenate(right)
    links = coo_matrix((np.ones(len(pairs[0]), np.int8), pairs), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _shrink(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Reduce ``(N, 3, T, T)`` to ``(N, 3, side, side)`` float32, by the mean of blocks."""
    size = pixels.shape[-1]
    edges = np.linspace(0, size, side + 1).astype(int)
    rows = np.add.reduceat(pixels, edges[:-1], axis=2, dtype=np.float32)
    cells = np.add.reduceat(rows, edges[:-1], axis=3, dtype=np.float32)
    areas = np.outer(np.diff(edges), np.diff(edges)).astype(np.float32)
    return np.asarray(cells / areas, np.float32)
