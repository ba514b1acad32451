"""Where runs leave the picture: the last metres of a track, as a leg that other runs come to."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, cut, length_of, resample
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_legs import CLEAN, JoinedTrace, TrackIndex

__all__ = ["AT_DATA_EDGE", "add_stub", "cut_back", "drop_unused", "leaves_data"]

AT_DATA_EDGE = (
    0.3  # metres from other tracks that a track of its own keeps where it leaves the data
)
_STUB = 2 * CLEAN
_AHEAD = 3.0  # metres: what ends nearer to the edge than this leads out of the data


def leaves_data(probability: ProbabilityField, xy: Array) -> bool:
    """Whether a run, every half metre, ends where the data do."""
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
    """Add what a run that came to no leg leaves the data by; returns the edge's number.

    At the edge two tracks may lie too near each other for either to show a ridge of its own, so
    that no skeleton leads there. They are two where they part by then; what is not told from
    others there may be one of these.
    """
    xy = trace.xy
    if len(xy) * 0.5 < _STUB or not leaves_data(probability, xy):
        return None
    # to points, not across: past the end of a line that leaves there too nothing is beside it
    apart = [float(np.hypot(*(line - xy[-1]).T).min()) for line in earlier]
    if min(float(tracks.nearest(xy[-1:], 1.0)[0][0]), *apart, np.inf) < AT_DATA_EDGE:
        return None
    total = length_of(xy)
    part = cut(xy, total - _STUB, total)
    start, end = graph.add_node(part[0]), graph.add_node(part[-1])
    graph.nodes[start].continues = True
    graph.nodes[end].at_dataset_edge = True
    return graph.add_edge(resample(part, 0.25), start, end)


def cut_back(graph: WorkGraph, number: int, end: int) -> bool:
    """Take off what lies next to an edge's end at the edge of the data, and open the new end.

    Where other tracks cross there the skeleton runs between the ridges; what runs along them from
    the new end leaves the data by its own place.
    """
    xy = resample(graph.points_from(number, end), 0.25)
    at = int(np.searchsorted(arc_length(xy), _STUB))
    if at > len(xy) - round(_STUB / 0.25):
        return False
    edge = graph.edges[number]
    tip = edge.start if end == 0 else edge.end
    if end == 1:
        xy, at = xy[::-1], len(xy) - 1 - at
    graph.nodes[graph.split(number, xy, at)].continues = True
    graph.remove(graph.incident(tip)[0][0])
    return True


def drop_unused(graph: WorkGraph, stubs: set[int], used: set[int]) -> None:
    """Take away stubs that no way came to."""
    for number in sorted(stubs - used):
        graph.remove(number)
