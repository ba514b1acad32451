"""Blended windows of a long strip; maps of an enlarged strip resampled to the plain strip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["OVERLAP", "WINDOW", "ramp", "unzoom", "window_starts"]

WINDOW = 1536  # strip rows; a typical image needs one window, even enlarged
OVERLAP = 256  # strip rows that two windows share


def window_starts(rows: int, window: int = WINDOW, overlap: int = OVERLAP) -> list[int]:
    """Return the first rows of the windows; the last window ends with the strip.

    Parameters
    ----------
    rows
        Of the strip.
    window, overlap
        Rows of a window, and rows that two windows share (the last two may share more).

    Examples
    --------
    >>> window_starts(3000)
    [0, 1280, 1464]
    """
    if rows <= window:
        return [0]
    starts = list(range(0, rows - window, window - overlap))
    return [*starts, rows - window]


def ramp(rows: int, above: bool, below: bool, fade: int = OVERLAP // 4) -> NDArray[np.float32]:
    """Return ``(rows, 1)`` float32 blending weights of the cells of a window.

    Parameters
    ----------
    rows
        Rows of cells of the window.
    above, below
        Whether another window overlaps there.
    fade
        Cells along which the weight rises and falls.
    """
    weight = np.ones(rows, np.float32)
    rise = (np.arange(fade, dtype=np.float32) + 0.5) / fade
    if above:
        weight[:fade] *= rise
    if below:
        weight[-fade:] *= rise[::-1]
    return weight[:, None]


def unzoom(
    maps: NDArray[np.float32], zoom: float, rows: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Resample maps of an enlarged strip to the cells of the plain strip.

    Parameters
    ----------
    maps
        ``(classes, h, columns)`` float32 of a strip that is enlarged about its centre column and
        its first row.
    zoom
        Factor of the enlargement, 1 or more.
    rows
        Rows of the map of the plain strip.

    Returns
    -------
    maps
        ``(classes, rows, columns)`` float32, bilinear.
    seen
        ``(columns,)`` bool: whether the enlarged strip was wide enough to show the column.
    """
    _, h, columns = maps.shape
    half = columns / 2
    down = np.clip((np.arange(rows) + 0.5) * zoom - 0.5, 0, h - 1)
    across = (np.arange(columns) + 0.5 - half) * zoom + half - 0.5
    seen = (across > -0.5) & (across < columns - 0.5)
    out = _interpolate(_interpolate(maps, down, 1), np.clip(across, 0, columns - 1), 2)
    return np.asarray(out, np.float32), seen


def _interpolate(
    maps: NDArray[np.float32], at: NDArray[np.float64], axis: int
) -> NDArray[np.float32]:
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, maps.shape[axis] - 1)
    share = (at - low).astype(np.float32)
    share = share[:, None] if axis == 1 else share
    between = maps.take(low, axis) * (1 - share) + maps.take(high, axis) * share
    return np.asarray(between, np.float32)
