"""Tracks that no leg leads to: crossovers, and legs that the picture's edge cuts short."""

from __future__ import annotations

import numpy as np
from scipy.signal import find_peaks

from railmap.geometry.curves import Array, left_normals, resample, tangents
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_exits import AT_DATA_EDGE, leaves_data
from railmap.geometry.junctions.find.ridge_legs import (
    CLEAN,
    JoinedTrace,
    TrackIndex,
    aside,
    trace_to_track,
)
from railmap.geometry.junctions.find.ridge_paths import NEW, is_beside
from railmap.geometry.junctions.find.ridge_trace import TraceState, fit_state, on_ridge

__all__ = ["add_track", "find_starts", "trace_both_directions"]

_SPACING = 24  # metres between starts on an edge
_BESIDE, _LEVEL = 1.5, 0.75  # metres beside an edge, and probability against its own
_DIP = 0.05  # by which the probability dips between two tracks that pass there in turn
_SURE = 0.93  # of the other tracks' probability: what a track that no leg leads to must have
_APART = 1.2  # metres from other tracks where an edge of its own begins
_STEP = 0.5
_FAR = 5.0


def find_starts(
    graph: WorkGraph, probability: ProbabilityField, bare: list[int], ways: list[Array]
) -> list[TraceState]:
    """Where to look: on edges without clean ends, and beside tracks where there is another.

    A leg or a crossover passes 1.5 m beside the track that it leaves; the next track, 3.5 m away
    or more, leaves hardly any probability there. `ways` are tracks found where edges show
    none: under a scissors the skeleton is a single stem in their midst.
    """
    starts = []
    for number in sorted(graph.edges):
        xy = resample(graph.edges[number].xy, 1.0)
        if number in bare and len(xy) >= 5:
            heading = _headings(xy)
            for i in range(min(len(xy) // 2, _SPACING // 2), len(xy), _SPACING):
                starts.append(fit_state(probability, xy[i], float(heading[i])))
        starts += _starts_alongside(probability, xy)
    for xy in ways:
        starts += _starts_alongside(probability, resample(xy, 1.0))
    return starts


def _starts_alongside(probability: ProbabilityField, xy: Array) -> list[TraceState]:
    starts: list[TraceState] = []
    if len(xy) < 5:
        return starts
    heading = _headings(xy)
    normal = left_normals(xy)
    least = np.maximum(_LEVEL * np.nan_to_num(probability.values(xy)), 0.1)
    for side in (-_BESIDE, _BESIDE):
        value = np.nan_to_num(probability.values(xy + side * normal))
        for k in _peaks(value, least):
            starts.append(fit_state(probability, xy[k] + side * normal[k], float(heading[k])))
    return starts


def _headings(xy: Array) -> Array:
    way = tangents(xy)
    return np.arctan2(way[:, 1], way[:, 0])


def _peaks(value: Array, least: Array) -> list[int]:
    """Highest places of each stretch above `least`, in order.

    More than one where two crossovers cut the line in turn (scissors): the probability dips
    between them, but not under `least`.
    """
    inside = np.where(value >= least, value, 0.0)
    places = find_peaks(np.concatenate([[0.0], inside, [0.0]]), prominence=_DIP)[0] - 1
    return [int(k) for k in places]


def trace_both_directions(
    graph: WorkGraph,
    probability: ProbabilityField,
    tracks: TrackIndex,
    state: TraceState,
    known: list[Array],
) -> tuple[JoinedTrace, JoinedTrace] | None:
    """Roll from a seed to both sides; None unless that is a new, sure track that joins others.

    `known` are curves that are found already.
    """
    x, y, heading, kappa = state
    here = np.array([[x, y]])
    if tracks.nearest(here, NEW)[0][0] < NEW or any(aside(here, k)[0] < NEW for k in known):
        return None
    line = here + np.arange(-4.0, 4.1, _STEP)[:, None] * [np.cos(heading), np.sin(heading)]
    if not on_ridge(probability, line, _STEP).any():
        return None
    level = float(probability.values(here)[0])
    ahead, behind = (
        trace_to_track(probability, tracks, (x, y, heading + turn, sign * kappa), -1, level)
        for turn, sign in ((0.0, 1.0), (np.pi, -1.0))
    )
    joined = [side for side in (ahead, behind) if side.edge >= 0]
    if not joined:
        return None
    xy = np.concatenate([ahead.xy[::-1], behind.xy])
    apart = tracks.nearest(xy, _FAR)[0]
    for line in known:
        apart = np.minimum(apart, aside(xy, line))
    value = np.concatenate([ahead.value, behind.value])
    least = min(
        float(np.nanmedian(probability.values(graph.edges[side.edge].xy))) for side in joined
    )
    return (ahead, behind) if is_beside(apart) and value.mean() >= _SURE * least else None


def add_track(
    graph: WorkGraph,
    probability: ProbabilityField,
    tracks: TrackIndex,
    loose: Array,
    earlier: list[Array],
) -> int | None:
    """Add an edge for a run whose first point is its free end; returns its number.

    It is the longest part that keeps clear of others and of `earlier` ones, which the tracks
    doesn't show if they have no clean leg, and what leads from there to the edge of the data:
    towards a switch outside, tracks come near each other. What is too short is no edge.
    """
    apart = tracks.nearest(loose, _APART)[0]
    for line in earlier:
        apart = np.minimum(apart, aside(loose, line))
    clear = apart >= _APART
    change = np.diff(np.concatenate([[0], clear.astype(int), [0]]))
    first, last = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if not len(first):
        return None
    longest = int(np.argmax(last - first))
    low, high = int(first[longest]), int(last[longest])
    leaves = leaves_data(probability, loose[::-1])
    if leaves and (apart[:low] >= AT_DATA_EDGE).all():
        low = 0
    part = loose[low:high]
    if len(part) * _STEP < 2 * CLEAN:
        return None
    start, end = graph.add_node(part[0]), graph.add_node(part[-1])
    graph.nodes[end].continues = True
    graph.nodes[start].continues = low > 0
    graph.nodes[start].at_dataset_edge = low == 0 and leaves
    return graph.add_edge(resample(part, 0.25), start, end)
