"""Station equations of a line: where its chainage departs from the metres along its elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.mapping.referencing.lineset import Line
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.names import joined

__all__ = ["Equation", "equations"]

Floats = NDArray[np.float64]

# Chainage is linear between posts to better than this, metres.
_LINEAR_M = 1e-4
# Smaller steps of the station are no equation; they add up until they are one.
_STEP_M = 1e-3


@dataclass(frozen=True, slots=True)
class Equation:
    """A place where the station steps.

    Parameters
    ----------
    internal
        Start station plus metres along the elements, as if there were no equations.
    back, ahead
        Station before and after.
    post
        Text of the kilometre post; empty if the map has none there.
    """

    internal: float
    back: float
    ahead: float
    post: str


def equations(content: Map, line: Line, drawn: Floats, along: Floats) -> list[Equation]:
    """Return the equations of a line in order.

    There is one at each kilometre post that the metres from the post before miss, also where
    kilometres are missing (the station jumps ahead) or too long (it steps back). Between them
    stations are metres, so before a post they differ from the interpolated chainage of the map.

    Parameters
    ----------
    content
        The map, for the texts of its posts.
    line
        The line with its chainage.
    drawn, along
        ``(n,)`` metres along the drawn line and along the elements at the ends of the elements,
        both from 0.
    """
    whole = np.column_stack([line.s * (drawn[-1] / line.length), line.m])
    knots = shapely.simplify(shapely.linestrings(whole), _LINEAR_M, preserve_topology=False)
    s, m = shapely.get_coordinates(knots).T
    # Behind the last post chainage is metres: the end is a knot, but no post.
    last = len(s) - (abs((m[-1] - m[-2]) - (s[-1] - s[-2])) < _STEP_M)
    posts = _posts(content, line)
    found: list[Equation] = []
    station, at = float(m[0]), 0.0
    for i in range(1, last):
        if i + 1 < last and s[i + 1] == s[i]:
            continue  # the station before a jump
        here = float(np.interp(s[i], drawn, along))
        back, ahead = station + here - at, float(m[i])
        if abs(ahead - back) < _STEP_M:
            continue
        post = next((text for km_m, text in posts if abs(km_m - ahead) < _STEP_M), "")
        found.append(Equation(float(m[0]) + here, back, ahead, post))
        station, at = ahead, here
    return found


def _posts(content: Map, line: Line) -> list[tuple[float, str]]:
    frame = content.layers.get("milestone")
    if frame is None:
        return []
    own = frame[(frame["line_id"] == line.line_id) & frame["position_km"].notna()]
    return [
        (1000 * row.position_km, joined("", row.position_text) or f"{row.position_km:.9g}")
        for row in own.itertuples()
    ]
