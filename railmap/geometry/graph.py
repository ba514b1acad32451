"""The network while it is worked on: edges between nodes, cut, joined and pruned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from railmap.geometry.curves import Array, length_of
from railmap.tracing.types import PixelNetwork

__all__ = ["GraphEdge", "GraphNode", "WorkGraph"]


@dataclass(slots=True)
class GraphEdge:
    """A track from node `start` to node `end`.

    ``end_ids`` name its two ends for good: they outlive the edge when it is joined to another.
    ``gap_m`` is the length that was bridged without evidence.
    """

    xy: Array
    start: int
    end: int
    end_ids: tuple[int, int]
    gap_m: float = 0.0


@dataclass(slots=True)
class GraphNode:
    """Where edges meet or end."""

    xy: Array
    railway: str | None = None
    turnout_side: str | None = None
    crossing_number: float | None = None
    angle_deg: float | None = None
    angle_sigma_deg: float | None = None
    sigma_m: float | None = None
    at_dataset_edge: bool = False
    pinned: bool = False  # a free end that must stay where it is
    continues: bool = False  # a place where the track goes on: an open end, or a cut
    connections: list[tuple[int, int]] = field(default_factory=list)  # pairs of end_ids


class WorkGraph:
    """Edges and nodes by number; numbers are never used twice, so the order is stable."""

    def __init__(self) -> None:
        self.edges: dict[int, GraphEdge] = {}
        self.nodes: dict[int, GraphNode] = {}
        self._incident: dict[int, list[tuple[int, int]]] = {}
        self._next = 0

    def _number(self) -> int:
        self._next += 1
        return self._next

    def add_node(self, xy: Array) -> int:
        """Add a node; returns its number."""
        number = self._number()
        self.nodes[number] = GraphNode(np.array(xy, np.float64))
        self._incident[number] = []
        return number

    def add_edge(
        self, xy: Array, start: int, end: int, end_ids: tuple[int, int] | None = None
    ) -> int:
        """Add an edge; its end points become exactly those of its nodes."""
        number = self._number()
        xy = np.array(xy, np.float64)
        xy[0], xy[-1] = self.nodes[start].xy, self.nodes[end].xy
        if end_ids is None:
            end_ids = (self._number(), self._number())
        self.edges[number] = GraphEdge(xy, start, end, end_ids)
        self._incident[start].append((number, 0))
        self._incident[end].append((number, 1))
        return number

    def remove(self, number: int, keep: int | None = None) -> None:
        """Take an edge away, and nodes that nothing is left at, but `keep`."""
        edge = self.edges.pop(number)
        for node, end in ((edge.start, 0), (edge.end, 1)):
            self._incident[node].remove((number, end))
            gone = edge.end_ids[end]
            ways = self.nodes[node].connections
            ways[:] = [w for w in ways if gone not in w]
        for node in {edge.start, edge.end}:
            if not self._incident[node] and node != keep:
                del self._incident[node]
                del self.nodes[node]

    def incident(self, node: int) -> list[tuple[int, int]]:
        """``(edge, end)`` at a node."""
        return sorted(self._incident[node])

    def degree(self, node: int) -> int:
        """Number of edge ends at a node."""
        return len(self._incident[node])

    def points_from(self, number: int, end: int) -> Array:
        """Points of an edge, beginning at its end `end`."""
        xy = self.edges[number].xy
        return xy if end == 0 else xy[::-1]

    def other_node(self, number: int, end: int) -> int:
        """The node at the other end."""
        edge = self.edges[number]
        return edge.end if end == 0 else edge.start

    def merge_at(self, node: int) -> int | None:
        """Join the two edges at a plain node of degree 2; returns the new edge."""
        ends = self.incident(node)
        if len(ends) != 2 or ends[0][0] == ends[1][0] or self.nodes[node].railway:
            return None
        (a, end_a), (b, end_b) = ends
        one, two = self.edges[a], self.edges[b]
        xy = np.concatenate([self.points_from(a, end_a)[::-1], self.points_from(b, end_b)[1:]])
        start, end = self.other_node(a, end_a), self.other_node(b, end_b)
        end_ids = (one.end_ids[1 - end_a], two.end_ids[1 - end_b])
        ways = {v: list(self.nodes[v].connections) for v in (start, end)}
        gap = one.gap_m + two.gap_m
        new = self.add_edge(xy, start, end, end_ids)
        self.remove(a)
        self.remove(b)
        for v, kept in ways.items():
            self.nodes[v].connections = kept
        self.edges[new].gap_m = gap
        return new

    def merge_all(self) -> None:
        """Join edges at every plain node of degree 2."""
        for node in sorted(self.nodes):
            if node in self.nodes and self.degree(node) == 2:
                self.merge_at(node)

    def contract(self, number: int) -> None:
        """Draw an edge's end into its start; ways that led over the edge lead through."""
        edge = self.edges[number]
        here, there = edge.start, edge.end
        one, two = self.nodes[here], self.nodes[there]
        ways = [w for w in one.connections + two.connections if not set(w) & set(edge.end_ids)]
        for a in _others(one.connections, edge.end_ids[0]):
            ways += [(a, b) for b in _others(two.connections, edge.end_ids[1])]
        for other, end in self.incident(there):
            if other == number:
                continue
            moved = self.edges[other]
            if end == 0:
                moved.start = here
            else:
                moved.end = here
            moved.xy[0 if end == 0 else -1] = one.xy
            self._incident[there].remove((other, end))
            self._incident[here].append((other, end))
        if one.railway is None and two.railway is not None:
            two.xy = one.xy
            self.nodes[here] = two
        self.remove(number, keep=here)
        self.nodes[here].connections = ways

    def detach(self, number: int, end: int, xy: Array) -> int:
        """Give an edge new points whose end `end` leaves its node; returns the new edge."""
        edge = self.edges[number]
        tip = self.add_node(xy[0] if end == 0 else xy[-1])
        start, stop = (tip, edge.end) if end == 0 else (edge.start, tip)
        ways = list(self.nodes[edge.end if end == 0 else edge.start].connections)
        new = self.add_edge(xy, start, stop, edge.end_ids)
        self.edges[new].gap_m = edge.gap_m
        self.remove(number)
        kept = stop if end == 0 else start
        self.nodes[kept].connections = ways
        return new

    def reattach(self, number: int, end: int, node: int, xy: Array) -> int:
        """Hang an edge's end at another node, with new points; returns the new edge."""
        edge, far = self.edges[number], self.other_node(number, end)
        ways = list(self.nodes[far].connections)
        start, stop = (node, far) if end == 0 else (far, node)
        new = self.add_edge(xy, start, stop, edge.end_ids)
        self.edges[new].gap_m = edge.gap_m
        self.remove(number)
        self.nodes[far].connections = ways
        return new

    def set_points(self, number: int, xy: Array) -> None:
        """Give an edge new inner points; the ends stay at the nodes."""
        edge = self.edges[number]
        xy = np.array(xy, np.float64)
        xy[0], xy[-1] = self.nodes[edge.start].xy, self.nodes[edge.end].xy
        edge.xy = xy

    def split(self, number: int, xy: Array, at: int) -> int:
        """Cut an edge of points `xy` at point `at` (not an end); returns the new node."""
        edge = self.edges[number]
        node = self.add_node(xy[at])
        saved = [(v, list(self.nodes[v].connections)) for v in {edge.start, edge.end}]
        a = self.add_edge(xy[: at + 1], edge.start, node, (edge.end_ids[0], self._number()))
        b = self.add_edge(xy[at:], node, edge.end, (self._number(), edge.end_ids[1]))
        total = length_of(xy)
        for new in (a, b):
            share = length_of(self.edges[new].xy) / total if total else 0.0
            self.edges[new].gap_m = edge.gap_m * share
        self.remove(number)
        for v, ways in saved:
            self.nodes[v].connections = ways
        return node

    @classmethod
    def from_pixels(cls, net: PixelNetwork, gsd: float) -> WorkGraph:
        """Pixels to grid metres (x right, y up, origin at the raster's upper left corner)."""
        graph = cls()

        def metres(pixel: np.ndarray) -> Array:
            row, col = np.divmod(pixel.astype(np.int64), net.width)
            return np.stack([(col + 0.5) * gsd, -(row + 0.5) * gsd], -1)

        numbers = [graph.add_node(p) for p in metres(net.node_pixel)]
        for i, (a, b) in enumerate(net.link_node):
            part = net.link_pixel[net.link_offset[i] : net.link_offset[i + 1]]
            if len(part) > 1:
                graph.add_edge(metres(part), numbers[a], numbers[b])
        for node in list(graph.nodes):
            if not graph.degree(node):
                del graph.nodes[node]
                del graph._incident[node]
        return graph


def _others(ways: list[tuple[int, int]], end_id: int) -> list[int]:
    """Where the ways through a end_id come out."""
    return [b if a == end_id else a for a, b in ways if end_id in (a, b)]
