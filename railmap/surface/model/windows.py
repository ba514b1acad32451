"""A long strip in windows that fade into each other, and maps of an enlarged strip brought back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["OVERLAP", "WINDOW", "ramp", "unzoom", "window_starts"]

WINDOW = 1536  # strip rows at a time; a usual image needs one window, enlarged too
OVERLAP = 256


def window_starts(rows: int) -> list[int]:
    """Rows where windows begin; the last one is moved up to end with the strip."""
    if rows <= WINDOW:
        return [0]
    starts = list(range(0, rows - WINDOW, WINDOW - OVERLAP))
    return [*starts, rows - WINDOW]


def ramp(rows: int, above: bool, below: bool) -> NDArray[np.float32]:
    """``(rows, 1)`` weights of a window's cells that fade where another window goes on."""
    fade = OVERLAP // 4
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
    """Bring maps of a strip that was cut `zoom` times as large to the plain strip's cells.

    Parameters
    ----------
    maps
        ``(classes, h, columns)``, of a strip that is enlarged about its middle column and its
        first row.
    zoom
        1 or more.
    rows
        Of the plain strip's map.

    Returns
    -------
    maps
        ``(classes, rows, columns)`` float32, bilinear.
    seen
        ``(columns,)``: whether the enlarged strip was wide enough to show the column.
    """
    _, h, columns = maps.shape
    half = columns / 2
    down = np.clip((np.arange(rows) + 0.5) * zoom - 0.5, 0, h - 1)
    across = (np.arange(columns) + 0.5 - half) * zoom + half - 0.5
    seen = (across > -0.5) & (across < columns - 0.5)
    out = _between(_between(maps, down, 1), np.clip(across, 0, columns - 1), 2)
    return np.asarray(out, np.float32), seen


def _between(maps: NDArray[np.float32], at: NDArray[np.float64], axis: int) -> NDArray[np.float32]:
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, maps.shape[axis] - 1)
    share = (at - low).astype(np.float32)
    share = share[:, None] if axis == 1 else share
    return maps.take(low, axis) * (1 - share) + maps.take(high, axis) * share
