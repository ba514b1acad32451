"""Take away elements that the points don't need.

These are nearly equal arcs, arcs that are straight, and straights within one long clothoid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from railmap.geometry.alignment.polish import Fit
from railmap.geometry.alignment.search import ARC, CLOTHOID, STRAIGHT
from railmap.geometry.curves import Array

__all__ = ["simplified"]

Shape = tuple[list[int], Array]
"""Kinds and joints."""

_COLLAPSED = 1.05  # a clothoid is as short as it may be, times that length
_ALIKE = 1.15  # arcs whose radii differ by less are hardly built next to each other
_UNSURE = 4.0  # curvatures that differ by fewer sigmas are compared
_WORTH = 6.0  # what an element explains if it is kept (natural logarithm of the probability)
_WORTH_ALIKE = 20.0  # one that is hardly built
_WORTH_CLOTHOID = -3.0  # one that is the rule: it goes if it makes the fit so much worse


def simplified(
    fit: Fit, refit: Callable[[Sequence[int], Array], Fit], shortest: float, plain: bool
) -> Fit:
    """Drop elements as long as those left explain the curve nearly as well.

    Parameters
    ----------
    fit
        All elements, fitted.
    refit
        Fits given kinds and joints to the same points.
    shortest
        Least length of a clothoid, metres.
    plain
        Whether clothoids are the rule.

    Returns
    -------
    Fit
        With the same or fewer elements.
    """
    found = True
    while found:
        found = False
        for shape, worth in _candidates(fit, shortest, plain):
            other = refit(*shape)
            if other.cost < fit.cost + worth:
                fit, found = other, True
                break
    return fit


def _candidates(fit: Fit, shortest: float, plain: bool) -> Iterator[tuple[Shape, float]]:
    """Shapes with fewer elements, and what these must explain to stay."""
    elements = fit.elements
    kinds, joints = list(elements.kinds), elements.joints
    size = np.diff(joints)
    for i, kind in enumerate(kinds):
        column = int(elements.columns[i, 0])
        if kind == CLOTHOID:
            if size[i] < _COLLAPSED * shortest and len(kinds) > 1:
                inner = 0 < i < len(kinds) - 1
                worth = _WORTH_CLOTHOID if plain and inner else _WORTH
                yield _without(kinds, joints, i), worth
            j = i + 2 if kinds[i + 1 : i + 2] == [STRAIGHT] else i + 1
            between_arcs = i > 0 and kinds[i - 1] == ARC and kinds[j + 1 : j + 2] == [ARC]
            if between_arcs and kinds[j] == CLOTHOID:
                left = np.concatenate([joints[: i + 1], joints[j + 1 :]])
                yield ([*kinds[: i + 1], *kinds[j + 1 :]], left), _WORTH
        elif kind == ARC:
            k, sigma = float(elements.values[column]), float(fit.sigma[column])
            if abs(k) < _UNSURE * sigma:
                yield _merged([*kinds[:i], STRAIGHT, *kinds[i + 1 :]], joints), _WORTH
            for j in (i + 1, i + 2):
                if (
                    j < len(kinds)
                    and kinds[j] == ARC
                    and all(one == CLOTHOID for one in kinds[i + 1 : j])
                ):
                    other = elements.columns[j, 0]
                    q, spread = float(elements.values[other]), float(fit.sigma[other])
                    alike = k * q > 0 and max(k / q, q / k) < _ALIKE
                    if alike or abs(k - q) < _UNSURE * np.hypot(sigma, spread):
                        shape = [*kinds[: i + 1], *kinds[j + 1 :]]
                        left = np.concatenate([joints[: i + 1], joints[j + 1 :]])
                        yield (shape, left), _WORTH_ALIKE if alike else _WORTH


def _without(kinds: list[int], joints: Array, i: int) -> Shape:
    """Remove an element; its neighbours meet in its middle."""
    if i == 0:
        left = np.delete(joints, 1)
    elif i == len(kinds) - 1:
        left = np.delete(joints, i)
    else:
        left = np.delete(joints, i + 1)
        left[i] = 0.5 * (joints[i] + joints[i + 1])
    return _merged([*kinds[:i], *kinds[i + 1 :]], left)


def _merged(kinds: list[int], joints: Array) -> Shape:
    """One straight in place of two, and of two with a clothoid between them."""
    kinds, cuts = list(kinds), list(joints)
    i = 0
    while i < len(kinds):
        for reach in (1, 2):
            j = i + reach
            if (
                j < len(kinds)
                and kinds[i] == kinds[j] == STRAIGHT
                and (reach == 1 or kinds[i + 1] == CLOTHOID)
            ):
                del kinds[i + 1 : j + 1], cuts[i + 1 : j + 1]
                break
        else:
            i += 1
    return kinds, np.array(cuts)
