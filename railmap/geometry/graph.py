"""The network while it is worked on: strands between nodes, cut, joined and pruned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from railmap.geometry.curves import Array, length_of
from railmap.tracing.types import PixelNetwork

__all__ = ["Strand", "Vertex", "WorkGraph"]


@dataclass(slots=True)
class Strand:
    """A track from vertex `start` to vertex `end`.

    ``ports`` name its two ends for good: they outlive the strand when it is joined to another.
    ``gap_m`` is the length that was bridged without evidence.
    """

    xy: Array
    start: int
    end: int
    ports: tuple[int, int]
    gap_m: float = 0.0


@dataclass(slots=True)
class Vertex:
    """Where strands meet or end."""

    xy: Array
    railway: str | None = None
    turnout_side: str | None = None
    crossing_number: float | None = None
    angle_deg: float | None = None
    angle_sigma_deg: float | None = None
    sigma_m: float | None = None
    at_edge: bool = False
    settled: bool = False  # a free end that must stay where it is
    inner: bool = False  # a place where the track goes on: an open end, or a cut
    ways: list[tuple[int, int]] = field(default_factory=list)  # pairs of ports


class WorkGraph:
    """Strands and vertices by number; numbers are never used twice, so the order is stable."""

    def __init__(self) -> None:
        self.strands: dict[int, Strand] = {}
        self.vertices: dict[int, Vertex] = {}
        self._incident: dict[int, list[tuple[int, int]]] = {}
        self._next = 0

    def _number(self) -> int:
        self._next += 1
        return self._next

    def add_vertex(self, xy: Array) -> int:
        """Add a vertex; returns its number."""
        number = self._number()
        self.vertices[number] = Vertex(np.array(xy, np.float64))
        self._incident[number] = []
        return number

    def add_strand(
        self, xy: Array, start: int, end: int, ports: tuple[int, int] | None = None
    ) -> int:
        """Add a strand; its end points become exactly those of its vertices."""
        number = self._number()
        xy = np.array(xy, np.float64)
        xy[0], xy[-1] = self.vertices[start].xy, self.vertices[end].xy
        if ports is None:
            ports = (self._number(), self._number())
        self.strands[number] = Strand(xy, start, end, ports)
        self._incident[start].append((number, 0))
        self._incident[end].append((number, 1))
        return number

    def remove(self, number: int, keep: int | None = None) -> None:
        """Take a strand away, and vertices that nothing is left at, but `keep`."""
        strand = self.strands.pop(number)
        for vertex, end in ((strand.start, 0), (strand.end, 1)):
            self._incident[vertex].remove((number, end))
            gone = strand.ports[end]
            ways = self.vertices[vertex].ways
            ways[:] = [w for w in ways if gone not in w]
        for vertex in {strand.start, strand.end}:
            if not self._incident[vertex] and vertex != keep:
                del self._incident[vertex]
                del self.vertices[vertex]

    def incident(self, vertex: int) -> list[tuple[int, int]]:
        """``(strand, end)`` at a vertex."""
        return sorted(self._incident[vertex])

    def degree(self, vertex: int) -> int:
        """Number of strand ends at a vertex."""
        return len(self._incident[vertex])

    def outward(self, number: int, end: int) -> Array:
        """Points of a strand, beginning at its end `end`."""
        xy = self.strands[number].xy
        return xy if end == 0 else xy[::-1]

    def far(self, number: int, end: int) -> int:
        """The vertex at the other end."""
        strand = self.strands[number]
        return strand.end if end == 0 else strand.start

    def merge_at(self, vertex: int) -> int | None:
        """Join the two strands at a plain vertex of degree 2; returns the new strand."""
        ends = self.incident(vertex)
        if len(ends) != 2 or ends[0][0] == ends[1][0] or self.vertices[vertex].railway:
            return None
        (a, end_a), (b, end_b) = ends
        one, two = self.strands[a], self.strands[b]
        xy = np.concatenate([self.outward(a, end_a)[::-1], self.outward(b, end_b)[1:]])
        start, end = self.far(a, end_a), self.far(b, end_b)
        ports = (one.ports[1 - end_a], two.ports[1 - end_b])
        ways = {v: list(self.vertices[v].ways) for v in (start, end)}
        gap = one.gap_m + two.gap_m
        new = self.add_strand(xy, start, end, ports)
        self.remove(a)
        self.remove(b)
        for v, kept in ways.items():
            self.vertices[v].ways = kept
        self.strands[new].gap_m = gap
        return new

    def merge_all(self) -> None:
        """Join strands at every plain vertex of degree 2."""
        for vertex in sorted(self.vertices):
            if vertex in self.vertices and self.degree(vertex) == 2:
                self.merge_at(vertex)

    def contract(self, number: int) -> None:
        """Draw a strand's end into its start; ways that led over the strand lead through."""
        strand = self.strands[number]
        here, there = strand.start, strand.end
        one, two = self.vertices[here], self.vertices[there]
        ways = [w for w in one.ways + two.ways if not set(w) & set(strand.ports)]
        for a in _others(one.ways, strand.ports[0]):
            ways += [(a, b) for b in _others(two.ways, strand.ports[1])]
        for other, end in self.incident(there):
            if other == number:
                continue
            moved = self.strands[other]
            if end == 0:
                moved.start = here
            else:
                moved.end = here
            moved.xy[0 if end == 0 else -1] = one.xy
            self._incident[there].remove((other, end))
            self._incident[here].append((other, end))
        if one.railway is None and two.railway is not None:
            two.xy = one.xy
            self.vertices[here] = two
        self.remove(number, keep=here)
        self.vertices[here].ways = ways

    def detach(self, number: int, end: int, xy: Array) -> int:
        """Give a strand new points whose end `end` leaves its vertex; returns the new strand."""
        strand = self.strands[number]
        tip = self.add_vertex(xy[0] if end == 0 else xy[-1])
        start, stop = (tip, strand.end) if end == 0 else (strand.start, tip)
        ways = list(self.vertices[strand.end if end == 0 else strand.start].ways)
        new = self.add_strand(xy, start, stop, strand.ports)
        self.strands[new].gap_m = strand.gap_m
        self.remove(number)
        kept = stop if end == 0 else start
        self.vertices[kept].ways = ways
        return new

    def rehang(self, number: int, end: int, vertex: int, xy: Array) -> int:
        """Hang a strand's end at another vertex, with new points; returns the new strand."""
        strand, far = self.strands[number], self.far(number, end)
        ways = list(self.vertices[far].ways)
        start, stop = (vertex, far) if end == 0 else (far, vertex)
        new = self.add_strand(xy, start, stop, strand.ports)
        self.strands[new].gap_m = strand.gap_m
        self.remove(number)
        self.vertices[far].ways = ways
        return new

    def replace(self, number: int, xy: Array) -> None:
        """Give a strand new inner points; the ends stay at the vertices."""
        strand = self.strands[number]
        xy = np.array(xy, np.float64)
        xy[0], xy[-1] = self.vertices[strand.start].xy, self.vertices[strand.end].xy
        strand.xy = xy

    def split(self, number: int, xy: Array, at: int) -> int:
        """Cut a strand of points `xy` at point `at` (not an end); returns the new vertex."""
        strand = self.strands[number]
        vertex = self.add_vertex(xy[at])
        saved = [(v, list(self.vertices[v].ways)) for v in {strand.start, strand.end}]
        a = self.add_strand(xy[: at + 1], strand.start, vertex, (strand.ports[0], self._number()))
        b = self.add_strand(xy[at:], vertex, strand.end, (self._number(), strand.ports[1]))
        total = length_of(xy)
        for new in (a, b):
            share = length_of(self.strands[new].xy) / total if total else 0.0
            self.strands[new].gap_m = strand.gap_m * share
        self.remove(number)
        for v, ways in saved:
            self.vertices[v].ways = ways
        return vertex

    @classmethod
    def from_pixels(cls, net: PixelNetwork, gsd: float) -> WorkGraph:
        """Pixels to grid metres (x right, y up, origin at the raster's upper left corner)."""
        graph = cls()

        def metres(pixel: np.ndarray) -> Array:
            row, col = np.divmod(pixel.astype(np.int64), net.width)
            return np.stack([(col + 0.5) * gsd, -(row + 0.5) * gsd], -1)

        numbers = [graph.add_vertex(p) for p in metres(net.node_pixel)]
        for i, (a, b) in enumerate(net.link_node):
            part = net.link_pixel[net.link_offset[i] : net.link_offset[i + 1]]
            if len(part) > 1:
                graph.add_strand(metres(part), numbers[a], numbers[b])
        for vertex in list(graph.vertices):
            if not graph.degree(vertex):
                del graph.vertices[vertex]
                del graph._incident[vertex]
        return graph


def _others(ways: list[tuple[int, int]], port: int) -> list[int]:
    """Where the ways through a port come out."""
    return [b if a == port else a for a, b in ways if port in (a, b)]
