"""Which heights of an elevation model are those of a track: without bridges, cuts and trees.

A track rises or falls by no more than its steepest gradient. Of heights along a track those are
kept that a track can have together: the longest sequence in which no two differ by more than that
gradient permits. What is left out is a river under a bridge, a road over the track, or a tree.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, median_filter

from railmap.geometry.curves import Array

__all__ = ["on_track", "runs_of"]

_SMOOTH = 15.0  # length over which the median is taken, so that noise is not a gradient, metres
_MARGIN = 7.5  # beside what is left out, heights are between track and ground, metres
_SCATTER = 5.0  # a height that is this many robust standard deviations off its median is no track
_LEAST_SCATTER = 0.1  # metres


def on_track(s: Array, z: Array, gradient: float) -> NDArray[np.bool_]:
    """Tell which heights are those of the track.

    Parameters
    ----------
    s
        ``(n,)`` stations that increase, metres.
    z
        ``(n,)`` heights, metres; NaN where there is none.
    gradient
        Steepest gradient of a track, metres a metre.

    Returns
    -------
    ndarray
        ``(n,)`` bool, False for NaN.

    Examples
    --------
    >>> on_track(np.arange(0.0, 100.0, 10.0), np.array([0, 0, 0, 0, -9, 0, 0, 0, 0, 0.0]), 0.06)[4]
    np.False_
    """
    kept = np.zeros(len(z), np.bool_)
    known = np.flatnonzero(np.isfinite(z))
    if len(known) < 3:
        kept[known] = True
        return kept
    at, height = s[known], z[known]
    step = float(np.median(np.diff(at))) or 1.0
    width = 2 * int(_SMOOTH / (2 * step)) + 1
    level = median_filter(height, size=width, mode="nearest")
    chosen = np.zeros(len(known), np.bool_)
    chosen[_longest(at * gradient - level, at * gradient + level)] = True
    reach = int(np.ceil(_MARGIN / step))
    inner = _long_runs(~chosen, max(1, width // 2))
    chosen &= ~binary_dilation(inner, iterations=reach)
    off = np.abs(height - level)
    scatter = max(1.4826 * float(np.median(off)), _LEAST_SCATTER)
    kept[known] = chosen & (off <= _SCATTER * scatter + gradient * width * step / 2)
    return kept


def runs_of(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and past-last index of each run of True.

    Examples
    --------
    >>> runs_of(np.array([True, False, True, True]))
    [(0, 1), (2, 4)]
    """
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _long_runs(flags: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    out = np.zeros_like(flags)
    for first, last in runs_of(flags):
        if last - first >= shortest:
            out[first:last] = True
    return out


def _longest(u: Array, v: Array) -> NDArray[np.int64]:
    """Longest sequence along which neither value decreases; its indices.

    Two heights that the gradient permits have both ``g s - z`` and ``g s + z`` in the order of
    their stations, so this is the longest non-decreasing subsequence of `v` by `u`.
    """
    order = np.lexsort((v, u))
    tails: list[float] = []
    ends: list[int] = []
    before = np.full(len(u), -1)
    for i in order.tolist():
        place = bisect_right(tails, v[i])
        before[i] = ends[place - 1] if place else -1
        if place == len(tails):
            tails.append(v[i])
            ends.append(i)
        else:
            tails[place], ends[place] = v[i], i
    found = []
    i = ends[-1]
    while i >= 0:
        found.append(i)
        i = int(before[i])
    return np.array(found[::-1], np.int64)
