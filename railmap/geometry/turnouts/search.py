"""Search a strip of rails for turnouts: two rails one gauge apart that leave the track's own.

A matched filter: the rails of a leg of one arc and a straight, for each toe, side, direction,
crossing number and radius; the mean strength along the weaker of its two rails is the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numba
import numpy as np

from railmap.geometry.constants import RAIL_HEAD
from railmap.geometry.curves import Array
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["RailTurnout", "find_turnouts", "leg_offset"]

_NUMBERS = (6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 14.0, 16.0, 18.5)
# radius over the square of the crossing number; in turnout catalogues 2.3 to 3.9 m
_SHAPES = (2.3, 2.7, 3.1, 3.5, 3.9)
_FARTHEST = 2.4  # separation of the tracks up to which a leg is matched, metres
_SHARPEST, _LEAST_RADIUS = 5.5, 100.0  # crossing number and radius, metres
_COARSE = 2  # rows between the toes of the first search
_STRONGEST = 6.0  # largest strength that counts, in units of the noise
_FIRST = 1.0  # least score of a template, in units of the noise
_LEAST_SCORE = 1.4  # and of the refined turnout
_LEAST_NEAR = 1.0  # least mean strength where the tracks are less than 0.7 m apart
_APART = 8.0  # toes of one side and direction are further apart than this, metres
_DIAMOND = 0.6  # score of a crossing track over that of a turnout from which it is a crossing


@dataclass(frozen=True, slots=True)
class RailTurnout:
    """A turnout that the rails of a strip show.

    Parameters
    ----------
    row
        Row of the toe in the strip; a fraction.
    side
        1 if the leg is on the left of the track, -1 on the right.
    direction
        1 if the leg leaves towards later rows, -1 towards earlier ones.
    number, radius
        Crossing number, and radius of the leg relative to the track in metres.
    score
        Mean strength of the weaker rail, in units of the noise.
    """

    row: float
    side: int
    direction: int
    number: float
    radius: float
    score: float

    @property
    def facing_side(self) -> float:
        """Side of the leg as seen from the toe: 1 left, -1 right."""
        return float(self.side * self.direction)


def leg_offset(x: Array, number: float, radius: float) -> Array:
    """Distance of a leg from its main track, ``(n,)`` metres, at `x` metres past the toe."""
    end = radius / number
    return np.where(x < end, x * x / (2 * radius), end * end / (2 * radius) + (x - end) / number)


def find_turnouts(ridge: Array, du: float, gauge: float, nearest: float) -> list[RailTurnout]:
    """Find all turnouts in a strip.

    Parameters
    ----------
    ridge
        ``(n, m)`` ridge strength, the track's own rails centred, see `centre_on_rails`.
    du
        Spacing of the columns, metres.
    gauge
        Track gauge, metres.
    nearest
        Distance from which two rails are told apart, metres.

    Returns
    -------
    list of RailTurnout
        By falling score.
    """
    offsets, lengths, shapes = _templates()
    apart = 0.5 * (gauge + RAIL_HEAD)
    found = []
    for sign in (1, -1):  # bright rails, dark rails
        rails = np.clip(sign * ridge, -1.0, _STRONGEST)
        for side in (1, -1):
            turned = rails if side == 1 else rails[:, ::-1]
            for direction in (1, -1):
                rows = turned if direction == 1 else turned[::-1]
                rows = np.ascontiguousarray(rows)
                score, which = _scan(rows, offsets, lengths, apart, du, nearest)
                for toe, k in _peaks(score, which):
                    number, radius = shapes[k]
                    best = _refine(rows, toe, number, radius / number**2, apart, du, nearest)
                    if best[0] < _LEAST_SCORE or best[4] < _LEAST_NEAR:
                        continue
                    if best[2] < _SHARPEST or best[3] < _LEAST_RADIUS:
                        continue
                    if (
                        _crossing(rows, best[1], best[2], best[3], apart, du, nearest)
                        > _DIAMOND * best[0]
                    ):
                        continue
                    row = best[1] if direction == 1 else len(rows) - 1 - best[1]
                    found.append(
                        RailTurnout(row, side, direction, best[2], best[3], round(best[0], 3))
                    )
    return sorted(found, key=lambda one: (-one.score, one.row, one.side, one.direction))


@cache
def _templates() -> tuple[Array, np.ndarray, list[tuple[float, float]]]:
    """Offsets ``(k, n)`` of all legs at `STEP`, numbers of rows, crossing numbers and radii."""
    shapes = [(number, shape * number**2) for number in _NUMBERS for shape in _SHAPES]
    x = np.arange(0.0, 200.0, STEP)
    curves = [leg_offset(x, *shape) for shape in shapes]
    lengths = np.array([int(np.searchsorted(curve, _FARTHEST)) for curve in curves])
    return np.stack(curves)[:, : lengths.max()].copy(), lengths, shapes


def _peaks(score: Array, which: np.ndarray) -> list[tuple[int, int]]:
    """Rows of local maxima above `_FIRST`, and their templates."""
    left, reach, found = score.copy(), round(_APART / STEP), []
    while len(left):
        row = int(left.argmax())
        if left[row] < _FIRST:
            break
        found.append((row, int(which[row])))
        left[max(row - reach, 0) : row + reach + 1] = 0.0
    return found


@numba.njit(cache=True, nogil=True)
def _scan(
    rails: Array, offsets: Array, lengths: np.ndarray, apart: float, du: float, nearest: float
) -> tuple[Array, np.ndarray]:
    """Best score of a toe at each row, and its template; legs to the left, towards later rows."""
    n, m = rails.shape
    middle = m // 2
    score, which = np.zeros(n), np.zeros(n, np.int64)
    for k in range(len(lengths)):
        for row in range(0, n, _COARSE):
            outer, inner, outers, inners = 0.0, 0.0, 0, 0
            for i in range(1, min(lengths[k], n - row)):
                d = offsets[k, i]
                if d <= nearest:
                    continue
                outer += rails[row + i, middle + int(np.rint((d + apart) / du))]
                outers += 1
                if abs(d - 2 * apart) > nearest:
                    inner += rails[row + i, middle + int(np.rint((d - apart) / du))]
                    inners += 1
            if outers >= 0.4 * lengths[k] and inners >= 0.3 * lengths[k]:
                weaker = min(outer / outers, inner / inners)
                if weaker > score[row]:
                    score[row], which[row] = weaker, k
    return score, which


@numba.njit(cache=True, nogil=True, inline="always")
def _at(row: Array, column: float) -> float:
    k = int(np.floor(column))
    if k < 0 or k + 1 >= len(row):
        return 0.0
    share = column - k
    return float(row[k] * (1 - share) + row[k + 1] * share)


@numba.njit(cache=True, nogil=True)
def _refine(
    rails: Array,
    first: float,
    number0: float,
    shape0: float,
    apart: float,
    du: float,
    nearest: float,
) -> tuple[float, float, float, float, float]:
    """Best of a fine grid: score, row of the toe, number, radius, strength near the toe."""
    n, m = rails.shape
    middle = m // 2
    best = (-9.0, first, number0, shape0 * number0 * number0, 0.0)
    for a in range(-20, 21):
        toe = first + 0.5 * a
        for b in range(-8, 9):
            number = number0 * (1 + 0.03 * b)
            for c in range(12):
                radius = (2.2 + 0.16 * c) * number * number
                end = radius / number
                outer, inner, near, outers, inners, nears = 0.0, 0.0, 0.0, 0, 0, 0
                for row in range(max(int(np.ceil(toe)), 0), n):
                    x = (row - toe) * STEP
                    if x < end:
                        d = x * x / (2 * radius)
                    else:
                        d = end * end / (2 * radius) + (x - end) / number
                    if d > _FARTHEST:
                        break
                    if d <= nearest:
                        continue
                    v = _at(rails[row], middle + (d + apart) / du)
                    outer += v
                    outers += 1
                    if d < 0.7:
                        near += v
                        nears += 1
                    if abs(d - 2 * apart) > nearest:
                        v = _at(rails[row], middle + (d - apart) / du)
                        inner += v
                        inners += 1
                        if d < 0.7:
                            near += v
                            nears += 1
                if outers < 12 or inners < 10:
                    continue
                score = min(outer / outers, inner / inners)
                if score > best[0]:
                    best = (score, toe, number, radius, near / max(nears, 1))
    return best


@numba.njit(cache=True, nogil=True)
def _crossing(
    rails: Array, toe: float, number: float, radius: float, apart: float, du: float, nearest: float
) -> float:
    """Score of a straight track across instead: its rails on the other side of the main track."""
    n, m = rails.shape
    middle = m // 2
    best = -9.0
    for a in range(-8, 9):
        meet = toe + 0.5 * radius / number / STEP + 0.5 * a
        for b in range(-4, 5):
            slope = (1 + 0.04 * b) / number
            outer, inner, count = 0.0, 0.0, 0
            for row in range(0, min(int(meet) + 1, n)):
                d = (meet - row) * STEP * slope
                if d > _FARTHEST or d < 0.5 or abs(d - 2 * apart) < nearest:
                    continue
                outer += _at(rails[row], middle - (d + apart) / du)
                inner += _at(rails[row], middle - (d - apart) / du)
                count += 1
            if count >= 8:
                best = max(best, min(outer, inner) / count)
    return best
