"""Straights, arcs and clothoids of an alignment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.curvature import length_reaching
from railmap.publishing.exchange.alignment.tangential import tangential

__all__ = ["Element", "link_elements"]

Floats = NDArray[np.float64]

# Start and end alone don't tell an arc of more than half a circle from the other side's; a longer
# arc than this is written in parts.
_MOST_TURN = 2.0


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an alignment, between two places of the drawn line.

    Parameters
    ----------
    kind
        ``Line``, ``Curve`` or ``Spiral``.
    xys
        ``(n, 3)`` CRS x/y and metres along the drawn line; start and end differ.
    start_radius, end_radius
        Metres, + left; None where it is straight.
    """

    kind: str
    xys: Floats
    start_radius: float | None = None
    end_radius: float | None = None

    @property
    def chord(self) -> float:
        """Metres from start to end."""
        return math.dist(self.xys[0, :2], self.xys[-1, :2])

    @property
    def length(self) -> float:
        """Length of the element in metres, from which a reader computes stations."""
        if self.kind == "Line":
            return self.chord
        if self.kind == "Spiral":
            drawn = float(self.xys[-1, 2] - self.xys[0, 2])
            return length_reaching(*self.curvatures, self.chord, drawn) or drawn
        radius = self.arc_radius
        return 2 * radius * math.asin(min(1.0, self.chord / (2 * radius)))

    def moved(self, metres: float) -> Element:
        """Return the element, `metres` further along the drawn line."""
        further = self.xys + np.array([0.0, 0.0, metres])
        return Element(self.kind, further, self.start_radius, self.end_radius)

    def reversed(self, total: float) -> Element:
        """Return the element of a drawn line of `total` metres that runs the other way."""
        back = self.xys[::-1] * np.array([1.0, 1.0, -1.0]) + np.array([0.0, 0.0, total])
        radii = [None if r is None else -r for r in (self.end_radius, self.start_radius)]
        return Element(self.kind, back, *radii)

    @property
    def curvatures(self) -> tuple[float, float]:
        """Curvature at its start and its end, 1/m, + left."""
        start, end = self.start_radius, self.end_radius
        return 1 / start if start else 0.0, 1 / end if end else 0.0

    @property
    def arc_radius(self) -> float:
        """Radius of an arc in metres, without sign; at least half its chord."""
        return max(abs(self.start_radius or 0.0), self.chord / 2)

    def centre(self) -> Floats:
        """Return the centre of an arc, CRS x/y."""
        start, end = self.xys[0, :2], self.xys[-1, :2]
        across = end - start
        left = np.array([-across[1], across[0]]) / self.chord
        height = math.sqrt(max(self.arc_radius**2 - (self.chord / 2) ** 2, 0.0))
        return (start + end) / 2 + left * math.copysign(height, self.start_radius or 0.0)


def link_elements(xy: Floats, segments: pd.DataFrame | None) -> list[Element]:
    """Return the elements of a link, which follow each other without gaps.

    Parameters
    ----------
    xy
        ``(n, 2)`` CRS x/y of the drawn line, longer than nothing.
    segments
        Its rows of ``alignment_segment`` by ``seq``; without them every chord is a line.
    """
    xys = np.column_stack([xy, np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]])
    if segments is None or segments.empty:
        found = list(_chords(xys))
    else:
        found = list(_fitted(xys, segments))
    # A part without length has no direction; its neighbours meet without it.
    found = [element for element in found if element.chord > 0]
    return found if segments is None else tangential(found)


def _fitted(xys: Floats, segments: pd.DataFrame) -> Iterator[Element]:
    s = xys[:, 2]
    edges = np.clip([*segments["m_from"], s[-1]], s[0], s[-1])
    # The part before the first segment is written as lines, so that the link is complete.
    if edges[0] > s[0]:
        yield from _chords(_piece(xys, s[0], edges[0]))
    for row, first, last in zip(segments.itertuples(), edges[:-1], edges[1:], strict=True):
        if not last > first:
            continue
        start, end = _radius(row.start_radius_m), _radius(row.end_radius_m)
        if row.type == "CIRCULARARC" and start is not None:
            parts = max(1, math.ceil((last - first) / (_MOST_TURN * abs(start))))
            for a, b in pairwise(np.linspace(first, last, parts + 1)):
                yield Element("Curve", _piece(xys, a, b), start, start)
        elif row.type == "CLOTHOID" and start is not None and end is not None and start * end < 0:
            # LandXML has one sense of rotation for a spiral: cut it where it is straight.
            middle = first + (last - first) * end / (end - start)
            yield Element("Spiral", _piece(xys, first, middle), start, None)
            yield Element("Spiral", _piece(xys, middle, last), None, end)
        elif row.type == "CLOTHOID" and (start is not None or end is not None):
            yield Element("Spiral", _piece(xys, first, last), start, end)
        else:
            yield Element("Line", _piece(xys, first, last))


def _chords(xys: Floats) -> Iterator[Element]:
    for i in range(len(xys) - 1):
        yield Element("Line", xys[i : i + 2])


def _piece(xys: Floats, first: float, last: float) -> Floats:
    s = xys[:, 2]
    cuts = np.array([first, *s[(s > first) & (s < last)], last])
    return np.column_stack([np.interp(cuts, s, xys[:, 0]), np.interp(cuts, s, xys[:, 1]), cuts])


def _radius(value: float) -> float | None:
    return None if pd.isna(value) or not math.isfinite(value) or value == 0 else float(value)
