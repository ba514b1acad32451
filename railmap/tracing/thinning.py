"""Guo–Hall thinning of a packed mask, 64 pixels at a time.

Guo and Hall, "Parallel thinning with two-subiteration algorithms", CACM 32(3), 1989, algorithm A1.
It preserves topology (Zhang–Suen removes 2 × 2 squares) and the ends of lines.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["thin"]

_BATCH = 128

Words = NDArray[np.uint64]


@njit(nogil=True, cache=True)
def _deletable(near: Words, count: int, first: bool, gone: Words) -> None:
    # near[0..8] are the words NW N NE W C E SW S SE; p2..p9 are named as in the paper, clockwise
    # from north
    one, top = np.uint64(1), np.uint64(63)
    nw, n, ne = near[0], near[1], near[2]
    w, c, e = near[3], near[4], near[5]
    sw, s, se = near[6], near[7], near[8]
    for j in range(count):
        p2 = n[j]
        p3 = (n[j] >> one) | (ne[j] << top)
        p9 = (n[j] << one) | (nw[j] >> top)
        p4 = (c[j] >> one) | (e[j] << top)
        p8 = (c[j] << one) | (w[j] >> top)
        p6 = s[j]
        p5 = (s[j] >> one) | (se[j] << top)
        p7 = (s[j] << one) | (sw[j] >> top)
        # exactly one run of neighbours: t1..t4 has one set
        t1 = ~p2 & (p3 | p4)
        t2 = ~p4 & (p5 | p6)
        t3 = ~p6 & (p7 | p8)
        t4 = ~p8 & (p9 | p2)
        pairs = (t1 & t2) | ((t1 | t2) & t3) | ((t1 | t2 | t3) & t4)
        simple = (t1 | t2 | t3 | t4) & ~pairs
        # min(n1, n2) is 2 or 3
        a, b, d, f = p9 | p2, p3 | p4, p5 | p6, p7 | p8
        n1 = (a & b) | ((a | b) & d) | ((a | b | d) & f)
        all1 = a & b & d & f
        a, b, d, f = p2 | p3, p4 | p5, p6 | p7, p8 | p9
        n2 = (a & b) | ((a | b) & d) | ((a | b | d) & f)
        all2 = a & b & d & f
        keep = (p6 | p7 | ~p9) & p8 if first else (p2 | p3 | ~p5) & p4
        gone[j] = c[j] & simple & n1 & n2 & ~(all1 & all2) & ~keep


@njit(nogil=True, cache=True)
def thin(words: Words, limit: int) -> int:
    """Thin a mask in place.

    Parameters
    ----------
    words
        Packed mask; its outermost rows and words must be 0.
    limit
        Largest number of iterations.

    Returns
    -------
    int
        Number of iterations that changed pixels; ``limit + 1`` if more were needed.
    """
    stride = words.shape[1]
    flat = words.reshape(-1)
    size = 0
    for p in range(flat.size):
        size += flat[p] != 0
    listed = np.empty(size, np.int64)
    removal = np.empty(size, np.uint64)
    changed = np.empty(2 * size, np.int64)
    stamp = np.zeros(flat.size, np.int32)
    around = np.array([-stride - 1, -stride, -stride + 1, -1, 0, 1, stride - 1, stride, stride + 1])
    near = np.empty((9, _BATCH), np.uint64)
    gone = np.empty(_BATCH, np.uint64)
    count = 0
    for p in range(flat.size):
        if flat[p] != 0:
            listed[count] = p
            stamp[p] = 1
            count += 1
    iteration = 0
    # a word is processed again only if it or a neighbour changed in the last iteration
    while count > 0:
        iteration += 1
        n_changed = 0
        for half in range(2):
            for base in range(0, count, _BATCH):
                batch = min(_BATCH, count - base)
                for j in range(batch):
                    p = listed[base + j]
                    for d in range(3):
                        near[d, j] = flat[p - stride - 1 + d]
                        near[3 + d, j] = flat[p - 1 + d]
                        near[6 + d, j] = flat[p + stride - 1 + d]
                _deletable(near, batch, half == 0, gone)
                for j in range(batch):
                    removal[base + j] = gone[j]
            before = n_changed
            for i in range(count):
                if removal[i] != 0:
                    if iteration > limit:
                        return iteration
                    flat[listed[i]] &= ~removal[i]
                    changed[n_changed] = listed[i]
                    n_changed += 1
            if half == 0:
                for i in range(before, n_changed):
                    for d in around:
                        q = changed[i] + d
                        if flat[q] != 0 and stamp[q] != iteration:
                            stamp[q] = iteration
                            listed[count] = q
                            count += 1
        if n_changed == 0:
            return iteration - 1
        count = 0
        for i in range(n_changed):
            for d in around:
                q = changed[i] + d
                if flat[q] != 0 and stamp[q] != iteration + 1:
                    stamp[q] = iteration + 1
                    listed[count] = q
                    count += 1
    return iteration
