"""The heading along a sequence of elements, and how it depends on curvatures and joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.alignment.search import ARC, CLOTHOID
from railmap.geometry.curves import Array

__all__ = ["Elements"]

_NONE = -1  # no unknown: straight there


@dataclass(frozen=True, slots=True)
class Elements:
    """Straights, arcs and clothoids that follow one another.

    The curvature is continuous at the ends of clothoids. Between two clothoids it is zero.

    Parameters
    ----------
    kinds
        `STRAIGHT`, `ARC` or `CLOTHOID` of each of ``m`` elements.
    joints
        ``(m + 1,)`` stations where elements begin, and of the end, metres.
    values
        Unknown curvatures, 1/m, positive to the left.
    columns
        ``(m, 2)`` index of the unknown at the start and the end of each element; -1 for straight.
    """

    kinds: tuple[int, ...]
    joints: Array
    values: Array
    columns: NDArray[np.int64]

    @classmethod
    def of(cls, kinds: Sequence[int], joints: Array) -> Elements:
        """Create elements whose curvatures are still zero."""
        columns = np.full((len(kinds), 2), _NONE)
        unknowns = 0
        for i, kind in enumerate(kinds):
            if kind == ARC:
                columns[i] = unknowns
                unknowns += 1
        for i, kind in enumerate(kinds):
            if kind != CLOTHOID:
                continue
            for end, beside in ((0, i - 1), (1, i + 1)):
                if 0 <= beside < len(kinds):
                    columns[i, end] = columns[beside, 1 - end] if kinds[beside] == ARC else _NONE
                else:
                    columns[i, end] = unknowns
                    unknowns += 1
        return cls(tuple(kinds), np.asarray(joints, np.float64), np.zeros(unknowns), columns)

    @property
    def curvatures(self) -> Array:
        """``(m, 2)`` curvature at the start and the end of each element, 1/m."""
        return np.append(self.values, 0.0)[self.columns]

    def turn(self, s: Array) -> Array:
        """Heading at stations `s` less that at the start, ``(n,)`` radians."""
        size, u = self._inside(s)
        a, b = self.curvatures.T
        return np.asarray((a * u + (b - a) * u**2 / (2 * size)).sum(1))

    def turn_derivatives(self, s: Array) -> tuple[Array, Array]:
        """Derivatives of `turn`: ``(n, unknowns)`` by curvature, ``(n, m - 1)`` by inner joint."""
        size, u = self._inside(s)
        by_value = np.zeros((len(s), len(self.values)))
        at_end = u**2 / (2 * size)
        for end, part in ((0, u - at_end), (1, at_end)):
            for i, column in enumerate(self.columns[:, end]):
                if column != _NONE:
                    by_value[:, column] += part[:, i]
        a, b = self.curvatures.T
        bend = (b - a) * u**2 / (2 * size**2)
        past = s[:, None] > self.joints[None, 1:-1]
        before = b[:-1] * past - bend[:, :-1]
        after = (bend - a - (b - a) * u / size)[:, 1:] * past
        return by_value, before + after

    def _inside(self, s: Array) -> tuple[Array, Array]:
        """Lengths of the elements, and how far into each the stations are, ``(n, m)``."""
        size = np.diff(self.joints)
        return size, np.clip(s[:, None] - self.joints[None, :-1], 0.0, size)
