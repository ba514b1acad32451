"""Zones and paths where the probability has ridges: what a train finds that rolls on from each leg.

A mask says only where tracks are not; there `zones` and `paths` try smooth curves between legs.
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
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.measure import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.leaving import add_stub, cut_back, drop_unused
from railmap.geometry.junctions.find.mask_paths import Path
from railmap.geometry.junctions.find.mask_zones import Zone
from railmap.geometry.junctions.find.ridge_runs import (
    CLEAN,
    Ground,
    Key,
    OpenLeg,
    Rolled,
    find_legs,
    is_open,
    roll,
)
from railmap.geometry.junctions.find.ridge_zones import zones_of
from railmap.geometry.junctions.find.seeds import add_track, find_seeds, roll_both_ways
from railmap.geometry.junctions.find.ways import NEW, Way, choose

__all__ = ["find_routes"]

_RUN_UP = 8.0  # metres further out a run begins, to come in on the right heading
_INSIDE = 40.0  # further into a strand than this a run joins it in its midst, metres
_SPARE = 7.5  # metres of leg past what was run along, at least
_ROUNDS = 6


@dataclass(slots=True)
class _Wanted:
    """What the graph lacks for the ways to be drawn.

    Strands to be cut at a station, strands too short between two zones, strands added, and among
    these what runs leave the data by.
    """

    cuts: dict[int, float] = field(default_factory=dict)
    short: set[int] = field(default_factory=set)
    added: list[int] = field(default_factory=list)
    stubs: list[int] = field(default_factory=list)


def find_routes(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale
) -> list[tuple[Zone, list[Path]]]:
    """Find zones, their legs and the paths between these by rolling on from every open end.

    Open are junctions and free ends past which the track goes on (`Vertex.inner`). Strands that
    are joined or crossed in their midst are cut there, and tracks that no skeleton shows added.
    """
    fused: set[int] = set()
    stubs: set[int] = set()
    added: list[Array] = []
    for number in range(_ROUNDS):
        legs, bare = find_legs(graph, probability, scale, fused, stubs)
        ground = Ground(graph, legs, bare)
        wanted = _Wanted()
        last = number == _ROUNDS - 1
        ways = _roll_legs(graph, probability, legs, ground, wanted, added, last)
        ways += _roll_seeds(graph, probability, legs, bare, ground, ways, wanted, added, last)
        added += [graph.strands[n].xy for n in wanted.added]
        if last:
            break
        _crossed(graph, bare, ways, wanted)
        wanted.short |= _too_short(graph, legs)
        fused |= wanted.short
        changed = bool(wanted.short or wanted.added)
        stubs.update(wanted.stubs)
        for strand, station in sorted(wanted.cuts.items()):
            if strand not in wanted.short and strand not in stubs:
                changed |= _cut_in_two(graph, strand, station)
        if not changed:
            break
    chosen = choose(ways)
    drop_unused(graph, stubs, {key[0] for way in chosen for key in (way.a, way.b)})
    return zones_of(graph, scale, legs, bare, chosen) if chosen else []


def _roll_legs(
    graph: WorkGraph,
    probability: ProbabilityField,
    legs: dict[Key, OpenLeg],
    ground: Ground,
    wanted: _Wanted,
    added: list[Array],
    last: bool,
) -> list[Way]:
    """Roll in from every leg; adds, but at last, what runs leave the data by."""
    ways = []
    for key, leg in sorted(legs.items()):
        other = legs.get((key[0], 1 - key[1]))
        room = length_of(leg.xy) - leg.clean - (other.clean if other else 0.0)
        at = leg.clean + min(_RUN_UP, 0.5 * room)
        leg.used = max(leg.used, at)
        rolled = roll(probability, ground, leg.state(at), key[0], leg.level)
        if rolled.strand < 0 and not last:
            known = added + [graph.strands[n].xy for n in wanted.added]
            stub = add_stub(graph, probability, ground, rolled, known)
            if stub is not None:
                wanted.added.append(stub)
                wanted.stubs.append(stub)
        joined = _join(graph, legs, rolled, wanted)
        if joined is None:
            continue
        xy = np.concatenate([point_at(leg.xy, at)[None], rolled.xy])
        stop = legs[joined].station(xy[-1])
        legs[joined].used = max(legs[joined].used, stop)
        ways.append(Way(key, joined, xy, at, stop, float(rolled.value.mean())))
    return ways


def _roll_seeds(
    graph: WorkGraph,
    probability: ProbabilityField,
    legs: dict[Key, OpenLeg],
    bare: list[int],
    ground: Ground,
    ways: list[Way],
    wanted: _Wanted,
    added: list[Array],
    last: bool,
) -> list[Way]:
    """Roll both ways from seeds; adds strands for what leads out of the picture, but at last.

    `added` are the strands of earlier rounds, as they were: seeds find their tracks again, and
    what is left of a strand that was cut doesn't tell that the rest is known.
    """
    found: list[Way] = []
    for state in find_seeds(graph, probability, bare, _between(ways, ground)):
        known = [w.xy for w in (*ways, *found)] + [graph.strands[n].xy for n in wanted.added]
        rolled = roll_both_ways(graph, probability, ground, state, known)
        if rolled is None:
            continue
        ahead, behind = rolled
        xy = np.concatenate([ahead.xy[::-1], behind.xy])
        if ahead.strand < 0 or behind.strand < 0:
            loose = xy if ahead.strand < 0 else xy[::-1]
            earlier = added + [graph.strands[n].xy for n in wanted.added]
            new = None if last else add_track(graph, probability, ground, loose, earlier)
            if new is not None:
                wanted.added.append(new)
            continue
        a, b = (_join(graph, legs, side, wanted) for side in rolled)
        if a is None or b is None or a == b:
            continue
        stops = legs[a].station(xy[0]), legs[b].station(xy[-1])
        for key, stop in zip((a, b), stops, strict=True):
            legs[key].used = max(legs[key].used, stop)
        value = float(np.concatenate([ahead.value, behind.value]).mean())
        found.append(Way(a, b, xy, *stops, value, 0))
    return found


def _between(ways: list[Way], ground: Ground) -> list[Array]:
    """The parts of ways that lead over no clean strand."""
    parts = []
    for way in ways:
        off = np.concatenate([[0], np.isinf(ground.nearest(way.xy, NEW)[0]).astype(int), [0]])
        edge = np.diff(off)
        for a, b in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
            parts.append(way.xy[a:b])
    return parts


def _join(
    graph: WorkGraph, legs: dict[Key, OpenLeg], rolled: Rolled, wanted: _Wanted
) -> Key | None:
    """The leg that a run came to; asks for a cut where it came to a strand's midst."""
    if rolled.strand < 0:
        return None
    leg = legs.get((rolled.strand, rolled.end))
    total = length_of(graph.strands[rolled.strand].xy)
    station = rolled.station if rolled.end == 0 else total - rolled.station
    if leg is not None and station - leg.clean < _INSIDE:
        return leg.key
    wanted.cuts.setdefault(rolled.strand, rolled.station)
    return None


def _crossed(graph: WorkGraph, bare: list[int], ways: list[Way], wanted: _Wanted) -> None:
    """Ask for a cut of every strand that a way crosses in its midst."""
    numbers = [n for n in sorted(graph.strands) if n not in bare]
    lines = [shapely.linestrings(graph.strands[n].xy) for n in numbers]
    tree = shapely.STRtree(np.array(lines, object))
    for way in ways:
        line = shapely.linestrings(way.xy)
        for i in sorted(tree.query(line, "crosses")):
            hits = shapely.get_coordinates(shapely.intersection(line, lines[i]))
            if numbers[i] not in (way.a[0], way.b[0]) and len(hits) == 1:
                at = float(project(hits, graph.strands[numbers[i]].xy)[0, 0])
                wanted.cuts.setdefault(numbers[i], at)


def _too_short(graph: WorkGraph, legs: dict[Key, OpenLeg]) -> set[int]:
    """Strands that runs from both ends need as a whole: their zones are one."""
    return {
        number
        for number, end in legs
        if end == 0
        and (number, 1) in legs
        and legs[number, 0].used + legs[number, 1].used + _SPARE
        > length_of(graph.strands[number].xy)
    }


def _cut_in_two(graph: WorkGraph, number: int, station: float) -> bool:
    """Cut a strand where a run joins it; near a free end that end is opened instead.

    At the edge of the data, where nothing is to be found past it, it is cut back.
    """
    strand = graph.strands[number]
    total = length_of(strand.xy)
    ends = ((0, strand.start, station), (1, strand.end, total - station))
    for end, vertex, distance in ends:
        if distance < 2 * CLEAN:
            if is_open(graph, vertex) or graph.degree(vertex) > 1:
                return False
            if graph.vertices[vertex].at_edge and cut_back(graph, number, end):
                return True
            graph.vertices[vertex].inner = True
            return True
    xy = resample(strand.xy, 0.25)
    at = int(np.clip(np.searchsorted(arc_length(xy), station), 1, len(xy) - 2))
    graph.vertices[graph.split(number, xy, at)].inner = True
    return True
