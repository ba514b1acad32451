"""Piecewise chainage of a line from its kilometre posts (a kilometre is not always 1000 m)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError

__all__ = ["Calibration", "calibrate"]

Floats = NDArray[np.float64]

# Scale error of map projections (UTM: 0.4 m per km) and grade; smaller differences are no jump.
_SCALE = 0.002


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chainage along a line.

    Parameters
    ----------
    s, m
        ``(knots,)`` metres along the line, not decreasing, and chainage there, increasing. Two
        knots at the same `s` are a jump: the chainages between them do not exist.
    residual
        ``(posts,)`` chainage of each post minus the linear fit of its section, metres; 0 where a
        section has fewer than three posts.
    reverse
        Chainage increases against the direction of the given `s`; the knots are measured from the
        other end.
    jumps
        Missing chainages, as (from, to).
    long
        Overlong sections, as (from, to) chainage and excess metres.
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
    """Interpolate chainage between posts.

    Where the chainage between two posts exceeds the distance by more than `jump_m`, chainages are
    missing: chainage increases with distance up to the second post and jumps there. Where the
    distance exceeds the chainage by that much (an overlong kilometre), chainage is stretched.
    Before the first and after the last post it increases with distance.

    Parameters
    ----------
    s, m
        ``(posts,)`` metres along the line and chainage in metres, in any order.
    length
        Length of the line, metres.
    names
        ``(posts,)`` texts of the posts, for error messages.
    line
        The line's ref, for error messages.
    jump_m
        Largest difference that is attributed to inaccuracy of posts and map, metres.

    Raises
    ------
    InputError
        If posts are in the wrong order, or the same post is at two positions.
    """
    order = np.lexsort((s, m))
    reverse = bool(_trend(s, m) < 0)
    if reverse:
        s = length - s
        order = np.lexsort((s, m))
    groups = _same_post(s, m, order, names, line, jump_m)
    at = np.array([s[group].mean() for group in groups])
    chainages = np.array([m[group[0]] for group in groups])
    for i in np.flatnonzero(np.diff(at) <= 0).tolist():
        a, b = names[groups[i][0]], names[groups[i + 1][0]]
        raise InputError(
            f"posts {a} and {b} are in the wrong order along line {line}; correct them"
        )
    knots = [(0.0, chainages[0] - at[0]), (at[0], chainages[0])]
    section = np.zeros(len(groups), dtype=np.int64)
    jumps: list[tuple[float, float]] = []
    long: list[tuple[float, float, float]] = []
    for i in range(1, len(groups)):
        metres, chainage = at[i] - at[i - 1], chainages[i] - chainages[i - 1]
        excess = chainage - metres
        broken = abs(excess) > jump_m + _SCALE * metres
        section[i] = section[i - 1] + int(broken)
        if broken and excess > 0:
            knots.append((at[i], chainages[i - 1] + metres))
            jumps.append((chainages[i - 1] + metres, chainages[i]))
        elif broken:
            long.append((chainages[i - 1], chainages[i], -excess))
        knots.append((at[i], chainages[i]))
    knots.append((length, chainages[-1] + length - at[-1]))
    flat = np.array(knots)
    # A post at the end of the line gives the same knot twice.
    flat = flat[np.r_[True, (np.diff(flat, axis=0) > 1e-9).any(axis=1)]]
    residual = np.zeros(len(s))
    for number in range(int(section[-1]) + 1):
        members = np.concatenate([groups[i] for i in np.flatnonzero(section == number)])
        residual[members] = _residuals(s[members], m[members])
    return Calibration(flat[:, 0], flat[:, 1], residual, reverse, jumps, long)


def _trend(s: Floats, m: Floats) -> float:
    """Return the sign of most steps between posts, so that one misplaced post has no effect."""
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
                f"post {names[group[0]]} of line {line} exists twice, {apart:.0f} m apart;"
                " delete one"
            )
    return groups


def _residuals(s: Floats, m: Floats) -> Floats:
    if len(np.unique(m)) < 3:
        return np.zeros(len(s))
    x, y = s - s.mean(), m - m.mean()
    return np.asarray(y - x * float(x @ y) / float(x @ x))
