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

__all__ = ["meeting_pairs", "node_edges", "part_at_node"]

_GENTLE, _MOST = 6, 100  # rounds that may straighten edges, and rounds in all
_AT_END = 0.05  # a meeting this near to the end of an edge is at its node, metres
_PARTING = 20.0  # tracks that part at a node may intersect within this length of it, metres
_CROSSING = np.radians(2.0)  # least angle of a crossing, and its standard deviation: a tangle
_CROSSING_SIGMA = np.radians(1.0)
_APART = 0.01  # by which free ends at one place are moved apart, metres
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


def part_at_node(
    lines: tuple[Array, Array], ends: tuple[tuple[int, int], tuple[int, int]], largest: float
) -> tuple[int, Array] | None:
    """Straighten one of two lines that part at a node and meet again just past it.

    The node stays where it is: the toe of a turnout was fitted, and the meeting is noise of the
    curves near it.

    Parameters
    ----------
    lines
        ``(n, 2)`` points of both, metres.
    ends
        Nodes at the start and the end of both.
    largest
        Largest distance by which points move, metres.

    Returns
    -------
    (int, ndarray) or None
        Which line to replace, 0 or 1, and its new points; None if neither then leaves the other.
    """
    for _, *stations in _meetings(lines, ends):
        for this in (1, 0):
            other = 1 - this
            sizes = [length_of(line) for line in lines]
            for end in (0, 1):
                reach = stations[this] if end == 0 else sizes[this] - stations[this]
                far = [
                    stations[other] if at == 0 else sizes[other] - stations[other]
                    for at in (0, 1)
                    if ends[other][at] == ends[this][end]
                ]
                if not far or max(reach, min(far)) > _PARTING:
                    continue
                xy = lines[this] if end == 0 else lines[this][::-1]
                straight = _straightened(xy, reach, lines[other], largest)
                if straight is not None:
                    return this, straight if end == 0 else straight[::-1]
    return None


def _meetings(
    lines: tuple[Array, Array], ends: tuple[tuple[int, int], tuple[int, int]]
) -> list[tuple[Array, float, float]]:
    """Points where two lines meet outside their common nodes, and their stations on both.

    Of a part that they share, its two ends.
    """
    one, two = lines
    met = shapely.intersection(shapely.linestrings(one), shapely.linestrings(two))
    common = {tuple(one[-end]) for end in (0, 1) if ends[0][end] in ends[1]}
    parts = shapely.get_parts(met)
    along = shapely.get_dimensions(parts) == 1
    ends_of = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts[along])))
    at = np.concatenate(
        [
            shapely.get_coordinates(parts[~along]),
            shapely.get_coordinates(shapely.get_point(ends_of, 0)),
            shapely.get_coordinates(shapely.get_point(ends_of, -1)),
        ]
    )
    at = at[[tuple(p) not in common for p in at.tolist()]]
    if not len(at):
        return []
    on_one, on_two = project(at, one)[:, 0], project(at, two)[:, 0]
    order = np.lexsort((on_two, on_one))
    return [(at[k], float(on_one[k]), float(on_two[k])) for k in order]


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
            one, two = graph.edges[a], graph.edges[b]
            parted = None
            if straighten:
                nodes = (one.start, one.end), (two.start, two.end)
                parted = part_at_node((one.xy, two.xy), nodes, SAME_TRACK)
            if parted is not None:
                graph.set_points((a, b)[parted[0]], parted[1])
                continue
            if straighten and self._part_free_ends(a, b):
                continue
            meeting = self._meeting(a, b)
            if meeting is None:
                graph.remove(b)
            else:
                changed |= self._join(meeting)
        return changed

    def _part_free_ends(self, a: int, b: int) -> bool:
        """Move apart two free ends at one place, whose tracks leave it in the same direction.

        At the edge of the data the legs of a turnout outside it may be a few centimetres apart.
        """
        graph = self.graph
        edges = graph.edges[a], graph.edges[b]
        for end, other in ((0, 0), (0, 1), (1, 0), (1, 1)):
            tip, tip_of_other = (
                (edges[0].start, edges[0].end)[end],
                (edges[1].start, edges[1].end)[other],
            )
            one, two = graph.points_from(a, end), graph.points_from(b, other)
            free = tip != tip_of_other and graph.degree(tip) == graph.degree(tip_of_other) == 1
            if not free or tuple(one[0]) != tuple(two[0]):
                continue
            far = min(_PARTING, 0.5 * length_of(one), 0.5 * length_of(two))
            there, here = point_at(two, np.array([far]))[0], point_at(one, np.array([far]))[0]
            aside, ahead = there - here, here - one[0]
            if float(ahead @ (there - one[0])) <= 0 or not aside.any():
                continue
            moved = two.copy()
            moved[0] += _APART * aside / np.hypot(*aside)
            graph.nodes[tip_of_other].xy = moved[0].copy()
            graph.set_points(b, moved if other == 0 else moved[::-1])
            return True
        return False

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

    def _meeting(self, a: int, b: int) -> _Meeting | None:
        """Where edge `a` meets edge `b` outside their common nodes: the farthest from these.

        If both run together up to there, the part between is drawn twice and dropped next. None if
        they are the same line.
        """
        one, two = self.graph.edges[a], self.graph.edges[b]
        nodes = (one.start, one.end), (two.start, two.end)
        found = _meetings((one.xy, two.xy), nodes)
        if not found:
            return None
        at_start, at_end = (node in nodes[1] for node in nodes[0])
        last = len(found) - 1
        point, on_a, on_b = found[last // 2 if at_start and at_end else last if at_start else 0]
        return _Meeting(point, ((a, on_a), (b, on_b)))

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
            for number, _ in graph.incident(here):
                edge = graph.edges.get(number)
                if edge and edge.start == edge.end and length_of(edge.xy) < 2 * _AT_END:
                    graph.remove(number, keep=here)
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


def _straightened(xy: Array, reach: float, other: Array, largest: float) -> Array | None:
    """A curve without its points up to past `reach`, if it then leaves `other` at once."""
    along = arc_length(xy)
    line = shapely.linestrings(other)
    for k in range(int(np.searchsorted(along, reach + 1e-6)), len(xy)):
        chord = np.stack([xy[0], xy[k]])
        bent = np.abs(project(xy[: k + 1], chord)[:, 1]).max()
        if along[k] > reach + _PARTING or bent > largest:
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
