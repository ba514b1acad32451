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
    directions,
    fit_end,
    length_of,
    point_at,
    project,
    resample,
)
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.measure import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_follow import State, follow, on_ridge

__all__ = ["CLEAN", "Ground", "Key", "OpenLeg", "Rolled", "aside", "find_legs", "is_open", "roll"]

CLEAN = 4.0  # metres of single ridge that a leg begins with

_STEP = 0.5  # of runs, metres
_LONGEST = 600.0  # metres that a run may take to the next leg
_BURST = 20.0
_TOUCH, _PARALLEL, _TOGETHER = 0.3, np.radians(3.0), 3.0  # of a run that has joined a leg
_PAST_TOUCH = 25.0  # metres that a joined run goes on: the toe lies there
_KEEP = 0.6  # of the leg's probability: under this a ridge is lost

#: A strand and which of its ends.
Key = tuple[int, int]


@dataclass(slots=True)
class OpenLeg:
    """An end of a strand that looks into trackwork.

    Parameters
    ----------
    strand, end
        Which.
    xy
        ``(n, 2)`` outward, from the strand's end.
    clean
        Station from which it is a single ridge, metres.
    level
        Probability there, 0-1.
    used
        Station up to which runs need it, metres.
    """

    strand: int
    end: int
    xy: Array
    clean: float
    level: float
    used: float

    @property
    def key(self) -> Key:
        """Strand and end."""
        return self.strand, self.end

    def state(self, at: float) -> State:
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


def is_open(graph: WorkGraph, vertex: int) -> bool:
    """Whether tracks go on from a vertex in a way that its strands don't show."""
    return graph.degree(vertex) >= 3 or graph.vertices[vertex].inner


def find_legs(
    graph: WorkGraph,
    probability: ProbabilityField,
    scale: Scale,
    fused: set[int],
    stubs: set[int],
) -> tuple[dict[Key, OpenLeg], list[int]]:
    """Give the clean ends of strands at open vertices, and the strands there that have none.

    Strands in `fused` are taken to have none: they are too short between zones. Those in `stubs`
    are clean all along: runs found them, where no ridge tells them from what crosses them.
    """
    legs: dict[Key, OpenLeg] = {}
    bare = []
    for number in sorted(graph.strands):
        strand = graph.strands[number]
        opened = [is_open(graph, v) for v in (strand.start, strand.end)]
        if not any(opened):
            continue
        xy = resample(strand.xy, scale.step)
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
                legs[number, end] = OpenLeg(number, end, outward, float(clean), level, float(clean))
    return legs, bare


def _spans(good: NDArray[np.bool_], s: Array) -> Array:
    """Stations ``(k, 2)`` of stretches on one ridge, long enough."""
    edge = np.diff(np.concatenate([[0], good.astype(int), [0]]))
    first, last = s[np.flatnonzero(edge == 1)], s[np.flatnonzero(edge == -1) - 1]
    long = last - first >= min(CLEAN, 0.5 * float(s[-1]))
    return np.stack([first[long], last[long]], 1)


class Ground:
    """Clean track that runs may join: points every half metre, with strand, station and heading."""

    def __init__(self, graph: WorkGraph, legs: dict[Key, OpenLeg], bare: list[int]) -> None:
        points, rows = [np.zeros((0, 2))], [np.zeros((0, 3))]
        for number in sorted(set(graph.strands) - set(bare)):
            xy = graph.strands[number].xy
            total = length_of(xy)
            low, high = (legs[number, e].clean if (number, e) in legs else 0.0 for e in (0, 1))
            at = np.arange(low, total - high + 1e-9, _STEP)
            if len(at) < 2:
                continue
            place = point_at(xy, at)
            way = directions(place)
            points.append(place)
            rows.append(
                np.stack([np.full(len(at), number), at, np.arctan2(way[:, 1], way[:, 0])], 1)
            )
        self._tree = cKDTree(np.concatenate(points))
        table = np.concatenate(rows)
        self.strand, self.station, self.heading = table[:, 0].astype(int), table[:, 1], table[:, 2]

    def nearest(self, xy: Array, within: float) -> tuple[Array, NDArray[np.int64]]:
        """Distance to the next point, infinite from `within` on, and its index (0 if none)."""
        if not len(self.strand):
            return np.full(len(xy), np.inf), np.zeros(len(xy), np.int64)
        distance, index = self._tree.query(xy, distance_upper_bound=within)
        return distance, np.where(np.isfinite(distance), index, 0)


@dataclass(slots=True)
class Rolled:
    """A run up to and past where it joined a strand; `strand` is -1 if it joined none.

    Parameters
    ----------
    xy, value
        ``(n, 2)`` metres and ``(n,)`` probability 0-1, every half metre.
    strand, end
        What it joined, and which end of that it came in by.
    station
        Where, in metres from the strand's start.
    """

    xy: Array
    value: Array
    strand: int = -1
    end: int = 0
    station: float = 0.0


def roll(
    probability: ProbabilityField, ground: Ground, state: State, own: int, level: float
) -> Rolled:
    """Follow the ridge until the run has joined a strand other than `own`, and a little on.

    `level` is the probability (0-1) that the run begins with.
    """
    xy, heading, value = np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    while True:
        run = follow(probability, state, _BURST, _KEEP * level)
        xy, heading = np.concatenate([xy, run.xy]), np.concatenate([heading, run.heading])
        value = np.concatenate([value, run.value])
        state = run.state
        found = _touch(ground, xy, heading, own)
        if found is not None:
            first, point, forward = found
            if run.lost or _STEP * (len(xy) - first) >= _PAST_TOUCH:
                strand = int(ground.strand[point])
                stop = _last_beside(ground, xy, first, strand) + 1
                station = float(ground.station[point])
                return Rolled(xy[:stop], value[:stop], strand, 0 if forward else 1, station)
        if run.lost or _STEP * len(xy) > _LONGEST:
            return Rolled(xy, value)


def _touch(ground: Ground, xy: Array, heading: Array, own: int) -> tuple[int, int, bool] | None:
    """First point from where a run is on one other strand for a while, and its way along it."""
    distance, at = ground.nearest(xy, _TOUCH)
    on = np.isfinite(distance)
    if not on.any():
        return None
    turn = heading - ground.heading[at]
    on &= (ground.strand[at] != own) & (np.abs(np.sin(turn)) < np.sin(_PARALLEL))
    need = round(_TOGETHER / _STEP)
    for i in np.flatnonzero(on):
        part = slice(i, i + need)
        if i + need <= len(xy) and on[part].all() and len(set(ground.strand[at[part]])) == 1:
            return int(i), int(at[i]), bool(np.cos(turn[i]) > 0)
    return None


def _last_beside(ground: Ground, xy: Array, first: int, strand: int) -> int:
    """Last point of a run, within reach of its touch, that is still on the strand."""
    stop = min(len(xy), first + round(_PAST_TOUCH / _STEP) + 1)
    distance, at = ground.nearest(xy[first:stop], 2 * _TOUCH)
    on = np.isfinite(distance) & (ground.strand[at] == strand)
    return first + (int(np.argmin(on)) - 1 if not on.all() else len(on) - 1)


def aside(xy: Array, other: Array) -> Array:
    """Distance of points from a curve, ``(n,)`` metres; infinite past its ends."""
    place = project(xy, other)
    inside = (place[:, 0] > 1e-9) & (place[:, 0] < length_of(other) - 1e-9)
    return np.where(inside, np.abs(place[:, 1]), np.inf)
