"""Ridge solver: tracks that no leg reaches, such as crossovers and legs cut by the data's edge."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import POINT_SPACING, TRACE_STEP
from railmap.geometry.curves import Array, distance_from, left_normals, resample, tangents
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.peaks import prominent_peaks
from railmap.geometry.junctions.find.ridge_exits import MIN_SEPARATION, leaves_data
from railmap.geometry.junctions.find.ridge_join import JoinedTrace, TrackIndex, trace_to_track
from railmap.geometry.junctions.find.ridge_legs import SINGLE_RIDGE
from railmap.geometry.junctions.find.ridge_paths import SEPARATE, is_separate
from railmap.geometry.junctions.find.ridge_trace import TraceState, fit_state, on_ridge

__all__ = ["add_track", "find_starts", "trace_both_directions"]

_SPACING = 24  # metres between starting points on an edge
_OFFSET = 1.5  # distance from a track at which another is searched, metres
_LEVEL = 0.75  # least probability there, as a share of that on the track
_DIP = 0.05  # dip of the probability between two tracks that pass there one after the other
_SURE = 0.93  # least probability of a new track, as a share of that of the tracks it joins
_APART = 1.2  # distance from other tracks where a new edge begins, metres
_FAR = 5.0  # largest distance computed, metres


def find_starts(
    graph: WorkGraph, probability: ProbabilityField, inner: list[int], lines: list[Array]
) -> list[TraceState]:
    """Find starting points of traces: on edges inside clusters, and next to tracks.

    A leg or a crossover passes 1.5 m from the track that it diverges from. The next parallel
    track, at least 3.5 m away, has hardly any probability there.

    Parameters
    ----------
    graph
        The network.
    probability
        Track probability (tent).
    inner
        Edges inside clusters.
    lines
        ``(n, 2)`` each, tracks that were traced where there are no edges: under a scissors
        crossover the skeleton is a single edge in its middle.

    Returns
    -------
    list of TraceState
    """
    starts = []
    for number in sorted(graph.edges):
        xy = resample(graph.edges[number].xy, 1.0)
        if number in inner and len(xy) >= 5:
            heading = _headings(xy)
            for i in range(min(len(xy) // 2, _SPACING // 2), len(xy), _SPACING):
                starts.append(fit_state(probability, xy[i], float(heading[i])))
        starts += _starts_alongside(probability, xy)
    for xy in lines:
        starts += _starts_alongside(probability, resample(xy, 1.0))
    return starts


def _starts_alongside(probability: ProbabilityField, xy: Array) -> list[TraceState]:
    """Starting points on both sides of a curve (points every metre)."""
    starts: list[TraceState] = []
    if len(xy) < 5:
        return starts
    heading = _headings(xy)
    normal = left_normals(xy)
    least = np.maximum(_LEVEL * np.nan_to_num(probability.values(xy)), 0.1)
    for side in (-_OFFSET, _OFFSET):
        value = np.nan_to_num(probability.values(xy + side * normal))
        for k in _peaks(value, least):
            starts.append(fit_state(probability, xy[k] + side * normal[k], float(heading[k])))
    return starts


def _headings(xy: Array) -> Array:
    t = tangents(xy)
    return np.arctan2(t[:, 1], t[:, 0])


def _peaks(value: Array, least: Array) -> list[int]:
    """Local maxima of the parts above `least`, ascending.

    A part has several maxima where two crossovers pass one after the other (scissors): the
    probability dips between them, but not below `least`.
    """
    return prominent_peaks(np.where(value >= least, value, 0.0), _DIP)


def trace_both_directions(
    graph: WorkGraph,
    probability: ProbabilityField,
    tracks: TrackIndex,
    state: TraceState,
    known: list[Array],
) -> tuple[JoinedTrace, JoinedTrace] | None:
    """Trace a ridge from a starting point in both directions.

    Parameters
    ----------
    graph
        The network.
    probability
        Track probability (tent).
    tracks
        Tracks of the network.
    state
        The starting point.
    known
        ``(n, 2)`` each, lines that were found already.

    Returns
    -------
    (JoinedTrace, JoinedTrace) or None
        Ahead and behind; None unless they are a new track of high probability that joins another.
    """
    x, y, heading, kappa = state
    here = np.array([[x, y]])
    if tracks.nearest(here, SEPARATE)[0][0] < SEPARATE:
        return None
    if any(distance_from(here, line)[0] < SEPARATE for line in known):
        return None
    steps = np.arange(-4.0, 4.1, TRACE_STEP)[:, None]
    line = here + steps * [np.cos(heading), np.sin(heading)]
    if not on_ridge(probability, line, TRACE_STEP).any():
        return None
    level = float(probability.values(here)[0])
    ahead, behind = (
        trace_to_track(probability, tracks, (x, y, heading + turn, sign * kappa), -1, level)
        for turn, sign in ((0.0, 1.0), (np.pi, -1.0))
    )
    joined = [trace for trace in (ahead, behind) if trace.edge >= 0]
    if not joined:
        return None
    xy = np.concatenate([ahead.xy[::-1], behind.xy])
    apart = tracks.nearest(xy, _FAR)[0]
    for line in known:
        apart = np.minimum(apart, distance_from(xy, line))
    value = np.concatenate([ahead.value, behind.value])
    least = min(
        float(np.nanmedian(probability.values(graph.edges[trace.edge].xy))) for trace in joined
    )
    return (ahead, behind) if is_separate(apart) and value.mean() >= _SURE * least else None


def add_track(
    graph: WorkGraph,
    probability: ProbabilityField,
    tracks: TrackIndex,
    xy: Array,
    earlier: list[Array],
) -> int | None:
    """Add an edge for a trace with a free end.

    The edge is the longest part of the trace that is apart from other tracks. If the trace leaves
    the data, the part up to the edge of the data is added: towards a switch outside, tracks
    converge.

    Parameters
    ----------
    graph
        The network; changed in place.
    probability
        Track probability (tent).
    tracks
        Tracks of the network.
    xy
        ``(n, 2)`` points of the trace, every half metre, from its free end, metres.
    earlier
        Lines of edges added before, which `tracks` lacks if they have no single ridge.

    Returns
    -------
    int or None
        The new edge; None if it were shorter than 8 m.
    """
    apart = tracks.nearest(xy, _APART)[0]
    for line in earlier:
        apart = np.minimum(apart, distance_from(xy, line))
    clear = apart >= _APART
    change = np.diff(np.concatenate([[0], clear.astype(int), [0]]))
    first, last = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if not len(first):
        return None
    longest = int(np.argmax(last - first))
    low, high = int(first[longest]), int(last[longest])
    leaves = leaves_data(probability, xy[::-1])
    if leaves and (apart[:low] >= MIN_SEPARATION).all():
        low = 0
    part = xy[low:high]
    if len(part) * TRACE_STEP < 2 * SINGLE_RIDGE:
        return None
    start, end = graph.add_node(part[0]), graph.add_node(part[-1])
    graph.nodes[end].continues = True
    graph.nodes[start].continues = low > 0
    graph.nodes[start].at_dataset_edge = low == 0 and leaves
    return graph.add_edge(resample(part, POINT_SPACING), start, end)
