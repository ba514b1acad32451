"""Folds: places where a line turns more tightly than any track."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, resample

__all__ = ["FOLD_LENGTH", "FOLD_TURN", "find_folds"]

FOLD_LENGTH, FOLD_TURN = 10.0, np.radians(60.0)
"""A line that turns so much within this length has a radius below 9.5 m; the tightest tracks that
are built, those of trams in depots, have 12 m and turn by 48 degrees."""

_STEP = 0.5  # metres


def find_folds(xy: Array) -> list[tuple[float, float, float]]:
    """Find the parts of a line in which it folds.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.

    Returns
    -------
    list of (float, float, float)
        Stations (m) at which each fold begins and ends, and its turn (radians), along the line.

    Examples
    --------
    >>> import numpy as np
    >>> back = np.array([[0.0, 0.0], [30.0, 0.0], [0.0, 1.0]])
    >>> [(round(a), round(b), round(float(np.degrees(turn)))) for a, b, turn in find_folds(back)]
    [(30, 30, 178)]
    """
    total = float(arc_length(xy)[-1])
    if total < 2 * _STEP:
        return []
    even = resample(xy, _STEP)
    step = total / (len(even) - 1)
    along = np.diff(even, axis=0)
    heading = np.unwrap(np.arctan2(along[:, 1], along[:, 0]))
    count = len(heading)
    first = np.full(count + 1, count)  # end of the shortest fold that begins at each chord
    for lag in range(min(round(FOLD_LENGTH / step), count - 1), 0, -1):
        turned = np.abs(heading[lag:] - heading[:-lag]) >= FOLD_TURN
        starts = np.flatnonzero(turned)
        first[starts] = starts + lag
    folded = np.zeros(count, bool)
    # those that hold no shorter one
    for start in np.flatnonzero(first[:-1] < first[1:]).tolist():
        folded[start : first[start] + 1] = True
    change = np.flatnonzero(np.diff(np.concatenate([[0], folded.astype(int), [0]])))
    return [
        # between the middles of the first and the last chord
        ((a + 0.5) * step, (b - 0.5) * step, float(np.ptp(heading[max(a - 1, 0) : b + 1])))
        for a, b in zip(change[::2].tolist(), change[1::2].tolist(), strict=True)
    ]
