"""Place turnouts and crossings where the rails in the image leave or cross the track's own.

The probability shows two tracks as one until they are more than a metre apart, 10 to 25 m past
the toe; the image shows their rails from 0.15 m on. Nothing is placed by rails
alone: the network has a leg that lies on them, or two places on rails lead to each other, or the
image ends before the tracks have parted.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np
from affine import Affine

from railmap.geometry.curves import length_of
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.strip import Image
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.crossing_search import find_crossings
from railmap.geometry.turnouts.crossings import (
    LocatedCrossing,
    join_crossings,
    locate_crossing,
)
from railmap.geometry.turnouts.doubled import remove_doubled
from railmap.geometry.turnouts.follow_rails import follow_rails
from railmap.geometry.turnouts.join_legs import join_leg
from railmap.geometry.turnouts.located import LocatedTurnout, locate
from railmap.geometry.turnouts.missing_legs import draw_missing_legs
from railmap.geometry.turnouts.network import RailNetwork
from railmap.geometry.turnouts.rail_strip import (
    STEP,
    RailImage,
    RailStrip,
    centre_on_rails,
    own_gauge,
)
from railmap.geometry.turnouts.search import find_turnouts
from railmap.geometry.turnouts.through import pieces_of, track_through
from railmap.geometry.turnouts.unjoin import unjoin_legs
from railmap.progress import Reporter

__all__ = ["place_turnouts"]

_MIN_OWN = 1.0  # least strength of the main track's own rails
_TELLING = 2000.0  # length of track from which the gauge is computed, metres


def place_turnouts(
    graph: WorkGraph,
    field: ProbabilityField,
    image: Image,
    transform: Affine,
    scale: Scale,
    reporter: Reporter,
    fitted: Container[int] = (),
    doubtful: Container[int] = (),
) -> tuple[dict[int, int], list[int], set[int]]:
    """Join legs to their main tracks, and tracks across, where the image shows their rails.

    Parameters
    ----------
    graph
        The network; changed in place.
    field
        The probability.
    image
        Image that shows single rails.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid.
    scale
        Lengths of the probability raster.
    reporter
        Receives the progress in kilometres.
    fitted
        Edges that were fitted to their rails before.
    doubtful
        Edges that may be no track: they can be a leg, but no turnout is searched on them.

    Returns
    -------
    before : dict of int to int
        For every other edge of the network the edge that it was before, which is a part of it or
        of which it is a part.
    drawn : list of int
        Edges that were drawn on rails that the probability does not show.
    placed : set of int
        Nodes that were placed on the rails of a turnout or crossing.

    Raises
    ------
    Cancelled
        If the reporter was cancelled.
    """
    sizes = {number: length_of(edge.xy) for number, edge in graph.edges.items()}
    reporter.stage("turnouts", sum(sizes.values()) / 1000, "km")
    rails = RailImage(image, transform)
    gauge = own_gauge(_longest(graph, rails, sizes))
    found: list[LocatedTurnout] = []
    across: list[LocatedCrossing] = []
    owns: list[float] = []
    for number in sorted(graph.edges):
        reporter.check()
        follow_rails(graph, number, rails, field, gauge, number in fitted)
    network = RailNetwork(graph)
    remove_doubled(network)
    for number in sorted(graph.edges):
        if number in doubtful:
            continue
        for xy, _, first, last in pieces_of(*track_through(graph, number)):
            strip = rails.read(xy)
            reporter.advance((last - first) / 1000)
            if strip is None:
                continue
            ridge, own = centre_on_rails(strip, gauge)
            owns.append(own)
            if own < _MIN_OWN:
                continue
            for turnout in find_turnouts(ridge, strip.du, gauge, strip.nearest):
                if first <= turnout.row * STEP <= last:
                    found.append(locate(strip, turnout))
            for crossing in find_crossings(ridge, strip.du, gauge):
                if first <= crossing.row * STEP <= last:
                    across.append(locate_crossing(strip, crossing))
    across.sort(key=lambda one: (-one.score, tuple(one.place)))
    found.sort(key=lambda one: (-one.turnout.score, tuple(one.toe)))
    drawn = join_crossings(network, across, scale)
    left = [one for one in found if not join_leg(network, one, scale)]
    drawn += draw_missing_legs(network, left, scale)
    if owns and np.median(owns) >= _MIN_OWN:
        unjoin_legs(network, rails, gauge)
    before = network.origin
    return (
        {n: before[n] for n in graph.edges if n in before},
        [n for n in drawn if n in graph.edges],
        network.placed & graph.nodes.keys(),
    )


def _longest(graph: WorkGraph, rails: RailImage, sizes: dict[int, float]) -> Iterator[RailStrip]:
    """Strips of the longest edges, as many as tell the gauge."""
    total = 0.0
    for number in sorted(sizes, key=lambda n: (-sizes[n], n)):
        for xy, _, first, last in pieces_of(graph.edges[number].xy, 0.0, sizes[number]):
            strip = rails.read(xy)
            if strip is not None:
                yield strip
            total += last - first
            if total >= _TELLING:
                return
