"""Noding: edges that meet outside a node get one there; what is drawn twice is drawn once.

The steps before keep tracks apart as well as the probability shows them apart. Where it shows a
tangle (bands on top of each other, blobs, scribbles) their curves may still intersect.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from railmap.geometry.constants import SAME_TRACK, TIGHTEST_LOOP
from railmap.geometry.curves import (
    Array,
    arc_length,
    cut,
    heading_change,
    length_of,
    point_at,
    project,
)
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing

__all__ = ["meeting_pairs", "node_edges"]

_GENTLE, _MOST = 6, 100  # rounds that may straighten edges, and rounds in all
_AT_END = 0.05  # a meeting this near to the end of an edge is at its node, metres
_PARTING = 20.0  # tracks that part at a node may intersect within this length of it, metres
_CROSSING = np.radians(2.0)  # least angle of a crossing, and its standard deviation: a tangle
_CROSSING_SIGMA = np.radians(1.0)
_HEADING = 5.0  # length of track from which a heading is computed, metres


def node_edges(graph: WorkGraph) -> dict[int, int]:
    """Split, join and straighten edges until they meet only at nodes.

    Parameters
    ----------
    graph
        The network; changed in place.

    Returns
    -------
    dict of int to int
        For each new edge, the edge of before that it is a part of.
    """
    work = _Noding(graph)
    fresh = set(graph.edges)
    for number in range(_MOST):
        before = set(graph.edges)
        changed = work.cut_loops(fresh) | work.drop_doubles(fresh)
        changed |= work.part_pairs(fresh | changed, straighten=number < _GENTLE)
        if not changed:
            break
        fresh = (changed | (set(graph.edges) - before)) & set(graph.edges)
    return {n: first for n, first in work.origin.items() if n in graph.edges}


def meeting_pairs(
    lines: list[Array], ends: list[tuple[int, int]], among: list[int] | None = None
) -> list[tuple[int, int]]:
    """Pairs of lines that meet anywhere but at a common node.

    Parameters
    ----------
    lines
        ``(n, 2)`` points of each line, metres.
    ends
        Nodes at the start and the end of each line; equal nodes have equal coordinates.
    among
        Indices of lines, of which each pair has at least one; None for all.

    Returns
    -------
    list of (int, int)
        Indices of the lines, ascending.
    """
    if len(lines) < 2 or among == []:
        return []
    shapes = np.array([shapely.linestrings(xy) for xy in lines], object)
    asked = np.arange(len(lines)) if among is None else np.array(among)
    first, second = shapely.STRtree(shapes).query(shapes[asked], "intersects")
    pairs = {(min(a, b), max(a, b)) for a, b in zip(asked[first], second, strict=True) if a != b}
    found = []
    for i, j in sorted((int(a), int(b)) for a, b in pairs):
        met = shapely.get_coordinates(shapely.intersection(shapes[i], shapes[j]))
        common = {tuple(lines[i][-end]) for end in (0, 1) if ends[i][end] in ends[j]}
        if any(tuple(point) not in common for point in met.tolist()):
            found.append((i, j))
    return found


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A point where two edges meet: edge and station (metres) of each."""

    point: Array
    places: tuple[tuple[int, float], tuple[int, float]]


@dataclass(slots=True)
class _Noding:
    """The graph while it is noded; `origin` has the edge of before for each new one."""

    graph: WorkGraph
    origin: dict[int, int] = field(default_factory=dict)

    def cut_loops(self, numbers: set[int]) -> set[int]:
        """Remove or split off the loops of edges that meet themselves; the edges changed."""
        asked = sorted(numbers)
        if not asked:
            return set()
        shapes = [shapely.linestrings(self.graph.edges[n].xy) for n in asked]
        changed = np.array(asked)[~shapely.is_simple(shapes)].tolist()
        for number in changed:
            self._cut_loop(number)
        return set(changed)

    def drop_doubles(self, numbers: set[int]) -> set[int]:
        """Remove edges that run along another between the same two nodes; the edges changed."""
        graph = self.graph
        changed: set[int] = set()
        for number in sorted(numbers & set(graph.edges)):
            if number not in graph.edges:
                continue
            edge = graph.edges[number]
            nodes = {edge.start, edge.end}
            others = [
                n
                for n, _ in graph.incident(edge.start)
                if n != number and {graph.edges[n].start, graph.edges[n].end} == nodes
            ]
            for other in others if len(nodes) == 2 else []:
                if _same(edge.xy, graph.edges[other].xy):
                    graph.replace(number, other)
                    changed |= {other} | self._merge_at(nodes)
                    break
        return changed & set(graph.edges)

    def part_pairs(self, numbers: set[int], *, straighten: bool) -> set[int]:
        """Let pairs of edges that meet outside a node meet at one, or apart; the edges changed."""
        graph = self.graph
        order = sorted(graph.edges)
        index = {n: i for i, n in enumerate(order)}
        pairs = meeting_pairs(
            [graph.edges[n].xy for n in order],
            [(graph.edges[n].start, graph.edges[n].end) for n in order],
            [index[n] for n in sorted(numbers & set(order))],
        )
        changed: set[int] = set()
        for i, j in pairs:
            a, b = order[i], order[j]
            if {a, b} & changed or not {a, b} <= set(graph.edges):
                continue
            changed |= {a, b}
            found = self._meetings(a, b)
            if straighten and any(self._part_later(meeting) for meeting in found):
                continue
            if found:
                changed |= self._join(found[0])
        return changed

    def _merge_at(self, nodes: set[int]) -> set[int]:
        """Merge the edges at plain nodes of degree 2; the new edges."""
        merged = set()
        for node in sorted(nodes & set(self.graph.nodes)):
            old = [n for n, _ in self.graph.incident(node)]
            sizes = [length_of(self.graph.edges[n].xy) for n in old]
            new = self.graph.merge_at(node)
            if new is not None:
                longest = old[int(np.argmax(sizes))]
                self.origin[new] = self.origin.get(longest, longest)
                merged.add(new)
        return merged

    def _meetings(self, a: int, b: int) -> list[_Meeting]:
        """Points where two edges meet outside their common nodes, along the first."""
        graph = self.graph
        one, two = graph.edges[a], graph.edges[b]
        met = shapely.intersection(shapely.linestrings(one.xy), shapely.linestrings(two.xy))
        nodes = {one.start, one.end} & {two.start, two.end}
        common = {tuple(graph.nodes[v].xy) for v in nodes}
        points = [p for p in shapely.get_coordinates(met) if tuple(p) not in common]
        if not points:
            return []
        at = np.array(points)
        on_a, on_b = project(at, one.xy)[:, 0], project(at, two.xy)[:, 0]
        return [
            _Meeting(at[k], ((a, float(on_a[k])), (b, float(on_b[k]))))
            for k in np.lexsort((on_b, on_a))
        ]

    def _part_later(self, meeting: _Meeting) -> bool:
        """Straighten one of two tracks that part at a node and intersect just past it.

        The node stays where it is: the toe of a turnout was fitted, and the intersection is noise
        of the curves near it. False if neither can be straightened without meeting the other.
        """
        graph = self.graph
        for (number, station), (other, far) in (meeting.places[::-1], meeting.places):
            edge, fixed = graph.edges[number], graph.edges[other]
            size, other_size = length_of(edge.xy), length_of(fixed.xy)
            for end, node in ((0, edge.start), (1, edge.end)):
                reach = station if end == 0 else size - station
                near = [
                    far if at == 0 else other_size - far
                    for at, v in ((0, fixed.start), (1, fixed.end))
                    if v == node
                ]
                if not near or max(reach, min(near)) > _PARTING:
                    continue
                straight = _straightened(graph.points_from(number, end), reach, fixed.xy)
                if straight is not None:
                    graph.set_points(number, straight if end == 0 else straight[::-1])
                    return True
        return False

    def _join(self, meeting: _Meeting) -> set[int]:
        """Split both edges where they meet, at one node that both run through; the edges there."""
        graph = self.graph
        angle = self._angle(meeting)
        nodes, through = [], []
        for number, station in meeting.places:
            node, ends = self._node_at(number, station, meeting.point)
            nodes.append(node)
            through.append(ends)
        here, there = nodes
        crossing = all(through) and angle > _CROSSING
        if here != there:
            graph.unite(here, there)
        graph.nodes[here].connections += [ends for ends in through if ends]
        if crossing and graph.nodes[here].railway is None:
            set_crossing(graph.nodes[here], angle, _CROSSING_SIGMA)
        return {n for n, _ in graph.incident(here)} | self._merge_at({here})

    def _node_at(
        self, number: int, station: float, point: Array
    ) -> tuple[int, tuple[int, int] | None]:
        """Node at a station of an edge, and the pair of ends that a new one connects."""
        graph = self.graph
        edge = graph.edges[number]
        along = arc_length(edge.xy)
        near = min(_AT_END, 0.5 * float(along[-1]))
        for end, node, reach in ((0, edge.start, station), (1, edge.end, along[-1] - station)):
            if reach < near:  # straight from the node to the first point past the meeting
                rest = (along if end == 0 else along[-1] - along) > reach + 1e-6
                rest[0] = rest[-1] = True
                graph.set_points(number, edge.xy[rest])
                return node, None
        xy = np.concatenate(
            [edge.xy[along < station - 1e-6], point[None], edge.xy[along > station + 1e-6]]
        )
        return self._split(number, xy, int((along < station - 1e-6).sum()))

    def _split(self, number: int, xy: Array, at: int) -> tuple[int, tuple[int, int]]:
        """Split an edge; returns the node and the ends of both parts there."""
        node = self.graph.split(number, xy, at)
        pieces = self.graph.incident(node)
        for piece, _ in pieces:
            self.origin[piece] = self.origin.get(number, number)
        before, after = (self.graph.edges[n].end_ids[e] for n, e in pieces)
        return node, (before, after)

    def _angle(self, meeting: _Meeting) -> float:
        """Angle between two edges where they meet, radians."""
        headings = []
        for number, station in meeting.places:
            xy = self.graph.edges[number].xy
            first, last = point_at(xy, np.array([station - _HEADING, station + _HEADING]))
            headings.append(float(np.arctan2(*(last - first)[::-1])))
        turn = abs(heading_change(*headings))
        return min(turn, np.pi - turn)

    def _cut_loop(self, number: int) -> None:
        """Remove the loop of an edge that meets itself, or split it off if a track may be so."""
        graph = self.graph
        xy = graph.edges[number].xy
        low, high, point = _own_meeting(xy)
        before, after = cut(xy, 0.0, low), cut(xy, high, np.inf)
        loop = cut(xy, low, high)
        if high - low < TIGHTEST_LOOP or min(low, float(arc_length(xy)[-1]) - high) < _AT_END:
            graph.set_points(number, _distinct(np.concatenate([before, [point], after])))
            return
        joined = np.concatenate([before[:-1], [point], loop[1:-1], [point], after[1:]])
        first, second = len(before) - 1, len(before) + len(loop) - 2
        node, through = self._split(number, joined, first)
        ahead = next(n for n, end in graph.incident(node) if end == 0)
        other, back = self._split(ahead, joined[first:], second - first)
        graph.unite(node, other)
        graph.nodes[node].connections += [through, back]


def _same(xy: Array, line: Array) -> bool:
    return bool(np.abs(project(xy, line)[:, 1]).max() < SAME_TRACK)


def _distinct(xy: Array) -> Array:
    """A curve without repeated points; its ends stay."""
    keep = np.concatenate([[True], (np.diff(xy, axis=0) != 0).any(axis=1)])
    out = xy[keep]
    return out if len(out) > 1 else xy[[0, -1]]


def _straightened(xy: Array, reach: float, other: Array) -> Array | None:
    """A curve without its points up to past `reach`, if it then leaves `other` at once."""
    along = arc_length(xy)
    line = shapely.linestrings(other)
    for k in range(int(np.searchsorted(along, reach + 1e-6)), len(xy)):
        chord = np.stack([xy[0], xy[k]])
        bent = np.abs(project(xy[: k + 1], chord)[:, 1]).max()
        if along[k] > reach + _PARTING or bent > SAME_TRACK:
            break
        met = shapely.get_coordinates(shapely.intersection(shapely.linestrings(chord), line))
        if len(met) and all(tuple(p) == tuple(xy[0]) for p in met.tolist()):
            return np.concatenate([xy[:1], xy[k:]])
    return None


def _own_meeting(xy: Array) -> tuple[float, float, Array]:
    """Stations of two passes, and the point, where a curve first meets itself."""
    along = arc_length(xy)
    pieces = shapely.linestrings(np.stack([xy[:-1], xy[1:]], 1))
    i, j = shapely.STRtree(pieces).query(pieces, "intersects")
    closed = tuple(xy[0]) == tuple(xy[-1])
    keep = (j > i + 1) & ~(closed & (i == 0) & (j == len(pieces) - 1))
    pairs = sorted(zip(i[keep].tolist(), j[keep].tolist(), strict=True))
    if pairs:
        a, b = pairs[0]
        point = shapely.get_coordinates(shapely.intersection(pieces[a], pieces[b]))[0]
        low = float(along[a] + np.hypot(*(point - xy[a])))
        return low, float(along[b] + np.hypot(*(point - xy[b]))), point
    # a fold: a piece on top of the one before
    turn = (np.diff(xy, axis=0)[:-1] * np.diff(xy, axis=0)[1:]).sum(axis=1)
    a = int(np.argmin(turn))
    return float(along[a]), float(along[a + 2]), xy[a]
