"""Ridge solver: trace a ridge until it joins a track that is already in the graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from railmap.geometry.constants import TRACE_STEP
from railmap.geometry.curves import Array, length_of, point_at, tangents
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_legs import EdgeEnd, RidgeLeg
from railmap.geometry.junctions.find.ridge_trace import TraceState, trace_ridge

__all__ = ["JoinedTrace", "TrackIndex", "trace_to_track"]

_LONGEST = 600.0  # longest trace, metres
_CHUNK = 20.0  # length traced between two checks, metres
_NEAR, _PARALLEL, _LENGTH = 0.3, np.radians(3.0), 3.0  # of a trace that has joined a track
_PAST_JOIN = 25.0  # length traced past that, which contains the toe, metres
_KEEP = 0.6  # share of the leg's probability below which a ridge ends


class TrackIndex:
    """Points of the tracks that traces can join: the graph edges where they are single ridges.

    Parameters
    ----------
    graph
        The network.
    legs
        Legs at open nodes; the track counts from the station where each is single.
    inner
        Edges inside clusters, which do not count.

    Attributes
    ----------
    edge, station, heading
        ``(n,)`` of each point: graph edge, metres from its start, radians.
    """

    def __init__(self, graph: WorkGraph, legs: dict[EdgeEnd, RidgeLeg], inner: list[int]) -> None:
        points, rows = [np.zeros((0, 2))], [np.zeros((0, 3))]
        for number in sorted(set(graph.edges) - set(inner)):
            xy = graph.edges[number].xy
            total = length_of(xy)
            low, high = (
                legs[number, e].single_from if (number, e) in legs else 0.0 for e in (0, 1)
            )
            at = np.arange(low, total - high + 1e-9, TRACE_STEP)
            if len(at) < 2:
                continue
            place = point_at(xy, at)
            t = tangents(place)
            points.append(place)
            rows.append(np.stack([np.full(len(at), number), at, np.arctan2(t[:, 1], t[:, 0])], 1))
        self._tree = cKDTree(np.concatenate(points))
        table = np.concatenate(rows)
        self.edge, self.station, self.heading = table[:, 0].astype(int), table[:, 1], table[:, 2]

    def nearest(self, xy: Array, within: float) -> tuple[Array, NDArray[np.int64]]:
        """Find the nearest track point.

        Parameters
        ----------
        xy
            ``(n, 2)`` metres.
        within
            Largest distance, metres.

        Returns
        -------
        distance
            ``(n,)`` metres; infinite if there is none within the distance.
        index
            ``(n,)`` index of the point; 0 if there is none.
        """
        if not len(self.edge):
            return np.full(len(xy), np.inf), np.zeros(len(xy), np.int64)
        distance, index = self._tree.query(xy, distance_upper_bound=within)
        return distance, np.where(np.isfinite(distance), index, 0)


@dataclass(slots=True)
class JoinedTrace:
    """A ridge trace up to and past the place where it joined a track.

    Parameters
    ----------
    xy, value
        ``(n, 2)`` metres and ``(n,)`` probability 0-1, every half metre.
    edge
        The graph edge that it joined; -1 if it joined none.
    end
        The end of the edge from which it came (0 start, 1 end).
    station
        Where it joined, metres from the start of the edge.
    """

    xy: Array
    value: Array
    edge: int = -1
    end: int = 0
    station: float = 0.0


def trace_to_track(
    probability: ProbabilityField,
    tracks: TrackIndex,
    state: TraceState,
    from_edge: int,
    level: float,
) -> JoinedTrace:
    """Trace a ridge until it has joined a track, and 25 m on.

    Parameters
    ----------
    probability
        Track probability (tent).
    tracks
        Tracks that can be joined.
    state
        Where the trace starts.
    from_edge
        The graph edge that it comes from and cannot join; -1 for none.
    level
        Probability (0-1) at its start.

    Returns
    -------
    JoinedTrace
        Its edge is -1 if the ridge or the data ended, or after 600 m.
    """
    xy, heading, value = np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    while True:
        part = trace_ridge(probability, state, _CHUNK, _KEEP * level)
        xy, heading = np.concatenate([xy, part.xy]), np.concatenate([heading, part.heading])
        value = np.concatenate([value, part.value])
        state = part.state
        found = _first_join(tracks, xy, heading, from_edge)
        if found is not None:
            first, point, forward = found
            if part.ended or TRACE_STEP * (len(xy) - first) >= _PAST_JOIN:
                edge = int(tracks.edge[point])
                stop = _last_on_edge(tracks, xy, first, edge) + 1
                station = float(tracks.station[point])
                return JoinedTrace(xy[:stop], value[:stop], edge, 0 if forward else 1, station)
        if part.ended or TRACE_STEP * len(xy) > _LONGEST:
            return JoinedTrace(xy, value)


def _first_join(
    tracks: TrackIndex, xy: Array, heading: Array, from_edge: int
) -> tuple[int, int, bool] | None:
    """First point from which a trace stays on one other edge for 3 m.

    Returns its index, that of the track point, and whether the trace follows the edge's direction.
    """
    distance, at = tracks.nearest(xy, _NEAR)
    on = np.isfinite(distance)
    if not on.any():
        return None
    turn = heading - tracks.heading[at]
    on &= (tracks.edge[at] != from_edge) & (np.abs(np.sin(turn)) < np.sin(_PARALLEL))
    count = round(_LENGTH / TRACE_STEP)
    for i in np.flatnonzero(on):
        part = slice(i, i + count)
        if i + count <= len(xy) and on[part].all() and len(set(tracks.edge[at[part]])) == 1:
            return int(i), int(at[i]), bool(np.cos(turn[i]) > 0)
    return None


def _last_on_edge(tracks: TrackIndex, xy: Array, first: int, edge: int) -> int:
    """Last point of a trace, within 25 m of its join, that is still on the edge."""
    stop = min(len(xy), first + round(_PAST_JOIN / TRACE_STEP) + 1)
    distance, at = tracks.nearest(xy[first:stop], 2 * _NEAR)
    on = np.isfinite(distance) & (tracks.edge[at] == edge)
    return first + (int(np.argmin(on)) - 1 if not on.all() else len(on) - 1)
