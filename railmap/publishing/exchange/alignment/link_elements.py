"""The elements of a link of the map."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.elements import Element
from railmap.publishing.exchange.alignment.tangential import tangential

__all__ = ["link_elements"]

Floats = NDArray[np.float64]

# Start and end alone don't tell an arc of more than half a circle from the other side's; a longer
# arc than this is written in parts.
_MOST_TURN = 2.0


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
