"""Rasterise the tent target from centrelines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from railmap.training.data.sample import TOP

__all__ = ["draw_tent"]


def draw_tent(
    shape: tuple[int, int], lines: Iterable[NDArray[np.float64]], length: float
) -> NDArray[np.uint8]:
    """Draw ``t(d) = max(0, 1 − d / length)``, d the exact distance to the nearest line.

    Parameters
    ----------
    shape
        (rows, columns).
    lines
        Each ``(n, 2)`` x/y in pixels, where (0, 0) is the corner of the first pixel.
    length
        Where the tent reaches 0, pixels.

    Returns
    -------
    ndarray
        ``(rows, columns)`` uint8, 0–254.
    """
    rows, cols = shape
    nearest = np.full(shape, length * length, np.float32)
    for line in lines:
        for (x0, y0), (x1, y1) in pairwise(line):
            left = max(0, int(min(x0, x1) - length))
            right = min(cols, int(max(x0, x1) + length) + 1)
            top = max(0, int(min(y0, y1) - length))
            bottom = min(rows, int(max(y0, y1) + length) + 1)
            if left >= right or top >= bottom:
                continue
            x = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - x0)
            y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - y0)
            dx, dy = np.float32(x1 - x0), np.float32(y1 - y0)
            along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, np.float32(1e-9)), 0, 1)
            square = (x - along * dx) ** 2 + (y - along * dy) ** 2
            part = nearest[top:bottom, left:right]
            np.minimum(part, square, out=part)
    tent = 1 - np.sqrt(nearest) / length
    return np.round(np.maximum(tent, 0) * TOP).astype(np.uint8)
