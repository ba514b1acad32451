"""Vertical alignment of a track: the constant gradients and parabolas that explain its heights.

The search is that of the horizontal alignment: the height is to a vertical alignment what the
integral of the heading is to a horizontal one, linear on a constant gradient and quadratic on a
parabola. Vertical elements are longer and flatter, so lengths and heights are scaled to those the
search expects.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.alignment.search import ARC, STRAIGHT, find_elements
from railmap.geometry.curves import Array
from railmap.geometry.vertical.polish import Heights, ProfileFit, polish_profile
from railmap.geometry.vertical.profile import Profile

__all__ = ["fit_profile"]

_LENGTH = 3.0  # vertical elements are longer than horizontal ones by this factor
_HEIGHT = 3.0  # and flatter: the curvature expected is 0.01 / (_HEIGHT * _LENGTH²), 1/m
_STEP, _MOST, _FEWEST = 5.0, 2500, 6  # spacing and number of the heights searched
_QUIETEST = 0.005  # least standard deviation tried, metres
_LOUDER = 1.7  # factor between those tried
_TIMES = 14
_UNKNOWN = 1e3  # standard deviation of a height that isn't measured, metres
_PIN = 0.002  # of a height that is known from another track, metres
_FLAT = 2e-6  # a parabola of less curvature is none, 1/m
_SMALL_STEP = 2e-4  # change of gradient that no one measures


def fit_profile(
    s: Array,
    z: Array,
    *,
    pins: tuple[Array, Array] | None = None,
    sigma: float | None = None,
    correlations: tuple[float, ...] = (1.0, 15.0),
) -> Profile | None:
    """Fit the constant gradients and parabolas that heights most probably consist of.

    Parameters
    ----------
    s
        ``(n,)`` stations that increase, metres.
    z
        ``(n,)`` heights, metres; NaN where there is none, as under a bridge.
    pins
        Stations and heights that are known, ``(p,)`` each, metres.
    sigma
        Standard deviation of the heights, metres; None: the one that explains them best.
    correlations
        Lengths over which the correlation of their error may fall to 1/e, metres; the one that
        explains the heights best is taken.

    Returns
    -------
    Profile or None
        From the first station to the last; None if fewer than two heights are known.

    Examples
    --------
    >>> s = np.arange(0.0, 1000.0, 5.0)
    >>> found = fit_profile(s, 100 + 0.01 * s)
    >>> len(found.curvatures), round(found.gradient, 6)
    (1, 0.01)
    """
    pin_s, pin_z = pins if pins is not None else (np.empty(0), np.empty(0))
    known = np.isfinite(z)
    if known.sum() + len(pin_s) < 2 or not s[-1] > s[0]:
        return None
    all_s, all_z = np.concatenate([s[known], pin_s]), np.concatenate([z[known], pin_z])
    order = np.argsort(all_s, kind="stable")
    step = max(_STEP, (s[-1] - s[0]) / _MOST)
    count = max(int(np.ceil((s[-1] - s[0]) / step)), 2)
    grid = np.linspace(s[0], s[-1], count + 1)
    step = float(grid[1] - grid[0])
    level = np.interp(grid, all_s[order], all_z[order])
    measured = _near(grid, s[known], 0.75 * max(step, _spacing(s)))
    pinned = _nearest(grid, pin_s)
    level[pinned] = pin_z

    def heights(noise: float, correlation: float) -> Heights:
        return Heights(s[known], z[known], pin_s, pin_z, noise, _PIN, correlation)

    if len(grid) < _FEWEST or measured.sum() < _FEWEST:
        noise = sigma if sigma is not None else 0.1
        return polish_profile(
            heights(noise, correlations[0]), [STRAIGHT], np.array([s[0], s[-1]])
        ).profile

    def search(noise: float, correlation: float) -> tuple[list[int], list[int], float]:
        spread = np.where(measured, noise, _UNKNOWN)
        spread[pinned] = _PIN
        return find_elements(
            _HEIGHT * level,
            _HEIGHT * spread,
            step / _LENGTH,
            correlation / _LENGTH,
            True,
            vertical=True,
        )

    best: tuple[float, float, float, list[int], list[int]] | None = None
    for correlation in correlations:
        noise = sigma if sigma is not None else _QUIETEST
        last = -np.inf
        for _ in range(1 if sigma is not None else _TIMES):
            knots, kinds, evidence = search(noise, correlation)
            if best is None or evidence > best[0]:
                best = evidence, noise, correlation, knots, kinds
            if evidence < last:
                break
            last = evidence
            noise *= _LOUDER
    assert best is not None
    _, noise, correlation, knots, kinds = best
    data = heights(noise, correlation)
    return _simplified(polish_profile(data, kinds, grid[knots]), data).profile


def _spacing(s: Array) -> float:
    return float(np.median(np.diff(s)))


def _near(grid: Array, s: Array, reach: float) -> NDArray[np.bool_]:
    """Whether there is a station within reach of each place of the grid."""
    if not len(s):
        return np.zeros(len(grid), np.bool_)
    return np.asarray(np.abs(s[_nearest(s, grid)] - grid) <= reach, np.bool_)


def _nearest(of: Array, to: Array) -> NDArray[np.int64]:
    """Index of the value of a sorted array that is nearest to each of others."""
    if len(of) < 2:
        return np.zeros(len(to), np.int64)
    right = np.clip(np.searchsorted(of, to), 1, len(of) - 1)
    return right - (to - of[right - 1] < of[right] - to).astype(np.int64)


def _simplified(fit: ProfileFit, data: Heights) -> ProfileFit:
    """Drop elements as long as those left explain the heights nearly as well (BIC)."""
    size = np.log(max(len(data.s), 2))
    found = True
    while found:
        found = False
        for kinds, joints, fewer in _candidates(fit):
            other = polish_profile(data, kinds, joints)
            step = _negligible(fit) if len(kinds) < len(fit.kinds) else False
            if other.cost < fit.cost + fewer * size or step:
                fit, found = other, True
                break
    return fit


def _negligible(fit: ProfileFit) -> bool:
    """Whether no parabola of the profile changes the gradient."""
    size = np.diff(fit.profile.joints)
    return bool((np.abs(fit.profile.curvatures) * size < _SMALL_STEP).all())


def _candidates(fit: ProfileFit) -> Iterator[tuple[list[int], Array, int]]:
    """Kinds and joints with fewer elements, and how many parameters they save."""
    kinds, joints = list(fit.kinds), fit.profile.joints
    size = np.diff(joints)
    order = np.argsort(np.abs(fit.profile.curvatures) * size)
    for i in order.tolist():
        if kinds[i] != ARC:
            continue
        straight = _merged([*kinds[:i], STRAIGHT, *kinds[i + 1 :]], joints)
        if len(straight[0]) < len(kinds) or abs(fit.profile.curvatures[i]) < _FLAT:
            yield *straight, 1 + len(kinds) - len(straight[0])
        elif kinds[max(i - 1, 0)] == ARC or kinds[min(i + 1, len(kinds) - 1)] == ARC:
            yield *straight, 1
        for j in (i + 1, i + 2):
            between = kinds[i + 1 : j]
            if j < len(kinds) and kinds[j] == ARC and all(one == STRAIGHT for one in between):
                left = np.concatenate([joints[: i + 1], joints[j + 1 :]])
                yield [*kinds[: i + 1], *kinds[j + 1 :]], left, 1 + j - i
                break


def _merged(kinds: list[int], joints: Array) -> tuple[list[int], Array]:
    """One constant gradient in place of adjacent ones."""
    out, cuts = [kinds[0]], [joints[0]]
    for kind, joint in zip(kinds[1:], joints[1:-1], strict=True):
        if kind == STRAIGHT and out[-1] == STRAIGHT:
            continue
        out.append(kind)
        cuts.append(joint)
    return out, np.array([*cuts, joints[-1]])
