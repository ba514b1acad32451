"""The track graph while it is edited: edges between nodes are split, merged and removed.

An *edge* is a track, a *node* a point where edges meet or end. An *end id* identifies an end of
an edge permanently. A *connection* is a pair of end ids between which a train can run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from railmap.geometry.curves import Array, length_of
from railmap.tracing.types import PixelNetwork

__all__ = ["LEAST_DEGREE", "GraphEdge", "GraphNode", "WorkGraph"]

LEAST_DEGREE = {"switch": 3, "railway_crossing": 4}
"""Least number of edge ends at a node, by its kind."""


@dataclass(slots=True)
class GraphEdge:
    """A track between two nodes.

    Parameters
    ----------
    xy
        ``(n, 2)`` points in grid metres, from the node `start` to the node `end`.
    start, end
        Numbers of the nodes.
    end_ids
        Permanent ids of its two ends; they survive when the edge is merged with another.
    gap_m
        Length that was bridged without evidence, metres.
    """

    xy: Array
    start: int
    end: int
    end_ids: tuple[int, int]
    gap_m: float = 0.0


@dataclass(slots=True)
class GraphNode:
    """A point where edges meet or end.

    Parameters
    ----------
    xy
        ``(2,)`` grid metres.
    railway, turnout_side, crossing_number, angle_deg, angle_sigma_deg
        As for `railmap.geometry.types.Node`.
    leg_radius_m
        Radius of the leg of a turnout relative to its main track, metres.
    sigma_m
        Standard deviation of the position along the track, metres.
    at_dataset_edge
        Whether the track continues past the edge of the data.
    pinned
        A free end that must keep its position.
    continues
        The track continues past this node although no edge does: a broken skeleton, or a cut.
    connections
        Pairs of end ids between which a train can run.
    """

    xy: Array
    railway: str | None = None
    turnout_side: str | None = None
    crossing_number: float | None = None
    angle_deg: float | None = None
    angle_sigma_deg: float | None = None
    leg_radius_m: float | None = None
    sigma_m: float | None = None
    at_dataset_edge: bool = False
    pinned: bool = False
    continues: bool = False
    connections: list[tuple[int, int]] = field(default_factory=list)

    def make_plain(self) -> None:
        """Make the node no switch and no crossing."""
        self.railway = self.turnout_side = self.sigma_m = self.leg_radius_m = None
        self.crossing_number = self.angle_deg = self.angle_sigma_deg = None


class WorkGraph:
    """Edges and nodes by number. Numbers are never reused, so the order is stable.

    An edge is addressed by its number, an end of it by the number and 0 (start) or 1 (end).
    """

    def __init__(self) -> None:
        self.edges: dict[int, GraphEdge] = {}
        self.nodes: dict[int, GraphNode] = {}
        self._incident: dict[int, list[tuple[int, int]]] = {}
        self._next = 0

    def _number(self) -> int:
        self._next += 1
        return self._next

    def add_node(self, xy: Array) -> int:
        """Add a node.

        Parameters
        ----------
        xy
            ``(2,)`` grid metres.

        Returns
        -------
        int
            Its number.
        """
        number = self._number()
        self.nodes[number] = GraphNode(np.array(xy, np.float64))
        self._incident[number] = []
        return number

    def add_edge(
        self, xy: Array, start: int, end: int, end_ids: tuple[int, int] | None = None
    ) -> int:
        """Add an edge; its first and last point are set to the positions of its nodes.

        Parameters
        ----------
        xy
            ``(n, 2)`` points, grid metres.
        start, end
            Numbers of the nodes.
        end_ids
            Ids of its ends; None creates new ones.

        Returns
        -------
        int
            Its number.
        """
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
        """Remove an edge, its connections, and nodes that are left without edges.

        A switch or crossing that is left with too few edges becomes a plain node.

        Parameters
        ----------
        number
            The edge.
        keep
            A node that stays in any case.
        """
        edge = self.edges.pop(number)
        for node, end in ((edge.start, 0), (edge.end, 1)):
            self._incident[node].remove((number, end))
            gone = edge.end_ids[end]
            connections = self.nodes[node].connections
            connections[:] = [w for w in connections if gone not in w]
        for node in {edge.start, edge.end}:
            if not self._incident[node] and node != keep:
                del self._incident[node]
                del self.nodes[node]
            elif self.degree(node) < LEAST_DEGREE.get(self.nodes[node].railway or "", 0):
                self.nodes[node].make_plain()

    def incident(self, node: int) -> list[tuple[int, int]]:
        """List the edge ends at a node as ``(edge, end)``, ascending."""
        return sorted(self._incident[node])

    def degree(self, node: int) -> int:
        """Number of edge ends at a node."""
        return len(self._incident[node])

    def points_from(self, number: int, end: int) -> Array:
        """Points of an edge, ``(n, 2)``, starting at one of its ends (0 start, 1 end)."""
        xy = self.edges[number].xy
        return xy if end == 0 else xy[::-1]

    def other_node(self, number: int, end: int) -> int:
        """Node at the other end of an edge."""
        edge = self.edges[number]
        return edge.end if end == 0 else edge.start

    def merge_at(self, node: int) -> int | None:
        """Merge the two edges at a node of degree 2 that is no switch or crossing.

        Parameters
        ----------
        node
            The node.

        Returns
        -------
        int or None
            The new edge; None if the node is of another kind.
        """
        ends = self.incident(node)
        if len(ends) != 2 or ends[0][0] == ends[1][0] or self.nodes[node].railway:
            return None
        (a, end_a), (b, end_b) = ends
        one, two = self.edges[a], self.edges[b]
        xy = np.concatenate([self.points_from(a, end_a)[::-1], self.points_from(b, end_b)[1:]])
        start, end = self.other_node(a, end_a), self.other_node(b, end_b)
        end_ids = (one.end_ids[1 - end_a], two.end_ids[1 - end_b])
        connections = {v: list(self.nodes[v].connections) for v in (start, end)}
        gap = one.gap_m + two.gap_m
        new = self.add_edge(xy, start, end, end_ids)
        self.remove(a)
        self.remove(b)
        for v, kept in connections.items():
            self.nodes[v].connections = kept
        self.edges[new].gap_m = gap
        return new

    def merge_all(self) -> None:
        """Merge edges at every node of degree 2 that is no switch or crossing."""
        for node in sorted(self.nodes):
            if node in self.nodes and self.degree(node) == 2:
                self.merge_at(node)

    def contract(self, number: int) -> None:
        """Contract an edge: its end node merges into its start node.

        Connections over the edge become connections through the node.

        Parameters
        ----------
        number
            The edge; it is removed.
        """
        edge = self.edges[number]
        here, there = edge.start, edge.end
        one, two = self.nodes[here], self.nodes[there]
        over = [
            (a, b)
            for a in _connected_to(one.connections, edge.end_ids[0])
            for b in _connected_to(two.connections, edge.end_ids[1])
        ]
        self.unite(here, there)
        self.remove(number, keep=here)
        self.nodes[here].connections += over

    def unite(self, here: int, there: int) -> None:
        """Merge a node into another; the edges that ended there end here.

        A switch or crossing keeps its place.

        Parameters
        ----------
        here
            The node that stays.
        there
            The node that is removed.
        """
        one, two = self.nodes[here], self.nodes[there]
        connections = one.connections + two.connections
        if one.railway is None and two.railway is not None:
            self.nodes[here] = two
        kept = self.nodes[here]
        kept.connections = connections
        kept.at_dataset_edge = False
        for number, end in self._incident.pop(there):
            edge = self.edges[number]
            if end == 0:
                edge.start = here
            else:
                edge.end = here
            self._incident[here].append((number, end))
        del self.nodes[there]
        for number, end in self._incident[here]:
            self.edges[number].xy[0 if end == 0 else -1] = kept.xy

    def replace(self, number: int, other: int) -> None:
        """Remove an edge in favour of another between the same nodes, which takes its connections.

        Parameters
        ----------
        number
            The edge; it is removed.
        other
            The edge that stays.
        """
        edge, kept = self.edges[number], self.edges[other]
        same = edge.start == kept.start
        for end, node in ((0, edge.start), (1, edge.end)):
            gone, now = edge.end_ids[end], kept.end_ids[end if same else 1 - end]
            info = self.nodes[node]
            renamed = [tuple(now if e == gone else e for e in pair) for pair in info.connections]
            info.connections = [(a, b) for a, b in dict.fromkeys(renamed) if a != b]
        self.remove(number)

    def reattach(self, number: int, end: int, node: int, xy: Array) -> int:
        """Replace an edge by one whose end is at another node.

        Parameters
        ----------
        number, end
            The edge, and the end that moves (0 start, 1 end).
        node
            The node that it moves to.
        xy
            ``(n, 2)`` points of the new edge from start to end, grid metres.

        Returns
        -------
        int
            The new edge.
        """
        edge, far = self.edges[number], self.other_node(number, end)
        connections = list(self.nodes[far].connections)
        start, stop = (node, far) if end == 0 else (far, node)
        new = self.add_edge(xy, start, stop, edge.end_ids)
        self.edges[new].gap_m = edge.gap_m
        self.remove(number)
        self.nodes[far].connections = connections
        return new

    def set_points(self, number: int, xy: Array) -> None:
        """Replace the points of an edge; its ends stay at their nodes.

        Parameters
        ----------
        number
            The edge.
        xy
            ``(n, 2)`` points from start to end, grid metres.
        """
        edge = self.edges[number]
        xy = np.array(xy, np.float64)
        xy[0], xy[-1] = self.nodes[edge.start].xy, self.nodes[edge.end].xy
        edge.xy = xy

    def split(self, number: int, xy: Array, at: int) -> int:
        """Split an edge in two.

        Parameters
        ----------
        number
            The edge; it is replaced by two.
        xy
            ``(n, 2)`` points of the whole edge from start to end, grid metres.
        at
            Index of the point where the new node is; not the first or last.

        Returns
        -------
        int
            The new node.
        """
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
        for v, connections in saved:
            self.nodes[v].connections = connections
        return node

    @classmethod
    def from_pixels(cls, net: PixelNetwork, gsd: float) -> WorkGraph:
        """Build the graph of a traced skeleton.

        Parameters
        ----------
        net
            Result of tracing.
        gsd
            Ground sampling distance, metres.

        Returns
        -------
        WorkGraph
            In grid metres: x to the right, y upwards, origin at the raster's upper left corner.
        """
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


def _connected_to(connections: list[tuple[int, int]], end_id: int) -> list[int]:
    """Other ends of the connections of an end id."""
    return [b if a == end_id else a for a, b in connections if end_id in (a, b)]
