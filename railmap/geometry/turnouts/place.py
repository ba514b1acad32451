"""Place the toes of turnouts where the rails in the image leave the track's own.

The probability shows two tracks as one until they are more than a metre apart, 10 to 25 m past
the toe; the image of 12 cm or finer shows the rails from 0.15 m on. A turnout is placed only where
a leg is in the network that lies on the rails found: one joined at a wrong place, or one that ends
unconnected.
"""

from __future__ import annotations

from affine import Affine

from railmap.geometry.curves import length_of
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.strip import Image
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.crossing_search import find_crossings
from railmap.geometry.turnouts.crossings import (
    LocatedCrossing,
    join_crossings,
    locate_crossing,
)
from railmap.geometry.turnouts.join_legs import join_leg
from railmap.geometry.turnouts.located import LocatedTurnout, locate
from railmap.geometry.turnouts.missing_legs import draw_missing_legs
from railmap.geometry.turnouts.rail_strip import (
    STEP,
    RailStrip,
    centre_on_rails,
    own_gauge,
    read_rails,
)
from railmap.geometry.turnouts.search import find_turnouts
from railmap.geometry.turnouts.through import track_through
from railmap.progress import Reporter

__all__ = ["place_turnouts"]

_MIN_OWN = 1.0  # least strength of the main track's own rails


def place_turnouts(
    graph: WorkGraph, image: Image, transform: Affine, scale: Scale, reporter: Reporter
) -> tuple[dict[int, int], list[int]]:
    """Join legs to their main tracks where the image shows the rails of a turnout.

    Parameters
    ----------
    graph
        The network; changed in place.
    image
        Image that shows single rails.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid.
    scale
        Lengths of the probability raster.
    reporter
        Receives the progress in kilometres.

    Returns
    -------
    before : dict of int to int
        For every other edge of the network the edge that it was before, which is a part of it or
        of which it is a part.
    drawn : list of int
        Edges that were drawn on rails that the probability does not show.

    Raises
    ------
    Cancelled
        If the reporter was cancelled.
    """
    reporter.stage("turnouts", sum(length_of(e.xy) for e in graph.edges.values()) / 1000, "km")
    strips: list[tuple[RailStrip, float, float]] = []
    for number in sorted(graph.edges):
        xy, first, last = track_through(graph, number)
        strip = read_rails(image, transform, xy)
        if strip is not None:
            strips.append((strip, first, last))
        reporter.advance(length_of(graph.edges[number].xy) / 1000)
    gauge = own_gauge([strip for strip, _, _ in strips])
    found: list[LocatedTurnout] = []
    across: list[LocatedCrossing] = []
    for strip, first, last in strips:
        ridge, own = centre_on_rails(strip, gauge)
        if own < _MIN_OWN:
            continue
        for turnout in find_turnouts(ridge, strip.du, gauge):
            if first <= turnout.row * STEP <= last:
                found.append(locate(strip, turnout))
        for crossing in find_crossings(ridge, strip.du, gauge):
            if first <= crossing.row * STEP <= last:
                across.append(locate_crossing(strip, crossing))
    across.sort(key=lambda one: (-one.score, tuple(one.place)))
    found.sort(key=lambda one: (-one.turnout.score, tuple(one.toe)))
    origin = {number: number for number in graph.edges}
    index = EdgeIndex(graph)
    placed: set[int] = set()
    drawn = join_crossings(graph, index, across, scale, origin, placed)
    left = [one for one in found if not join_leg(graph, index, one, scale, origin, placed)]
    drawn += draw_missing_legs(graph, index, left, scale, origin, placed)
    drawn = [number for number in drawn if number in graph.edges]
    return {number: origin[number] for number in graph.edges if number in origin}, drawn
