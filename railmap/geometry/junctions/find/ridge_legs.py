"""Runs along ridges: where they may begin, and which clean track they come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from railmap.geometry.curves import (
    Array,
    arc_length,
    cut,
    fit_end,
    length_of,
    point_at,
    project,
    resample,
    tangents,
)
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_trace import TraceState, on_ridge, trace_ridge

__all__ = [
    "CLEAN",
    "JoinedTrace",
    "Key",
    "RidgeLeg",
    "TrackIndex",
    "aside",
    "find_legs",
    "is_open",
    "trace_to_track",
]

CLEAN = 4.0  # metres of single ridge that a leg begins with

_STEP = 0.5  # of runs, metres
_LONGEST = 600.0  # metres that a run may take to the next leg
_BURST = 20.0
_TOUCH, _PARALLEL, _TOGETHER = 0.3, np.radians(3.0), 3.0  # of a run that has joined a leg
_PAST_TOUCH = 25.0  # metres that a joined run goes on: the toe lies there
_KEEP = 0.6  # of the leg's probability: under this a ridge is lost

#: An edge and which of its ends.
Key = tuple[int, int]


@dataclass(slots=True)
class RidgeLeg:
    """An end of an edge that looks into trackwork.

    Parameters
    ----------
    edge, end
        Which.
    xy
        ``(n, 2)`` outward, from the edge's end.
    clean
        Station from which it is a single ridge, metres.
    level
        Probability there, 0-1.
    used
        Station up to which runs need it, metres.
    """

    edge: int
    end: int
    xy: Array
    clean: float
    level: float
    used: float

    @property
    def key(self) -> Key:
        """GraphEdge and end."""
        return self.edge, self.end

    def state(self, at: float) -> TraceState:
        """Place, heading and curvature of a run that comes in past a station."""
        look = cut(self.xy, at, np.inf)
        size = length_of(look)
        point, heading, curvature = fit_end(look, 15.0, curved=size > 8.0)
        if abs(curvature) * min(15.0, size) ** 2 / 8 < 0.03:  # no more than noise
            point, heading, curvature = fit_end(look, 15.0, curved=False)
        limit = 1 / 80
        return float(point[0]), float(point[1]), heading, float(np.clip(curvature, -limit, limit))

    def station(self, point: Array) -> float:
        """Station next to a point."""
        return float(project(point[None], self.xy)[0, 0])


def is_open(graph: WorkGraph, node: int) -> bool:
    """Whether tracks go on from a node in a way that its edges don't show."""
    return graph.degree(node) >= 3 or graph.nodes[node].continues


def find_legs(
    graph: WorkGraph,
    probability: ProbabilityField,
    scale: Scale,
    fused: set[int],
    stubs: set[int],
) -> tuple[dict[Key, RidgeLeg], list[int]]:
    """Give the clean ends of edges at open nodes, and the edges there that have none.

    Edges in `fused` are taken to have none: they are too short between clusters. Those in `stubs`
    are clean all along: runs found them, where no ridge tells them from what crosses them.
    """
    legs: dict[Key, RidgeLeg] = {}
    bare = []
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        opened = [is_open(graph, v) for v in (edge.start, edge.end)]
        if not any(opened):
            continue
        xy = resample(edge.xy, scale.step)
        s = arc_length(xy)
        if number in fused or len(xy) < 4:
            bare.append(number)
            continue
        good = on_ridge(probability, xy, float(s[1])) | (number in stubs)
        spans = _spans(good, s)
        if not len(spans) or (all(opened) and spans[-1, 1] - spans[0, 0] < CLEAN):
            bare.append(number)
            continue
        level = float(np.nanmedian(probability.values(xy)[good]))
        for end, clean in ((0, spans[0, 0]), (1, s[-1] - spans[-1, 1])):
            if opened[end]:
                outward = xy if end == 0 else xy[::-1]
                legs[number, end] = RidgeLeg(
                    number, end, outward, float(clean), level, float(clean)
                )
    return legs, bare


def _spans(good: NDArray[np.bool_], s: Array) -> Array:
    """Stations ``(k, 2)`` of stretches on one ridge, long enough."""
    change = np.diff(np.concatenate([[0], good.astype(int), [0]]))
    first, last = s[np.flatnonzero(change == 1)], s[np.flatnonzero(change == -1) - 1]
    long = last - first >= min(CLEAN, 0.5 * float(s[-1]))
    return np.stack([first[long], last[long]], 1)


class TrackIndex:
    """Clean track that runs may join: points every half metre, with edge, station and heading."""

    def __init__(self, graph: WorkGraph, legs: dict[Key, RidgeLeg], bare: list[int]) -> None:
        points, rows = [np.zeros((0, 2))], [np.zeros((0, 3))]
        for number in sorted(set(graph.edges) - set(bare)):
            xy = graph.edges[number].xy
            total = length_of(xy)
            low, high = (legs[number, e].clean if (number, e) in legs else 0.0 for e in (0, 1))
            at = np.arange(low, total - high + 1e-9, _STEP)
            if len(at) < 2:
                continue
            place = point_at(xy, at)
            way = tangents(place)
            points.append(place)
            rows.append(
                np.stack([np.full(len(at), number), at, np.arctan2(way[:, 1], way[:, 0])], 1)
            )
        self._tree = cKDTree(np.concatenate(points))
        table = np.concatenate(rows)
        self.edge, self.station, self.heading = table[:, 0].astype(int), table[:, 1], table[:, 2]

    def nearest(self, xy: Array, within: float) -> tuple[Array, NDArray[np.int64]]:
        """Distance to the next point, infinite from `within` on, and its index (0 if none)."""
        if not len(self.edge):
            return np.full(len(xy), np.inf), np.zeros(len(xy), np.int64)
        distance, index = self._tree.query(xy, distance_upper_bound=within)
        return distance, np.where(np.isfinite(distance), index, 0)


@dataclass(slots=True)
class JoinedTrace:
    """A run up to and past where it joined an edge; `edge` is -1 if it joined none.

    Parameters
    ----------
    xy, value
        ``(n, 2)`` metres and ``(n,)`` probability 0-1, every half metre.
    edge, end
        What it joined, and which end of that it came in by.
    station
        Where, in metres from the edge's start.
    """

    xy: Array
    value: Array
    edge: int = -1
    end: int = 0
    station: float = 0.0


def trace_to_track(
    probability: ProbabilityField, tracks: TrackIndex, state: TraceState, own: int, level: float
) -> JoinedTrace:
    """Follow the ridge until the run has joined an edge other than `own`, and a little on.

    `level` is the probability (0-1) that the run begins with.
    """
    xy, heading, value = np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    while True:
        run = trace_ridge(probability, state, _BURST, _KEEP * level)
        xy, heading = np.concatenate([xy, run.xy]), np.concatenate([heading, run.heading])
        value = np.concatenate([value, run.value])
        state = run.state
        found = _touch(tracks, xy, heading, own)
        if found is not None:
            first, point, forward = found
            if run.lost or _STEP * (len(xy) - first) >= _PAST_TOUCH:
                edge = int(tracks.edge[point])
                stop = _last_beside(tracks, xy, first, edge) + 1
                station = float(tracks.station[point])
                return JoinedTrace(xy[:stop], value[:stop], edge, 0 if forward else 1, station)
        if run.lost or _STEP * len(xy) > _LONGEST:
            return JoinedTrace(xy, value)


def _touch(tracks: TrackIndex, xy: Array, heading: Array, own: int) -> tuple[int, int, bool] | None:
    """First point from where a run is on one other edge for a while, and its way along it."""
    distance, at = tracks.nearest(xy, _TOUCH)
    on = np.isfinite(distance)
    if not on.any():
        return None
    turn = heading - tracks.heading[at]
    on &= (tracks.edge[at] != own) & (np.abs(np.sin(turn)) < np.sin(_PARALLEL))
    need = round(_TOGETHER / _STEP)
    for i in np.flatnonzero(on):
        part = slice(i, i + need)
        if i + need <= len(xy) and on[part].all() and len(set(tracks.edge[at[part]])) == 1:
            return int(i), int(at[i]), bool(np.cos(turn[i]) > 0)
    return None


def _last_beside(tracks: TrackIndex, xy: Array, first: int, edge: int) -> int:
    """Last point of a run, within reach of its touch, that is still on the edge."""
    stop = min(len(xy), first + round(_PAST_TOUCH / _STEP) + 1)
    distance, at = tracks.nearest(xy[first:stop], 2 * _TOUCH)
    on = np.isfinite(distance) & (tracks.edge[at] == edge)
    return first + (int(np.argmin(on)) - 1 if not on.all() else len(on) - 1)


def aside(xy: Array, other: Array) -> Array:
    """Distance of points from a curve, ``(n,)`` metres; infinite past its ends."""
    place = project(xy, other)
    inside = (place[:, 0] > 1e-9) & (place[:, 0] < length_of(other) - 1e-9)
    return np.where(inside, np.abs(place[:, 1]), np.inf)
