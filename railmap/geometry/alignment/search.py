"""Which elements a line consists of: the most probable sequence of straights, arcs and clothoids.

The integral of the heading over the length, here *swing*, is a polynomial on each element: linear
on a straight, quadratic on an arc, cubic on a clothoid. A small displacement across the track
changes the swing by just that displacement, so the noise of the points is the noise of the swing.

A hypothesis is a sequence of elements up to a knot. It holds the Gaussian posterior of swing,
heading, curvature, its rate and the correlated noise (a Kalman filter), so all elements so far are
fitted together and tangentially, and its score is the probability of the points under it. The
priors on curvatures and joints make each element cost what it costs to describe it (description
length). At every knot every hypothesis continues or begins another element; the hopeless ones are
dropped.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array

__all__ = ["ARC", "CLOTHOID", "CURVATURE_PRIOR", "STRAIGHT", "find_elements"]

STRAIGHT: Final = 0
ARC: Final = 1
CLOTHOID: Final = 2

CURVATURE_PRIOR: Final = 0.01
"""Standard deviation of the curvature of an arc before it is measured, 1/m."""

_RATE_PRIOR = 1.5e-4  # of the change of curvature of a clothoid, 1/m²
_ELEMENT = 100.0  # usual length of an element, metres
_JOINT = 10.0  # length within which joints explain a line equally well, metres
_SHORTEST = (9.0, 9.0, 15.0)  # least length of an element of each kind, metres
_HOPELESS = 25.0  # hypotheses that are less probable by this factor (natural logarithm) are dropped
_MOST = 600  # hypotheses kept
_ALTERNATIVES = 4  # that begin an element of one kind at one knot
_NUGGET = 0.05  # of the standard deviation: what isn't correlated

# Places in the state. Not plain numbers: numba would compile what takes them once for each.
_CURVATURE = np.int64(2)
_RATE = np.int64(3)

# probability of the first kind, and of the kind that follows: rows from, columns to
_FIRST = np.log([0.45, 0.45, 0.1])
_NEXT_PLAIN = np.log(
    [
        [1e-300, 0.002, 0.998],
        [0.002, 0.002, 0.996],
        [0.47, 0.47, 0.06],
    ]
)
_NEXT_TURNOUT = np.log(
    [
        [1e-300, 0.8, 0.2],
        [0.75, 0.1, 0.15],
        [0.47, 0.47, 0.06],
    ]
)
# vertical alignment: no clothoids
_FIRST_VERTICAL = np.log([0.6, 0.4, 1e-300])
_NEXT_VERTICAL = np.log(
    [
        [1e-300, 1.0, 1e-300],
        [0.9, 0.1, 1e-300],
        [0.5, 0.5, 1e-300],
    ]
)


def find_elements(
    swing: Array,
    sigma: Array,
    step: float,
    correlation: float,
    plain: bool,
    *,
    vertical: bool = False,
) -> tuple[list[int], list[int], float]:
    """Find the most probable elements.

    Parameters
    ----------
    swing
        ``(n,)`` integral of the heading at even steps, m rad.
    sigma
        ``(n,)`` standard deviation of the points across the track, metres.
    step
        Distance of the points, metres.
    correlation
        Length over which the correlation of the noise falls to 1/e, metres.
    plain
        Whether it is plain line, where clothoids are the rule, and not the leg of a turnout, where
        arcs begin without.
    vertical
        Only straights and arcs, as of a vertical alignment.

    Returns
    -------
    knots
        Indices of the points where elements begin, and of the last point.
    kinds
        `STRAIGHT`, `ARC` or `CLOTHOID` of each element.
    evidence
        Natural logarithm of the probability density of the points.
    """
    slope = (swing[-1] - swing[0]) / (step * (len(swing) - 1))
    level = swing - swing[0] - slope * step * np.arange(len(swing))
    events, last, evidence = _filter(
        level,
        sigma.astype(np.float64),
        step,
        float(np.exp(-step / correlation)),
        _FIRST_VERTICAL if vertical else _FIRST,
        _NEXT_VERTICAL if vertical else _NEXT_PLAIN if plain else _NEXT_TURNOUT,
        np.maximum(np.ceil(np.array(_SHORTEST) / step), 2).astype(np.int64),
    )
    knots, kinds = [len(swing) - 1], []
    while last >= 0:
        parent, knot, kind = (int(v) for v in events[last])
        knots.append(knot)
        kinds.append(kind)
        last = parent
    return knots[::-1], kinds[::-1], float(evidence)


@numba.njit(cache=True, nogil=True)
def _advance(x: Array, p: Array, h: float, rho: float) -> None:
    """Predict the state of one hypothesis at the next point."""
    a, b = h * h / 2.0, h * h * h / 6.0
    x[0] += h * x[1] + a * x[2] + b * x[3]
    x[1] += h * x[2] + a * x[3]
    x[2] += h * x[3]
    x[4] *= rho
    for j in range(5):
        p[0, j] += h * p[1, j] + a * p[2, j] + b * p[3, j]
        p[1, j] += h * p[2, j] + a * p[3, j]
        p[2, j] += h * p[3, j]
        p[4, j] *= rho
    for j in range(5):
        p[j, 0] += h * p[j, 1] + a * p[j, 2] + b * p[j, 3]
        p[j, 1] += h * p[j, 2] + a * p[j, 3]
        p[j, 2] += h * p[j, 3]
        p[j, 4] *= rho
    p[4, 4] += 1.0 - rho * rho


@numba.njit(cache=True, nogil=True)
def _observe(x: Array, p: Array, y: float, sigma: float) -> float:
    """Update one hypothesis with a point; the logarithm of the density that it gave the point."""
    gain = np.empty(5)
    for j in range(5):
        gain[j] = p[j, 0] + sigma * p[j, 4]
    s = gain[0] + sigma * gain[4] + (_NUGGET * sigma) ** 2
    miss = y - x[0] - sigma * x[4]
    for i in range(5):
        x[i] += gain[i] * miss / s
        for j in range(5):
            p[i, j] -= gain[i] * gain[j] / s
    return float(-0.5 * (miss * miss / s + np.log(s)))


@numba.njit(cache=True, nogil=True)
def _straighten(x: Array, p: Array) -> None:
    """Condition on a curvature of zero: the end of a clothoid before a straight."""
    s = p[2, 2] + 1e-14
    gain = np.empty(5)
    for i in range(5):
        gain[i] = p[i, 2] / s
    k = x[2]
    for i in range(5):
        x[i] -= gain[i] * k
        for j in range(5):
            if i != 2 and j != 2:
                p[i, j] -= gain[i] * p[2, j]
    _forget(x, p, _CURVATURE, 0.0)


@numba.njit(cache=True, nogil=True)
def _copy(x: Array, p: Array, to_x: Array, to_p: Array) -> None:
    # loops here and below: numba takes seconds to compile the assignment of an array to a row
    for i in range(len(x)):
        to_x[i] = x[i]
        for j in range(len(x)):
            to_p[i, j] = p[i, j]


@numba.njit(cache=True, nogil=True)
def _forget(x: Array, p: Array, i: int, variance: float) -> None:
    """Replace one variable by one of mean zero that depends on no other."""
    x[i] = 0.0
    for j in range(5):
        p[i, j] = p[j, i] = 0.0
    p[i, i] = variance


@numba.njit(cache=True, nogil=True)
def _begin(x: Array, p: Array, before: int, kind: int) -> None:
    """Turn the state at the end of an element into that at the start of the next."""
    if before == CLOTHOID:
        if kind != ARC:
            _straighten(x, p)
        _forget(x, p, _RATE, 0.0)
    if kind == STRAIGHT:
        _forget(x, p, _CURVATURE, 0.0)
    elif kind == ARC and before != CLOTHOID:
        _forget(x, p, _CURVATURE, CURVATURE_PRIOR**2)
    elif kind == CLOTHOID:
        _forget(x, p, _RATE, _RATE_PRIOR**2)


@numba.njit(cache=True, nogil=True)
def _nth_smallest(values: Array, count: int, n: int) -> float:
    """The `n`-th (from 0) of the first `count` values in ascending order, for a small `n`."""
    # not np.sort, which numba takes seconds to compile
    found = -np.inf
    while True:
        smaller, above = 0, np.inf
        for i in range(count):
            if values[i] <= found:
                smaller += 1
            elif values[i] < above:
                above = values[i]
        if smaller > n or above == np.inf:
            return found
        found = above


@numba.njit(cache=True, nogil=True)
def _filter(
    y: Array,
    sigma: Array,
    h: float,
    rho: float,
    first: Array,
    follow: Array,
    shortest: NDArray[np.int64],
) -> tuple[NDArray[np.int32], int, float]:
    """Events (parent, knot, kind), the last event of the best hypothesis, and its score."""
    n = len(y)
    room = _MOST + 3 * _ALTERNATIVES
    x = np.zeros((room, 5))
    p = np.zeros((room, 5, 5))
    score = np.zeros(room)
    kind = np.zeros(room, np.int64)
    start = np.zeros(room, np.int64)
    origin = np.zeros(room, np.int64)
    event = np.zeros(room, np.int64)
    events = np.zeros((3 * _ALTERNATIVES * n + 3, 3), np.int32)
    count = 3
    for i in range(3):
        events[i, 0], events[i, 1], events[i, 2] = -1, 0, i
        kind[i] = event[i] = i
        origin[i] = -1
        score[i] = first[i]
        p[i, 0, 0], p[i, 1, 1], p[i, 4, 4] = 1.0, 1.0, 1.0
        if i > 0:
            p[i, 2, 2] = CURVATURE_PRIOR**2
        if i == CLOTHOID:
            p[i, 3, 3] = _RATE_PRIOR**2
        score[i] += _observe(x[i], p[i], y[0], sigma[0])
    made = 3
    begins = np.log(_JOINT / _ELEMENT)
    best_score = np.empty(_ALTERNATIVES)
    best_from = np.empty(_ALTERNATIVES, np.int64)
    for at in range(1, n):
        top = -np.inf
        for i in range(count):
            _advance(x[i], p[i], h, rho)
            score[i] += _observe(x[i], p[i], y[at], sigma[at])
            top = max(top, score[i])
        limit = top - _HOPELESS
        if count > _MOST - 3 * _ALTERNATIVES:
            limit = max(limit, _nth_smallest(score, count, count - _MOST + 3 * _ALTERNATIVES))
        kept = 0
        for i in range(count):
            if score[i] >= limit:
                if kept < i:
                    _copy(x[i], p[i], x[kept], p[kept])
                    score[kept], kind[kept] = score[i], kind[i]
                    start[kept], origin[kept], event[kept] = start[i], origin[i], event[i]
                kept += 1
        count = kept
        for to in range(3):
            for j in range(_ALTERNATIVES):
                best_score[j] = -np.inf
            for i in range(kept):
                before = kind[i]
                if at - start[i] < shortest[before]:
                    continue
                if before == STRAIGHT and to == STRAIGHT:
                    continue
                value = score[i] + begins + follow[before, to]
                if before == CLOTHOID and to != ARC:
                    if to == STRAIGHT and origin[i] == STRAIGHT:
                        continue  # no clothoid between straights
                    s = p[i, 2, 2] + 1e-14
                    value -= 0.5 * (x[i, 2] ** 2 / s + np.log(s / CURVATURE_PRIOR**2))
                if value <= best_score[-1]:
                    continue
                j = _ALTERNATIVES - 1
                while j > 0 and best_score[j - 1] < value:
                    best_score[j], best_from[j] = best_score[j - 1], best_from[j - 1]
                    j -= 1
                best_score[j], best_from[j] = value, i
            for j in range(_ALTERNATIVES):
                if best_score[j] < limit:
                    break
                i = best_from[j]
                _copy(x[i], p[i], x[count], p[count])
                _begin(x[count], p[count], kind[i], to)
                score[count], kind[count], start[count] = best_score[j], to, at
                origin[count] = kind[i]
                events[made, 0], events[made, 1], events[made, 2] = event[i], at, to
                event[count] = made
                made += 1
                count += 1
        for i in range(kept):
            score[i] -= h / _ELEMENT
    for i in range(count):
        if start[i] > 0 and n - 1 - start[i] < shortest[kind[i]]:
            score[i] -= _HOPELESS  # it cannot be measured
    best = np.argmax(score[:count])
    return events[:made], event[best], score[best]
