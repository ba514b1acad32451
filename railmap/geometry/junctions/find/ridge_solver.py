"""Ridge solver: trace ridges from every leg, and select the paths between legs.

It needs the probability of a tent, whose ridge is on the centreline. For a mask, which has no
ridges, see `mask_clusters` and `mask_paths`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.constants import POINT_SPACING
from railmap.geometry.curves import Array, arc_length, length_of, point_at, project, resample
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.ridge_clusters import group_paths
from railmap.geometry.junctions.find.ridge_exits import add_stub, cut_back, drop_unused
from railmap.geometry.junctions.find.ridge_join import JoinedTrace, TrackIndex, trace_to_track
from railmap.geometry.junctions.find.ridge_legs import (
    SINGLE_RIDGE,
    EdgeEnd,
    RidgeLeg,
    find_legs,
    is_open,
)
from railmap.geometry.junctions.find.ridge_paths import SEPARATE, RidgePath, select_paths
from railmap.geometry.junctions.find.ridge_starts import (
    add_track,
    find_starts,
    trace_both_directions,
)
from railmap.geometry.junctions.find.types import CandidatePath, JunctionCluster

__all__ = ["find_ridge_paths"]

_RUN_UP = 8.0  # length of leg before its first single station where a trace starts, metres
_INSIDE = 40.0  # a trace that joins an edge further from its leg splits it, metres
_SPARE = 7.5  # least length of an edge between the parts that two clusters use, metres
_ROUNDS = 6


@dataclass(slots=True)
class _GraphChanges:
    """Changes of the graph that the paths of one round need.

    Edges to be split (with the station), edges too short between two clusters, edges that were
    added, and those of them that are stubs at the edge of the data.
    """

    cuts: dict[int, float] = field(default_factory=dict)
    short: set[int] = field(default_factory=set)
    added: list[int] = field(default_factory=list)
    stubs: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Round:
    """One round of tracing: the graph as it is, its legs, and the changes found necessary.

    `earlier` are the lines of edges added in earlier rounds as they were then: starting points
    find their tracks again, and what is left of an edge that was split does not cover the rest.
    """

    graph: WorkGraph
    probability: ProbabilityField
    legs: dict[EdgeEnd, RidgeLeg]
    inner: list[int]
    tracks: TrackIndex
    earlier: list[Array]
    last: bool
    changes: _GraphChanges = field(default_factory=_GraphChanges)

    def trace(self) -> list[RidgePath]:
        """Trace from all legs and starting points; only the last round adds no edges."""
        paths = self._trace_legs()
        return paths + self._trace_starts(paths)

    def _added_lines(self) -> list[Array]:
        return [self.graph.edges[n].xy for n in self.changes.added]

    def _trace_legs(self) -> list[RidgePath]:
        """Trace from every leg; adds stubs where traces leave the data."""
        graph, changes = self.graph, self.changes
        paths = []
        for key, leg in sorted(self.legs.items()):
            other = self.legs.get((key[0], 1 - key[1]))
            room = length_of(leg.xy) - leg.single_from - (other.single_from if other else 0.0)
            at = leg.single_from + min(_RUN_UP, 0.5 * room)
            leg.used = max(leg.used, at)
            trace = trace_to_track(self.probability, self.tracks, leg.state(at), key[0], leg.level)
            if trace.edge < 0 and not self.last:
                known = self.earlier + self._added_lines()
                stub = add_stub(graph, self.probability, self.tracks, trace, known)
                if stub is not None:
                    changes.added.append(stub)
                    changes.stubs.append(stub)
            joined = self._joined_leg(trace)
            if joined is None:
                continue
            xy = np.concatenate([point_at(leg.xy, at)[None], trace.xy])
            stop = self._use(joined, xy[-1])
            paths.append(RidgePath(key, joined, xy, at, stop, float(trace.value.mean())))
        return paths

    def _trace_starts(self, paths: list[RidgePath]) -> list[RidgePath]:
        """Trace in both directions from starting points; adds edges for tracks with a free end."""
        graph, probability, tracks = self.graph, self.probability, self.tracks
        found: list[RidgePath] = []
        for state in find_starts(graph, probability, self.inner, self._off_tracks(paths)):
            known = [w.xy for w in (*paths, *found)] + self._added_lines()
            both = trace_both_directions(graph, probability, tracks, state, known)
            if both is None:
                continue
            ahead, behind = both
            xy = np.concatenate([ahead.xy[::-1], behind.xy])
            if ahead.edge < 0 or behind.edge < 0:
                if not self.last:
                    from_end = xy if ahead.edge < 0 else xy[::-1]
                    earlier = self.earlier + self._added_lines()
                    new = add_track(graph, probability, tracks, from_end, earlier)
                    if new is not None:
                        self.changes.added.append(new)
                continue
            a, b = (self._joined_leg(trace) for trace in both)
            if a is None or b is None or a == b:
                continue
            at_a, at_b = self._use(a, xy[0]), self._use(b, xy[-1])
            value = float(np.concatenate([ahead.value, behind.value]).mean())
            found.append(RidgePath(a, b, xy, at_a, at_b, value, traces=0))
        return found

    def _use(self, key: EdgeEnd, point: Array) -> float:
        """Mark a leg as used up to a point; returns its station."""
        station = self.legs[key].station(point)
        self.legs[key].used = max(self.legs[key].used, station)
        return station

    def _off_tracks(self, paths: list[RidgePath]) -> list[Array]:
        """Parts of paths that are not on the tracks of the graph."""
        parts = []
        for path in paths:
            off = np.isinf(self.tracks.nearest(path.xy, SEPARATE)[0]).astype(int)
            change = np.diff(np.concatenate([[0], off, [0]]))
            for a, b in zip(np.flatnonzero(change == 1), np.flatnonzero(change == -1), strict=True):
                parts.append(path.xy[a:b])
        return parts

    def _joined_leg(self, trace: JoinedTrace) -> EdgeEnd | None:
        """The leg that a trace came to; requests a split where it came to the middle of an edge."""
        if trace.edge < 0:
            return None
        leg = self.legs.get((trace.edge, trace.end))
        total = length_of(self.graph.edges[trace.edge].xy)
        station = trace.station if trace.end == 0 else total - trace.station
        if leg is not None and station - leg.single_from < _INSIDE:
            return leg.key
        self.changes.cuts.setdefault(trace.edge, trace.station)
        return None


def find_ridge_paths(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale
) -> list[tuple[JunctionCluster, list[CandidatePath]]]:
    """Find clusters, their legs and the paths between legs by tracing ridges.

    Traces start at junctions and at free ends past which the track continues
    (`GraphNode.continues`). Edges that a trace joins or crosses in their middle are split there,
    tracks without a skeleton are added, and the tracing is repeated, in 6 rounds at most.

    Parameters
    ----------
    graph
        The network; edges are split and added in place.
    probability
        Track probability (tent).
    scale
        Lengths of the raster.

    Returns
    -------
    list of (JunctionCluster, list of CandidatePath)
        Clusters with their paths.
    """
    fused: set[int] = set()
    stubs: set[int] = set()
    earlier: list[Array] = []
    for number in range(_ROUNDS):
        legs, inner = find_legs(graph, probability, scale, fused, stubs)
        tracks = TrackIndex(graph, legs, inner)
        last = number == _ROUNDS - 1
        this = _Round(graph, probability, legs, inner, tracks, earlier, last)
        paths, changes = this.trace(), this.changes
        earlier += [graph.edges[n].xy for n in changes.added]
        if last:
            break
        _cut_crossed(graph, inner, paths, changes)
        changes.short |= _too_short(graph, legs)
        fused |= changes.short
        changed = bool(changes.short or changes.added)
        stubs.update(changes.stubs)
        for edge, station in sorted(changes.cuts.items()):
            if edge not in changes.short and edge not in stubs:
                changed |= _split(graph, edge, station)
        if not changed:
            break
    selected = select_paths(paths)
    drop_unused(graph, stubs, {key[0] for path in selected for key in (path.a, path.b)})
    return group_paths(graph, scale, legs, inner, selected) if selected else []


def _cut_crossed(
    graph: WorkGraph, inner: list[int], paths: list[RidgePath], changes: _GraphChanges
) -> None:
    """Request a split of every edge that a path crosses in its middle."""
    numbers = sorted(set(graph.edges) - set(inner))
    lines = [shapely.linestrings(graph.edges[n].xy) for n in numbers]
    tree = shapely.STRtree(np.array(lines, object))
    for path in paths:
        line = shapely.linestrings(path.xy)
        for i in sorted(tree.query(line, "crosses")):
            hits = shapely.get_coordinates(shapely.intersection(line, lines[i]))
            if numbers[i] not in (path.a[0], path.b[0]) and len(hits) == 1:
                at = float(project(hits, graph.edges[numbers[i]].xy)[0, 0])
                changes.cuts.setdefault(numbers[i], at)


def _too_short(graph: WorkGraph, legs: dict[EdgeEnd, RidgeLeg]) -> set[int]:
    """Edges that traces from both ends need as a whole: they connect two clusters to one."""
    return {
        number
        for number, end in legs
        if end == 0
        and (number, 1) in legs
        and legs[number, 0].used + legs[number, 1].used + _SPARE > length_of(graph.edges[number].xy)
    }


def _split(graph: WorkGraph, number: int, station: float) -> bool:
    """Split an edge where a trace joins it; returns whether the graph changed.

    Near a free end, that end is opened instead; at the edge of the data, where nothing can be
    found past it, it is cut back.
    """
    edge = graph.edges[number]
    total = length_of(edge.xy)
    ends = ((0, edge.start, station), (1, edge.end, total - station))
    for end, node, distance in ends:
        if distance < 2 * SINGLE_RIDGE:
            if is_open(graph, node) or graph.degree(node) > 1:
                return False
            if graph.nodes[node].at_dataset_edge and cut_back(graph, number, end):
                return True
            graph.nodes[node].continues = True
            return True
    xy = resample(edge.xy, POINT_SPACING)
    at = int(np.clip(np.searchsorted(arc_length(xy), station), 1, len(xy) - 2))
    graph.nodes[graph.split(number, xy, at)].continues = True
    return True
