"""Chainage of a line from its kilometre posts: piecewise, for kilometres are not all 1000 m."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]

# Maps are flat and scaled (UTM: 0.4 m a km), tracks are not: so much is no jump.
_SCALE = 0.002


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chainage along a line.

    Parameters
    ----------
    s, m
        ``(knots,)`` metres along the line, never falling, and chainage there, rising. Two knots
        at the same `s` are a jump: the chainages in between don't exist.
    residual
        ``(posts,)`` what each post says less the straight line through the posts of its section,
        metres; 0 where a section has fewer than three.
    reverse
        Chainage rises against the direction of the given `s`; the knots count from the other end.
    jumps
        Kilometres that are missing, as (from, to) chainage.
    long
        Stretches longer than their chainage, as (from, to) chainage and metres too many.
    """

    s: Floats
    m: Floats
    residual: Floats
    reverse: bool
    jumps: list[tuple[float, float]]
    long: list[tuple[float, float, float]]


def calibrate(
    s: Floats,
    m: Floats,
    length: float,
    *,
    names: Sequence[str],
    line: str,
    jump_m: float = 10.0,
) -> Calibration:
    """Fit chainage to posts: each has the chainage it says, between them it rises evenly.

    Where the chainage of two neighbours leaps by more than `jump_m` over the metres between
    them, kilometres are missing: chainage counts metres up to the second post and jumps there.
    Where the metres are that many more (an overlong kilometre), chainage is stretched over them.
    Before the first and after the last post it counts metres.

    Parameters
    ----------
    s, m
        ``(posts,)`` metres along the line and chainage in metres, in any order.
    length
        Of the line, metres.
    names
        ``(posts,)`` for error messages.
    line
        The line's ref, for error messages.
    jump_m
        Largest difference that counts as the posts' and the map's inaccuracy, metres.

    Raises
    ------
    InputError
        If posts stand in the wrong order, or the same one stands at two places.
    """
    order = np.lexsort((s, m))
    reverse = bool(_trend(s, m) < 0)
    if reverse:
        s = length - s
        order = np.lexsort((s, m))
    groups = _same_post(s, m, order, names, line, jump_m)
    at = np.array([s[group].mean() for group in groups])
    says = np.array([m[group[0]] for group in groups])
    for i in np.flatnonzero(np.diff(at) <= 0).tolist():
        a, b = names[groups[i][0]], names[groups[i + 1][0]]
        raise InputError(
            f"posts {a} and {b} stand in the wrong order along line {line}; correct them"
        )
    knots = [(0.0, says[0] - at[0]), (at[0], says[0])]
    section = np.zeros(len(groups), dtype=np.int64)
    jumps: list[tuple[float, float]] = []
    long: list[tuple[float, float, float]] = []
    for i in range(1, len(groups)):
        metres, chainage = at[i] - at[i - 1], says[i] - says[i - 1]
        leap = chainage - metres
        broken = abs(leap) > jump_m + _SCALE * metres
        section[i] = section[i - 1] + int(broken)
        if broken and leap > 0:
            knots.append((at[i], says[i - 1] + metres))
            jumps.append((says[i - 1] + metres, says[i]))
        elif broken:
            long.append((says[i - 1], says[i], -leap))
        knots.append((at[i], says[i]))
    knots.append((length, says[-1] + length - at[-1]))
    flat = np.array(knots)
    # A post at the very end of the line gives the same knot twice.
    flat = flat[np.r_[True, (np.diff(flat, axis=0) > 1e-9).any(axis=1)]]
    residual = np.zeros(len(s))
    for number in range(int(section[-1]) + 1):
        members = np.concatenate([groups[i] for i in np.flatnonzero(section == number)])
        residual[members] = _residuals(s[members], m[members])
    return Calibration(flat[:, 0], flat[:, 1], residual, reverse, jumps, long)


def _trend(s: Floats, m: Floats) -> float:
    """Return the sign of most steps between posts: one misplaced post doesn't turn the line."""
    steps = np.sign(np.diff(s[np.argsort(m, kind="stable")]))
    return float(steps.sum()) or float(s[np.argmax(m)] - s[np.argmin(m)])


def _same_post(
    s: Floats,
    m: Floats,
    order: NDArray[np.int64],
    names: Sequence[str],
    line: str,
    jump_m: float,
) -> list[NDArray[np.int64]]:
    """Group posts of the same chainage (one on either side of the track)."""
    cuts = np.flatnonzero(np.diff(m[order]) > 1e-6) + 1
    groups = np.split(order, cuts)
    for group in groups:
        apart = float(np.ptp(s[group]))
        if apart > jump_m:
            raise InputError(
                f"post {names[group[0]]} of line {line} is there twice, {apart:.0f} m apart;"
                " delete one"
            )
    return groups


def _residuals(s: Floats, m: Floats) -> Floats:
    if len(np.unique(m)) < 3:
        return np.zeros(len(s))
    x, y = s - s.mean(), m - m.mean()
    return np.asarray(y - x * float(x @ y) / float(x @ x))
