"""Clothoids on both sides of an arc that are equally long, as they are mostly built."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from railmap.geometry.alignment.elements import Elements
from railmap.geometry.alignment.polish import Beliefs, Fit
from railmap.geometry.alignment.search import ARC, CLOTHOID, STRAIGHT
from railmap.geometry.curves import Array

__all__ = ["with_equal_transitions"]

_ALIKE = 0.5  # standard deviation of the difference of two lengths that are the same, metres
_WORTH = 2.0  # what different lengths explain if they are kept: a difference of two sigmas
_CURVE = (STRAIGHT, CLOTHOID, ARC, CLOTHOID, STRAIGHT)


def with_equal_transitions(fit: Fit, refit: Callable[[Fit, Beliefs], Fit]) -> Fit:
    """Make the clothoids of each curve between straights equally long if the points permit it.

    The points tell the length of a clothoid badly. Both are that of the cant and the speed of the
    curve, hence nearly always the same; that they are tells where both begin.

    Parameters
    ----------
    fit
        All elements, fitted.
    refit
        Fits the elements of a fit again, with beliefs.

    Returns
    -------
    Fit
        With the same elements.
    """
    held: list[Array] = []
    kinds = fit.elements.kinds
    for first in range(len(kinds) - len(_CURVE) + 1):
        if kinds[first : first + len(_CURVE)] != _CURVE:
            continue
        tried = [*held, _difference(fit.elements, first)]
        size = len(tried)
        other = refit(fit, Beliefs(np.array(tried), np.zeros(size), np.full(size, _ALIKE)))
        if other.cost < fit.cost + _WORTH:
            fit, held = other, tried
    return fit


def _difference(elements: Elements, first: int) -> Array:
    """Weights of the unknowns in the difference of the two lengths of clothoid."""
    row = np.zeros(len(elements.values) + len(elements.joints) - 2)
    joint = len(elements.values) + first  # where the first clothoid begins
    row[joint : joint + 4] = -1.0, 1.0, 1.0, -1.0
    return row
