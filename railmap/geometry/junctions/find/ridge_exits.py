"""Ridge solver: the last metres of a track before the edge of the data, as edges of their own."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import POINT_SPACING, TRACE_STEP
from railmap.geometry.curves import Array, arc_length, cut, length_of, resample
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_join import JoinedTrace, TrackIndex
from railmap.geometry.junctions.find.ridge_legs import SINGLE_RIDGE

__all__ = ["MIN_SEPARATION", "add_stub", "cut_back", "drop_unused", "leaves_data"]

MIN_SEPARATION = 0.3
"""Distance of a separate track from others where it leaves the data, metres."""

_STUB = 2 * SINGLE_RIDGE
_AHEAD = 3.0  # a trace that ends nearer to the edge of the data leaves it, metres


def leaves_data(probability: ProbabilityField, xy: Array) -> bool:
    """Whether a trace ends at the edge of the data.

    Parameters
    ----------
    probability
        Track probability (tent).
    xy
        ``(n, 2)`` points of the trace, every half metre, metres.

    Returns
    -------
    bool
        True if there is no data within 3 m ahead.
    """
    out = xy[-1] - xy[max(len(xy) - 5, 0)]
    ahead = xy[-1] + out / max(np.hypot(*out), 1e-9) * np.arange(0.0, _AHEAD, 0.25)[:, None]
    return bool(np.isnan(probability.values(ahead)).any())


def add_stub(
    graph: WorkGraph,
    probability: ProbabilityField,
    tracks: TrackIndex,
    trace: JoinedTrace,
    earlier: list[Array],
) -> int | None:
    """Add the last 8 m of a trace that leaves the data without joining a track.

    At the edge of the data, two tracks may be too close for each to have a ridge of its own, so
    that the skeleton does not reach it. They count as two if they are separate at the edge itself.

    Parameters
    ----------
    graph
        The network; changed in place.
    probability
        Track probability (tent).
    tracks
        Tracks of the network.
    trace
        The trace.
    earlier
        Lines of edges that were added before.

    Returns
    -------
    int or None
        The new edge; None if the trace does not leave the data, or another track does so there.
    """
    xy = trace.xy
    if len(xy) * TRACE_STEP < _STUB or not leaves_data(probability, xy):
        return None
    # distance from points, not from lines: a line that leaves the data there too ends at the edge
    apart = [float(np.hypot(*(line - xy[-1]).T).min()) for line in earlier]
    if min(float(tracks.nearest(xy[-1:], 1.0)[0][0]), *apart, np.inf) < MIN_SEPARATION:
        return None
    total = length_of(xy)
    part = cut(xy, total - _STUB, total)
    start, end = graph.add_node(part[0]), graph.add_node(part[-1])
    graph.nodes[start].continues = True
    graph.nodes[end].at_dataset_edge = True
    return graph.add_edge(resample(part, POINT_SPACING), start, end)


def cut_back(graph: WorkGraph, number: int, end: int) -> bool:
    """Remove the last 8 m of an edge at the edge of the data, and open its new end.

    Where other tracks cross there, the skeleton is between the ridges; traces from the new end
    leave the data at the right place.

    Parameters
    ----------
    graph
        The network; changed in place.
    number, end
        The edge, and its end (0 start, 1 end).

    Returns
    -------
    bool
        False if the edge is too short.
    """
    xy = resample(graph.points_from(number, end), POINT_SPACING)
    at = int(np.searchsorted(arc_length(xy), _STUB))
    if at > len(xy) - round(_STUB / POINT_SPACING):
        return False
    edge = graph.edges[number]
    tip = edge.start if end == 0 else edge.end
    if end == 1:
        xy, at = xy[::-1], len(xy) - 1 - at
    graph.nodes[graph.split(number, xy, at)].continues = True
    graph.remove(graph.incident(tip)[0][0])
    return True


def drop_unused(graph: WorkGraph, stubs: set[int], used: set[int]) -> None:
    """Remove stubs that no path uses.

    Parameters
    ----------
    graph
        The network; changed in place.
    stubs, used
        Edges added by `add_stub`, and edges that are legs of paths.
    """
    for number in sorted(stubs - used):
        graph.remove(number)
