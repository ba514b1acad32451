"""Compiled resampling: box means, and an antialiased cubic that excludes no-data pixels.

All coordinates are continuous pixels: the centre of pixel 0 is at 0.5. A result depends only on
its own coordinates and the pixels under the kernel, never on the window it is computed in.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["box_mean", "resample_axes", "resample_points"]

Mask = NDArray[np.bool_]


@njit(nogil=True, cache=True)
def _keys(distance: float) -> float:
    """Keys' cubic convolution kernel with a = -0.5, as GDAL's "cubic" (Keys 1981)."""
    t = abs(distance)
    if t < 1.0:
        return (1.5 * t - 2.5) * t * t + 1.0
    if t < 2.0:
        return ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return 0.0


@njit(nogil=True, cache=True)
def _tent(distance: float) -> float:
    return max(0.0, 1.0 - abs(distance))


@njit(nogil=True, cache=True)
def box_mean(pixels, mask, rows, cols):  # type: ignore[no-untyped-def]
    """Average the valid pixels of boxes of ``rows x cols``.

    Parameters
    ----------
    pixels
        ``(bands, h, w)`` uint8 or float32.
    mask
        ``(h, w)`` bool.
    rows, cols
        Size of a box; boxes at the lower and right edge may be incomplete.

    Returns
    -------
    tuple
        ``(bands, ceil(h / rows), ceil(w / cols))`` float32 and its mask, true where at least
        half of a whole box is valid.
    """
    bands, height, width = pixels.shape
    out_h, out_w = -(-height // rows), -(-width // cols)
    out = np.zeros((bands, out_h, out_w), np.float32)
    out_mask = np.zeros((out_h, out_w), np.bool_)
    total = np.zeros(bands, np.float64)
    for i in range(out_h):
        for j in range(out_w):
            total[:] = 0.0
            count = 0
            for r in range(i * rows, min((i + 1) * rows, height)):
                for c in range(j * cols, min((j + 1) * cols, width)):
                    if mask[r, c]:
                        count += 1
                        for b in range(bands):
                            total[b] += pixels[b, r, c]
            if 2 * count >= rows * cols:
                out_mask[i, j] = True
                for b in range(bands):
                    out[b, i, j] = total[b] / count
    return out, out_mask


@njit(nogil=True, cache=True)
def _taps(position: float, scale: float, size: int):  # type: ignore[no-untyped-def]
    """First and past-last source pixel under a kernel widened by `scale`, within the array."""
    first = int(np.ceil(position - 2.0 * scale - 0.5))
    last = int(np.floor(position + 2.0 * scale - 0.5)) + 1
    return max(first, 0), min(last, size)


@njit(nogil=True, cache=True)
def _at_point(  # type: ignore[no-untyped-def]
    pixels, mask, solid, x, y, scale_x, scale_y, across, value
):
    """Resample one point into `value`; False where the nearest pixel is not valid.

    `solid` states that all of `mask` is true; `across` is a buffer for the weights of a row.
    Where the kernel covers pixels that are not valid, a tent replaces the cubic: its weights are
    never negative, so excluding some cannot amplify the others.
    """
    bands, height, width = pixels.shape
    if not (0.0 <= x < width and 0.0 <= y < height) or not mask[int(y), int(x)]:
        return False
    c0, c1 = _taps(x, scale_x, width)
    r0, r1 = _taps(y, scale_y, height)
    whole = True
    if not solid:
        for r in range(r0, r1):
            for c in range(c0, c1):
                whole = whole and mask[r, c]
    for c in range(c0, c1):
        dx = (c + 0.5 - x) / scale_x
        across[c - c0] = _keys(dx) if whole else _tent(dx)
    weights = 0.0
    value[:] = 0.0
    for r in range(r0, r1):
        dy = (r + 0.5 - y) / scale_y
        wy = _keys(dy) if whole else _tent(dy)
        for c in range(c0, c1):
            if whole or mask[r, c]:
                weight = wy * across[c - c0]
                weights += weight
                for b in range(bands):
                    value[b] += weight * pixels[b, r, c]
    for b in range(bands):
        value[b] /= weights
    return True


@njit(nogil=True, cache=True)
def resample_points(pixels, mask, xs, ys, scale_x, scale_y):  # type: ignore[no-untyped-def]
    """Resample at arbitrary points.

    Parameters
    ----------
    pixels, mask
        ``(bands, h, w)`` float32 and ``(h, w)`` bool.
    xs, ys
        ``(rows, cols)`` float64: position of each result in `pixels`.
    scale_x, scale_y
        Source pixels per result pixel along each source axis, at least 1; wider is smoother.

    Returns
    -------
    tuple
        ``(bands, rows, cols)`` float32, 0 where not valid, and the ``(rows, cols)`` mask.
    """
    rows, cols = xs.shape
    bands = pixels.shape[0]
    out = np.zeros((bands, rows, cols), np.float32)
    out_mask = np.zeros((rows, cols), np.bool_)
    solid = mask.all()
    across = np.zeros(int(4.0 * scale_x) + 3, np.float64)
    value = np.zeros(bands, np.float64)
    for i in range(rows):
        for j in range(cols):
            x, y = xs[i, j], ys[i, j]
            if _at_point(pixels, mask, solid, x, y, scale_x, scale_y, across, value):
                out_mask[i, j] = True
                for b in range(bands):
                    out[b, i, j] = value[b]
    return out, out_mask


@njit(nogil=True, cache=True)
def _axis_weights(positions, scale, size):  # type: ignore[no-untyped-def]
    first = np.zeros(positions.size, np.int64)
    count = np.zeros(positions.size, np.int64)
    weights = np.zeros((positions.size, int(4.0 * scale) + 2), np.float64)
    for i in range(positions.size):
        start, stop = _taps(positions[i], scale, size)
        first[i], count[i] = start, max(stop - start, 0)
        total = 0.0
        for k in range(count[i]):
            weights[i, k] = _keys((start + k + 0.5 - positions[i]) / scale)
            total += weights[i, k]
        if total != 0.0:
            for k in range(count[i]):
                weights[i, k] /= total
    return first, count, weights


@njit(nogil=True, cache=True)
def resample_axes(pixels, mask, xs, ys, scale_x, scale_y):  # type: ignore[no-untyped-def]
    """Resample on a grid parallel to the source, in two passes.

    Parameters
    ----------
    xs, ys
        ``(cols,)`` and ``(rows,)`` float64 positions in `pixels`.
    pixels, mask, scale_x, scale_y
        As for `resample_points`.

    Returns
    -------
    tuple
        As `resample_points`.
    """
    bands, height, width = pixels.shape
    cols, rows = xs.size, ys.size
    col_first, col_count, col_weight = _axis_weights(xs, scale_x, width)
    row_first, row_count, row_weight = _axis_weights(ys, scale_y, height)
    out = np.zeros((bands, rows, cols), np.float32)
    across = np.zeros((height, cols), np.float32)
    holes = np.zeros((height, cols), np.int32)
    for r in range(height):
        for j in range(cols):
            for k in range(col_count[j]):
                if not mask[r, col_first[j] + k]:
                    holes[r, j] += 1
    for b in range(bands):
        for r in range(height):
            for j in range(cols):
                total = 0.0
                for k in range(col_count[j]):
                    total += col_weight[j, k] * pixels[b, r, col_first[j] + k]
                across[r, j] = total
        for i in range(rows):
            for k in range(row_count[i]):
                weight = row_weight[i, k]
                r = row_first[i] + k
                for j in range(cols):
                    out[b, i, j] += weight * across[r, j]
    out_mask = np.zeros((rows, cols), np.bool_)
    taps = np.zeros(int(4.0 * scale_x) + 3, np.float64)
    value = np.zeros(bands, np.float64)
    for i in range(rows):
        for j in range(cols):
            x, y = xs[j], ys[i]
            if 0.0 <= x < width and 0.0 <= y < height and mask[int(y), int(x)]:
                out_mask[i, j] = True
                missing = 0
                for k in range(row_count[i]):
                    missing += holes[row_first[i] + k, j]
                if missing > 0:
                    _at_point(pixels, mask, False, x, y, scale_x, scale_y, taps, value)
                    for b in range(bands):
                        out[b, i, j] = value[b]
            else:
                for b in range(bands):
                    out[b, i, j] = 0.0
    return out, out_mask
