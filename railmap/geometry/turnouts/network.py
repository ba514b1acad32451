"""The network while turnouts and crossings on rails are placed in it."""

from __future__ import annotations

import numpy as np
import shapely

from railmap.geometry.curves import Array, arc_length, length_of, point_at, project
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.rail_strip import STEP

__all__ = ["FARTHEST", "RailNetwork", "distance"]

FARTHEST = 60.0
"""Largest distance of a place from where a leg ends or is joined, metres."""

_ON_LEG, _MIN_ON_LEG = 0.6, 5.0  # largest distance of a leg from the rails, least length, metres
_PER_RADIAN = 5.0  # metres that a radian off the heading counts as distance
_MIN_PIECE = 1.0  # shortest piece of main track on either side of a toe, metres


def distance(a: Array, b: Array) -> float:
    """Distance of two points ``(2,)``."""
    return float(np.hypot(*(a - b)))


class RailNetwork:
    """A graph with the index of its edges, and what became of them.

    Parameters
    ----------
    graph
        The network; changed in place.

    Attributes
    ----------
    graph
        The network.
    index
        Its edges. It doesn't have those that are drawn new.
    origin
        The edge that each edge was before, which is a part of it or of which it is a part. Edges
        that are drawn new have none.
    placed
        Nodes that lie on rails.
    """

    def __init__(self, graph: WorkGraph) -> None:
        self.graph = graph
        self.index = EdgeIndex(graph)
        self.origin = {number: number for number in graph.edges}
        self.placed: set[int] = set()

    def edge_at(self, place: Array, along: Array) -> int | None:
        """The edge that runs through a place ``(2,)`` with a heading ``(2,)``, either way."""
        near = []
        for number in self.index.near(shapely.Point(place), 1.0):
            xy = self.graph.edges[number].xy
            station, away = project(place[None], xy)[0]
            heading = point_at(xy, station + 3.0) - point_at(xy, station - 3.0)
            size = float(np.hypot(*heading))
            cosine = min(abs(float(heading @ along)) / size, 1.0) if size else 0.0
            if cosine > 0.97:
                # at a switch the leg is as near as the main track
                near.append((abs(float(away)) + _PER_RADIAN * float(np.arccos(cosine)), number))
        return min(near)[1] if near else None

    def edge_on(self, rails: Array, main: int) -> tuple[int, int] | None:
        """The edge that lies on rails, and its end towards their start.

        Parameters
        ----------
        rails
            ``(n, 2)`` points at `STEP` between the rails, from the main track outwards.
        main
            The main track, which is left out.
        """
        if len(rails) < _MIN_ON_LEG / STEP:
            return None
        best: tuple[float, int, int] | None = None
        for number in self.index.near(shapely.linestrings(rails), _ON_LEG):
            if number == main:
                continue
            xy = self.graph.edges[number].xy
            total = float(arc_length(xy)[-1])
            place = project(rails, xy)
            on = (place[:, 0] > 0) & (place[:, 0] < total) & (np.abs(place[:, 1]) <= _ON_LEG)
            if on.sum() * STEP < _MIN_ON_LEG:
                continue
            stations = place[on, 0]
            end = 0 if stations[-1] > stations[0] else 1
            miss = float(np.abs(place[on, 1]).mean())
            if best is None or miss < best[0]:
                best = miss, number, end
        return None if best is None else best[1:]

    def node_of(self, number: int, end: int) -> int:
        """The node at an end of an edge (0 start, 1 end)."""
        edge = self.graph.edges[number]
        return edge.start if end == 0 else edge.end

    def is_joined(self, node: int, leg: int, main: int, place: Array) -> bool:
        """Whether a leg is joined by a node of two other edges, one of them the main track."""
        graph = self.graph
        others = [number for number, _ in graph.incident(node) if number != leg]
        if graph.degree(node) != 3 or len(set(others)) != 2:
            return False
        if distance(graph.nodes[node].xy, place) > FARTHEST:
            return False
        return main in others or any(
            main in (number for number, _ in graph.incident(self.node_of(other, end)))
            for other in others
            for end in (0, 1)
        )

    def can_split(self, number: int, place: Array) -> bool:
        """Whether a place is far enough from both ends of an edge."""
        xy = self.graph.edges[number].xy
        station = float(project(place[None], xy)[0, 0])
        return _MIN_PIECE < station < float(arc_length(xy)[-1]) - _MIN_PIECE

    def split(self, number: int, place: Array) -> int:
        """Split an edge at a place; returns the new node. See `can_split`."""
        xy = self.graph.edges[number].xy
        stations = arc_length(xy)
        station = float(project(place[None], xy)[0, 0])
        at = int(np.searchsorted(stations, station))
        node = self.graph.split(number, np.insert(xy, at, point_at(xy, station), axis=0), at)
        self._replace(number, [piece for piece, _ in self.graph.incident(node)])
        return node

    def attach(self, number: int, end: int, node: int, line: Array) -> None:
        """Attach an end of an edge to a node, by its points ``(n, 2)`` from there on."""
        line[0] = self.graph.nodes[node].xy
        points = line if end == 0 else line[::-1]
        left = self.node_of(number, end)
        if left == node:
            self.graph.set_points(number, points)
            return
        self._replace(number, [self.graph.reattach(number, end, node, points)])
        if left in self.graph.nodes:
            self.merge(left)

    def merge(self, node: int) -> None:
        """Make a node of two edges plain, and merge them."""
        self.graph.nodes[node].make_plain()
        pieces = [number for number, _ in self.graph.incident(node)]
        longest = max(pieces, key=lambda n: (length_of(self.graph.edges[n].xy), n))
        before = self.origin[longest]
        new = self.graph.merge_at(node)
        if new is None:
            return
        for piece in pieces:
            self.index.replaced(piece, [new])
        self.origin[new] = before

    def _replace(self, number: int, by: list[int]) -> None:
        self.index.replaced(number, by)
        for new in by:
            self.origin[new] = self.origin[number]
