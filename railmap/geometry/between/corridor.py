"""Evidence for track in a straight corridor between two points, as an array of scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates, uniform_filter

from railmap.geometry.constants import GAUGE, RAIL_HEAD
from railmap.geometry.curves import Array
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.strip import read_strip
from railmap.geometry.turnouts.rail_strip import RailImage
from railmap.tracing.types import CERTAIN, NO_DATA

__all__ = ["CELL", "Corridor", "probability_score", "rail_score"]

CELL = 0.36
"""Size of a cell, metres."""

_FINE = 3  # samples of the image in a cell, along and across
_BEYOND = 12.0  # metres before the first point and past the second
_SHARE, _NARROWEST, _WIDEST = 0.2, 9.0, 45.0  # half width: share of the length, limits in metres
_RAIL = 4.0  # length of the pieces of rail that are looked for, metres
_SLOPES = np.tan(np.radians(np.arange(-44, 45, 4)))  # of the rails against the corridor
_AROUND = 6.0  # side of the square whose texture is the noise, metres
_FAINT, _CLEAR = 0.3, 1.2  # strength of no rail, and of a certain one, in units of the noise
_SMOOTH = 0.5  # sigma by which the probability is smoothed, so that a plateau has a ridge, metres


@dataclass(frozen=True, slots=True)
class Corridor:
    """Square cells of `CELL` around the straight between two points.

    Parameters
    ----------
    start, end
        ``(2,)`` metres from the upper left corner of the grid, y upwards.

    Examples
    --------
    >>> corridor = Corridor(np.array([0.0, 0.0]), np.array([100.0, 0.0]))
    >>> corridor.place(*corridor.cell(np.array([100.0, 3.6]))).round(1)
    array([100. ,   3.6])
    """

    start: Array
    end: Array

    @property
    def length(self) -> float:
        """Distance of the two points, metres."""
        return float(np.hypot(*(self.end - self.start)))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of cells along and across."""
        half = round(np.clip(_SHARE * self.length, _NARROWEST, _WIDEST) / CELL)
        return round((self.length + 2 * _BEYOND) / CELL), 2 * half + 1

    @property
    def _axes(self) -> tuple[Array, Array]:
        along = (self.end - self.start) / self.length
        return along, np.array([-along[1], along[0]])

    def place(self, row: float | Array, col: float | Array) -> Array:
        """Points ``(2,)`` or ``(n, 2)`` at rows (along) and columns (to the left), metres."""
        along, left = self._axes
        s = np.asarray(row, np.float64)[..., None] * CELL - _BEYOND
        u = (np.asarray(col, np.float64)[..., None] - self.shape[1] // 2) * CELL
        return np.asarray(self.start + s * along + u * left)

    def cell(self, xy: Array) -> tuple[float, float]:
        """Row and column of a point ``(2,)``, metres."""
        along, left = self._axes
        away = xy - self.start
        return (
            (float(away @ along) + _BEYOND) / CELL,
            float(away @ left) / CELL + self.shape[1] // 2,
        )


def probability_score(field: ProbabilityField, corridor: Corridor) -> Array:
    """Track probability in the cells.

    Parameters
    ----------
    field
        The probability.
    corridor
        The cells.

    Returns
    -------
    ndarray
        ``(rows, cols)`` 0-1, highest on the centreline; 0 without data.
    """
    rows, cols = np.indices(corridor.shape)
    at = corridor.place(rows.ravel().astype(np.float64), cols.ravel().astype(np.float64))
    values, row0, col0 = field.window(at.min(0), at.max(0))
    p = np.where(values == NO_DATA, 0.0, values / CERTAIN)
    p = gaussian_filter(p, _SMOOTH / field.gsd)
    row, col = field.pixels(at)
    found = map_coordinates(p, [row - row0, col - col0], order=1, mode="constant")
    return np.asarray(found.reshape(corridor.shape), np.float64)


def rail_score(rails: RailImage, corridor: Corridor, gauge: float = GAUGE) -> Array:
    """How clearly the image shows a pair of rails in the cells, in any direction.

    Parameters
    ----------
    rails
        The image.
    corridor
        The cells.
    gauge
        Track gauge, metres.

    Returns
    -------
    ndarray
        ``(rows, cols)`` 0-1, highest between the rails; 0 without data.
    """
    fine = CELL / _FINE
    count, width = (n * _FINE for n in corridor.shape)
    middle = (_FINE - 1) / 2  # a cell's samples are around its centre
    u: Array = (np.arange(width, dtype=np.float64) - middle - width // 2 + _FINE // 2) * fine
    row: Array = (np.arange(count, dtype=np.float64) - middle) / _FINE
    line = corridor.place(row, np.full(count, float(corridor.shape[1] // 2)))
    grey = read_strip(rails.image, rails.transform, line, u)
    known = np.isfinite(grey)
    if not known.any():
        return np.zeros(corridor.shape)
    filled = np.where(known, grey, np.median(grey[known])).astype(np.float32)
    sigma = max(0.5 * RAIL_HEAD, 0.6 * rails.image.grid.gsd, fine)
    ridge = -gaussian_filter1d(filled, sigma / fine, axis=1, order=2, mode="nearest")
    ridge[~known] = 0.0
    # leaves and ballast are as rough as rails are clear: strength counts against what is around
    noise = 1.25 * uniform_filter(np.abs(ridge), round(_AROUND / fine))
    ridge /= np.maximum(noise, max(0.5 * float(np.median(noise[known])), 1e-6))
    taps = round(_RAIL / fine / 4) * 2 + 1
    best = np.zeros((count, width), np.float32)
    for slope in _SLOPES:
        piece = _mean_along(ridge, float(slope), taps)
        half = 0.5 * (gauge + RAIL_HEAD) / fine
        across = half / np.hypot(1.0, slope)
        by = round(-slope * across), round(across)
        left, right = _shifted(piece, *by), _shifted(piece, -by[0], -by[1])
        for pair in (np.minimum(left, right), -np.maximum(left, right)):
            np.maximum(best, pair, out=best)
    cells = best.reshape(corridor.shape[0], _FINE, corridor.shape[1], _FINE)
    return np.asarray(
        np.clip((cells.max(axis=(1, 3)) - _FAINT) / (_CLEAR - _FAINT), 0.0, 1.0), np.float64
    )


def _mean_along(values: np.ndarray, slope: float, taps: int) -> np.ndarray:
    """Mean over `taps` samples of every second row, on a line of that slope through each sample."""
    out = np.zeros_like(values)
    for k in range(-(taps // 2), taps // 2 + 1):
        out += _shifted(values, 2 * k, round(2 * k * slope))
    return out / taps


def _shifted(values: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """Give at each place the value `rows` and `cols` further, 0 past the rim."""
    out = np.zeros_like(values)
    n, m = values.shape
    r, c = slice(max(rows, 0), min(n + rows, n)), slice(max(cols, 0), min(m + cols, m))
    to_r, to_c = slice(max(-rows, 0), min(n - rows, n)), slice(max(-cols, 0), min(m - cols, m))
    out[to_r, to_c] = values[r, c]
    return out
