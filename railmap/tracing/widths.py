"""Half width of a packed mask at a pixel of its skeleton."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.tracing._bits import leading_zeros, trailing_zeros

__all__ = ["half_width"]

Words = NDArray[np.uint64]


@njit(nogil=True, cache=True)
def _background_right(words: Words, y: int, x: int) -> int:
    """Background among the 64 pixels from (`y`, `x`) to the right, as bits."""
    k = x >> 6
    b = np.uint64(x & 63)
    w = words[y, k] >> b
    if b != 0:
        w |= words[y, k + 1] << (np.uint64(64) - b)
    return ~w  # type: ignore[no-any-return]


@njit(nogil=True, cache=True)
def _row_distance(words: Words, y: int, x: int, most: int) -> int:
    """Signed distance along row `y` from `x` to the nearest background; the right one of two.

    Greater than `most` if there is none within that distance.
    """
    for near in range(0, most + 1, 64):
        right = _background_right(words, y, x + near)
        left = _background_right(words, y, x - near - 63)
        if right | left:
            to_right = near + trailing_zeros(right) if right != 0 else most + 1
            to_left = near + leading_zeros(left) if left != 0 else most + 1
            return to_right if to_right <= to_left else -to_left
    return most + 1


@njit(nogil=True, cache=True)
def half_width(mask: Words, y: int, x: int, reach: int) -> float:
    """Half the distance from the nearest background pixel through (`y`, `x`) to the opposite one.

    Exact for straight bands along the axes. The opposite side is at most 2 px further than the
    near one, so that tracks that leave a junction do not count as width.

    Parameters
    ----------
    mask
        Packed mask with at least ``reach + 3`` rows and ``reach + 64`` columns around (`y`, `x`).
    y, x
        A set pixel.
    reach
        Largest distance of the nearest background, px.

    Returns
    -------
    float
        Pixels; -1 if there is no background within `reach`.
    """
    most = reach  # background further than this is ignored
    nearest = (reach + 1) * (reach + 1)
    by = bx = 0
    dy = 0
    one = np.uint64(1)
    while dy <= most and dy * dy < nearest:
        for sign in (-1, 1):
            row = y + sign * dy
            if most < 32:
                # most rows have no background that near: one test is enough
                window = _background_right(mask, row, x - most)
                if window & ((one << np.uint64(2 * most + 1)) - one) == 0:
                    continue
            gap = _row_distance(mask, row, x, most)
            square = gap * gap + dy * dy
            if square < nearest:
                nearest = square
                by, bx = sign * dy, gap
                most = int(np.sqrt(float(nearest)))
        dy += 1
    if by == 0 and bx == 0:
        return -1.0
    near = np.sqrt(float(nearest))
    far = near + 2.0
    step_y, step_x = by / near, bx / near
    t = near
    while t < near + 2.0:
        oy = int(np.floor(0.5 - step_y * t))
        ox = int(np.floor(0.5 - step_x * t))
        if (mask[y + oy, x + ox >> 6] >> np.uint64(x + ox & 63)) & one == 0:
            far = min(far, np.sqrt(float(oy * oy + ox * ox)))
            break
        t += 0.5
    return float((near + far - 1.0) / 2.0)
