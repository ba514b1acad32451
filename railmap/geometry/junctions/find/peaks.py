"""Peaks of a profile that stand out."""

from __future__ import annotations

from railmap.geometry.curves import Array

__all__ = ["prominent_peaks"]


def prominent_peaks(profile: Array, prominence: float) -> list[int]:
    """Find the maxima of a profile that rise by `prominence` from the dips on both sides.

    The same as ``scipy.signal.find_peaks`` with this prominence, except that of two equal tops with
    a lesser dip between them it takes the first. ``scipy.signal`` takes a quarter of the time of
    all imports of ``railmap vectorize``.

    Parameters
    ----------
    profile
        ``(n,)``; taken as 0 beyond both ends.
    prominence
        Least rise, in the unit of the profile; above 0.

    Returns
    -------
    list of int
        Ascending indices; the middle of a flat top.

    Examples
    --------
    >>> import numpy as np
    >>> prominent_peaks(np.array([0.2, 0.9, 0.85, 0.9, 0.3, 0.6, 0.1]), 0.2)
    [1, 5]
    """
    found: list[int] = []
    top, start, dip = 0.0, -1, 0.0
    climbing = False
    for k, value in enumerate([*profile.tolist(), 0.0]):
        if climbing and value > top:
            top, start = value, k
        elif climbing and top - value >= prominence:
            found.append(_middle(profile, start))
            climbing, dip = False, value
        elif not climbing:
            dip = min(dip, value)
            if value - dip >= prominence:
                climbing, top, start = True, value, k
    return found


def _middle(profile: Array, start: int) -> int:
    stop = start
    while stop + 1 < len(profile) and profile[stop + 1] == profile[start]:
        stop += 1
    return (start + stop) // 2
