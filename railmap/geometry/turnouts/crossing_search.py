"""Search a strip of rails for a straight track that crosses: two rails on both sides of the own."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from railmap.geometry.constants import RAIL_HEAD
from railmap.geometry.curves import Array
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["RailCrossing", "find_crossings"]

_NUMBERS = np.geomspace(2.5, 12.0, 24)
_NEAREST, _FARTHEST = 0.4, 2.4  # separations of the tracks that are matched, metres
_OWN = 0.14  # rails nearer to the track's own say nothing, metres
_STRONGEST = 6.0  # largest strength that counts, in units of the noise
_LEAST_SCORE = 1.4  # in units of the noise
_LEAST_ROWS = 5  # rows of each rail on each side
_APART = 8.0  # crossings are further apart than this along a track, metres


@dataclass(frozen=True, slots=True)
class RailCrossing:
    """A track across that the rails of a strip show.

    Parameters
    ----------
    row
        Row where the middles of the tracks meet.
    slope
        Separation gained to the left per metre along the track.
    score
        Mean strength of the weakest of its four rails, in units of the noise.
    """

    row: float
    slope: float
    score: float


def find_crossings(ridge: Array, du: float, gauge: float) -> list[RailCrossing]:
    """Find all tracks that cross the track of a strip.

    Parameters
    ----------
    ridge
        ``(n, m)`` ridge strength, the track's own rails centred, see `centre_on_rails`.
    du
        Spacing of the columns, metres.
    gauge
        Track gauge, metres.

    Returns
    -------
    list of RailCrossing
        By falling score.
    """
    apart = 0.5 * (gauge + RAIL_HEAD)
    slopes = np.concatenate([1 / _NUMBERS, -1 / _NUMBERS])
    found: list[RailCrossing] = []
    for sign in (1, -1):  # bright rails, dark rails
        rails = np.clip(sign * ridge, -1.0, _STRONGEST)
        score, which = _scan(rails, slopes, apart, du)
        left = score.copy()
        while left.max(initial=0.0) >= _LEAST_SCORE:
            k = int(left.argmax())
            found.append(RailCrossing(float(k), float(slopes[which[k]]), round(float(left[k]), 3)))
            reach = round(_APART / STEP)
            left[max(k - reach, 0) : k + reach + 1] = 0.0
    return sorted(found, key=lambda one: (-one.score, one.row, one.slope))


@numba.njit(cache=True, nogil=True)
def _scan(rails: Array, slopes: Array, apart: float, du: float) -> tuple[Array, np.ndarray]:
    """Best score of a crossing at each row, and its slope."""
    n, m = rails.shape
    middle = m // 2
    score, which = np.zeros(n), np.zeros(n, np.int64)
    for k in range(len(slopes)):
        slope = slopes[k]
        reach = int(_FARTHEST / (abs(slope) * STEP)) + 1
        for at in range(n):
            weakest = 1e9
            for side in (-1, 1):
                total = np.zeros(2)
                count = np.zeros(2, np.int64)
                for i in range(reach + 1):
                    row = at + side * i
                    d = (row - at) * STEP * slope
                    if row < 0 or row >= n or abs(d) > _FARTHEST:
                        break
                    if abs(d) < _NEAREST or abs(abs(d) - 2 * apart) < _OWN:
                        continue
                    for r in range(2):
                        column = (d + apart * (2 * r - 1)) / du + middle
                        c = int(np.floor(column))
                        share = column - c
                        total[r] += rails[row, c] * (1 - share) + rails[row, c + 1] * share
                        count[r] += 1
                for r in range(2):
                    mean = total[r] / count[r] if count[r] >= _LEAST_ROWS else -1.0
                    weakest = min(weakest, mean)
            if weakest > score[at]:
                score[at], which[at] = weakest, k
    return score, which
