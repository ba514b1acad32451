"""Clusters and paths where the probability has ridges: what a train finds that rolls on from each leg.

A mask says only where tracks are not; there `clusters` and `paths` try smooth curves between legs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.curves import (
    Array,
    arc_length,
    length_of,
    point_at,
    project,
    resample,
)
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.mask_clusters import JunctionCluster
from railmap.geometry.junctions.find.mask_paths import CandidatePath
from railmap.geometry.junctions.find.ridge_clusters import group_paths
from railmap.geometry.junctions.find.ridge_exits import add_stub, cut_back, drop_unused
from railmap.geometry.junctions.find.ridge_legs import (
    CLEAN,
    JoinedTrace,
    Key,
    RidgeLeg,
    TrackIndex,
    find_legs,
    is_open,
    trace_to_track,
)
from railmap.geometry.junctions.find.ridge_paths import NEW, RidgePath, select_paths
from railmap.geometry.junctions.find.ridge_starts import (
    add_track,
    find_starts,
    trace_both_directions,
)

__all__ = ["find_ridge_paths"]

_RUN_UP = 8.0  # metres further out a run begins, to come in on the right heading
_INSIDE = 40.0  # further into an edge than this a run joins it in its midst, metres
_SPARE = 7.5  # metres of leg past what was run along, at least
_ROUNDS = 6


@dataclass(slots=True)
class _GraphChanges:
    """What the graph lacks for the ways to be drawn.

    Edges to be cut at a station, edges too short between two clusters, edges added, and among
    these what runs leave the data by.
    """

    cuts: dict[int, float] = field(default_factory=dict)
    short: set[int] = field(default_factory=set)
    added: list[int] = field(default_factory=list)
    stubs: list[int] = field(default_factory=list)


def find_ridge_paths(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale
) -> list[tuple[JunctionCluster, list[CandidatePath]]]:
    """Find clusters, their legs and the paths between these by rolling on from every open end.

    Open are junctions and free ends past which the track goes on (`GraphNode.continues`). Edges that
    are joined or crossed in their midst are cut there, and tracks that no skeleton shows added.
    """
    fused: set[int] = set()
    stubs: set[int] = set()
    added: list[Array] = []
    for number in range(_ROUNDS):
        legs, bare = find_legs(graph, probability, scale, fused, stubs)
        tracks = TrackIndex(graph, legs, bare)
        changes = _GraphChanges()
        last = number == _ROUNDS - 1
        ways = _trace_legs(graph, probability, legs, tracks, changes, added, last)
        ways += _trace_starts(graph, probability, legs, bare, tracks, ways, changes, added, last)
        added += [graph.edges[n].xy for n in changes.added]
        if last:
            break
        _crossed(graph, bare, ways, changes)
        changes.short |= _too_short(graph, legs)
        fused |= changes.short
        changed = bool(changes.short or changes.added)
        stubs.update(changes.stubs)
        for edge, station in sorted(changes.cuts.items()):
            if edge not in changes.short and edge not in stubs:
                changed |= _cut_in_two(graph, edge, station)
        if not changed:
            break
    chosen = select_paths(ways)
    drop_unused(graph, stubs, {key[0] for way in chosen for key in (way.a, way.b)})
    return group_paths(graph, scale, legs, bare, chosen) if chosen else []


def _trace_legs(
    graph: WorkGraph,
    probability: ProbabilityField,
    legs: dict[Key, RidgeLeg],
    tracks: TrackIndex,
    changes: _GraphChanges,
    added: list[Array],
    last: bool,
) -> list[RidgePath]:
    """Roll in from every leg; adds, but at last, what runs leave the data by."""
    ways = []
    for key, leg in sorted(legs.items()):
        other = legs.get((key[0], 1 - key[1]))
        room = length_of(leg.xy) - leg.clean - (other.clean if other else 0.0)
        at = leg.clean + min(_RUN_UP, 0.5 * room)
        leg.used = max(leg.used, at)
        trace = trace_to_track(probability, tracks, leg.state(at), key[0], leg.level)
        if trace.edge < 0 and not last:
            known = added + [graph.edges[n].xy for n in changes.added]
            stub = add_stub(graph, probability, tracks, trace, known)
            if stub is not None:
                changes.added.append(stub)
                changes.stubs.append(stub)
        joined = _join(graph, legs, trace, changes)
        if joined is None:
            continue
        xy = np.concatenate([point_at(leg.xy, at)[None], trace.xy])
        stop = legs[joined].station(xy[-1])
        legs[joined].used = max(legs[joined].used, stop)
        ways.append(RidgePath(key, joined, xy, at, stop, float(trace.value.mean())))
    return ways


def _trace_starts(
    graph: WorkGraph,
    probability: ProbabilityField,
    legs: dict[Key, RidgeLeg],
    bare: list[int],
    tracks: TrackIndex,
    ways: list[RidgePath],
    changes: _GraphChanges,
    added: list[Array],
    last: bool,
) -> list[RidgePath]:
    """Roll both ways from starts; adds edges for what leads out of the picture, but at last.

    `added` are the edges of earlier rounds, as they were: starts find their tracks again, and
    what is left of an edge that was cut doesn't tell that the rest is known.
    """
    found: list[RidgePath] = []
    for state in find_starts(graph, probability, bare, _between(ways, tracks)):
        known = [w.xy for w in (*ways, *found)] + [graph.edges[n].xy for n in changes.added]
        trace = trace_both_directions(graph, probability, tracks, state, known)
        if trace is None:
            continue
        ahead, behind = trace
        xy = np.concatenate([ahead.xy[::-1], behind.xy])
        if ahead.edge < 0 or behind.edge < 0:
            loose = xy if ahead.edge < 0 else xy[::-1]
            earlier = added + [graph.edges[n].xy for n in changes.added]
            new = None if last else add_track(graph, probability, tracks, loose, earlier)
            if new is not None:
                changes.added.append(new)
            continue
        a, b = (_join(graph, legs, side, changes) for side in trace)
        if a is None or b is None or a == b:
            continue
        stops = legs[a].station(xy[0]), legs[b].station(xy[-1])
        for key, stop in zip((a, b), stops, strict=True):
            legs[key].used = max(legs[key].used, stop)
        value = float(np.concatenate([ahead.value, behind.value]).mean())
        found.append(RidgePath(a, b, xy, *stops, value, 0))
    return found


def _between(ways: list[RidgePath], tracks: TrackIndex) -> list[Array]:
    """The parts of ways that lead over no clean edge."""
    parts = []
    for way in ways:
        off = np.concatenate([[0], np.isinf(tracks.nearest(way.xy, NEW)[0]).astype(int), [0]])
        change = np.diff(off)
        for a, b in zip(np.flatnonzero(change == 1), np.flatnonzero(change == -1), strict=True):
            parts.append(way.xy[a:b])
    return parts


def _join(
    graph: WorkGraph, legs: dict[Key, RidgeLeg], trace: JoinedTrace, changes: _GraphChanges
) -> Key | None:
    """The leg that a run came to; asks for a cut where it came to an edge's midst."""
    if trace.edge < 0:
        return None
    leg = legs.get((trace.edge, trace.end))
    total = length_of(graph.edges[trace.edge].xy)
    station = trace.station if trace.end == 0 else total - trace.station
    if leg is not None and station - leg.clean < _INSIDE:
        return leg.key
    changes.cuts.setdefault(trace.edge, trace.station)
    return None


def _crossed(
    graph: WorkGraph, bare: list[int], ways: list[RidgePath], changes: _GraphChanges
) -> None:
    """Ask for a cut of every edge that a way crosses in its midst."""
    numbers = [n for n in sorted(graph.edges) if n not in bare]
    lines = [shapely.linestrings(graph.edges[n].xy) for n in numbers]
    tree = shapely.STRtree(np.array(lines, object))
    for way in ways:
        line = shapely.linestrings(way.xy)
        for i in sorted(tree.query(line, "crosses")):
            hits = shapely.get_coordinates(shapely.intersection(line, lines[i]))
            if numbers[i] not in (way.a[0], way.b[0]) and len(hits) == 1:
                at = float(project(hits, graph.edges[numbers[i]].xy)[0, 0])
                changes.cuts.setdefault(numbers[i], at)


def _too_short(graph: WorkGraph, legs: dict[Key, RidgeLeg]) -> set[int]:
    """Edges that runs from both ends need as a whole: their clusters are one."""
    return {
        number
        for number, end in legs
        if end == 0
        and (number, 1) in legs
        and legs[number, 0].used + legs[number, 1].used + _SPARE > length_of(graph.edges[number].xy)
    }


def _cut_in_two(graph: WorkGraph, number: int, station: float) -> bool:
    """Cut an edge where a run joins it; near a free end that end is opened instead.

    At the edge of the data, where nothing is to be found past it, it is cut back.
    """
    edge = graph.edges[number]
    total = length_of(edge.xy)
    ends = ((0, edge.start, station), (1, edge.end, total - station))
    for end, node, distance in ends:
        if distance < 2 * CLEAN:
            if is_open(graph, node) or graph.degree(node) > 1:
                return False
            if graph.nodes[node].at_dataset_edge and cut_back(graph, number, end):
                return True
            graph.nodes[node].continues = True
            return True
    xy = resample(edge.xy, 0.25)
    at = int(np.clip(np.searchsorted(arc_length(xy), station), 1, len(xy) - 2))
    graph.nodes[graph.split(number, xy, at)].continues = True
    return True
