"""Remove track that lies on another track: two bands of one track that were led onto its rails."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import arc_length, length_of, project, resample
from railmap.geometry.turnouts.network import RailNetwork

__all__ = ["remove_doubled"]

_ON = 0.45  # two tracks farther apart than this are two, metres
_ALL = 0.95  # least share of a track that lies on the other
_LONGEST_BLADES = 35.0  # legs of turnouts lie on their main track up to here, metres
_STEP = 1.0  # of the points that are compared, metres


def remove_doubled(network: RailNetwork) -> None:
    """Remove edges that lie on another edge from end to end.

    Both ends must be free or nodes of the other edge, so that no third track loses its way.

    Parameters
    ----------
    network
        The network; changed in place.
    """
    graph = network.graph
    for number in sorted(graph.edges, key=lambda n: (length_of(graph.edges[n].xy), -n)):
        other = _below(network, number) if number in graph.edges else None
        if other is None:
            continue
        edge, kept = graph.edges[number], graph.edges[other]
        if {edge.start, edge.end} == {kept.start, kept.end}:
            graph.replace(number, other)
        else:
            graph.remove(number)
        for node in sorted({edge.start, edge.end} & graph.nodes.keys()):
            if graph.degree(node) == 2:
                network.merge(node)


def _below(network: RailNetwork, number: int) -> int | None:
    """The edge on which an edge lies from end to end."""
    graph, edge = network.graph, network.graph.edges[number]
    xy, size = resample(edge.xy, _STEP), length_of(edge.xy)
    joined = {node for node in (edge.start, edge.end) if graph.degree(node) > 1}
    for other in network.index.near(network.index.line(number), _ON):
        along = graph.edges[other]
        shared = {edge.start, edge.end} & {along.start, along.end}
        if other == number or joined - shared:
            continue
        if len(shared) < 2 and size < _LONGEST_BLADES:
            continue
        place = project(xy, along.xy)
        on = (place[:, 0] >= 0) & (place[:, 0] <= float(arc_length(along.xy)[-1]))
        if (on & (np.abs(place[:, 1]) <= _ON)).mean() >= _ALL:
            return other
    return None
