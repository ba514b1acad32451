"""Take what is to be drawn anew out of the graph."""

from __future__ import annotations

from railmap.geometry.curves import cut, length_of, project
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.mask_paths import Path
from railmap.geometry.junctions.find.mask_zones import Zone

__all__ = ["cut_legs"]

_SHORT_LEG = 8.0  # what cutting leaves loose goes if it is shorter, metres


def cut_legs(graph: WorkGraph, solved: list[tuple[Zone, list[Path]]]) -> list[list[int | None]]:
    """Take the zones out of the graph; gives the vertex at each leg's cut, None without a path."""
    stations: dict[int, list[float]] = {}
    vertices: list[list[int | None]] = [[None] * len(zone.legs) for zone, _ in solved]
    where: dict[tuple[int, int], tuple[int, int]] = {}
    for k, (zone, paths) in enumerate(solved):
        used = {leg for path in paths for leg in (path.a, path.b)}
        for i, leg in enumerate(zone.legs):
            total = length_of(graph.strands[leg.strand].xy)
            low_high = stations.setdefault(leg.strand, [0.0, total])
            xy = graph.outward(leg.strand, leg.end)
            first = float(project(leg.xy[:1], xy)[0, 0])
            at = min(first + (length_of(leg.xy) if i in used else 0.0), total)
            low_high[leg.end] = at if leg.end == 0 else total - at
            if i in used:
                where[leg.strand, leg.end] = (k, i)
    inner = {n for zone, _ in solved for n in zone.inner}
    for number in sorted(inner):
        graph.remove(number)
    for number in sorted(stations):
        _shorten(graph, number, stations[number], solved, vertices, where)
    return vertices


def _shorten(
    graph: WorkGraph,
    number: int,
    span: list[float],
    solved: list[tuple[Zone, list[Path]]],
    vertices: list[list[int | None]],
    where: dict[tuple[int, int], tuple[int, int]],
) -> None:
    """Leave of a strand what lies between its cuts."""
    strand = graph.strands[number]
    total = length_of(strand.xy)
    touched = [span[0] > 0.0, span[1] < total]
    rest = cut(strand.xy, span[0], span[1])
    ends = []
    for end, old in ((0, strand.start), (1, strand.end)):
        if not touched[end]:
            ends.append(old)
            continue
        place = where.get((number, end))
        point = rest[0 if end == 0 else -1]
        if place is not None:
            leg = solved[place[0]][0].legs[place[1]]
            point = leg.xy[-1]
        vertex = graph.add_vertex(point)
        if place is not None:
            vertices[place[0]][place[1]] = vertex
        else:
            graph.vertices[vertex].settled = True
        ends.append(vertex)
    free = [graph.degree(v) == 1 and not touched[e] for e, v in enumerate(ends)]
    consumed = length_of(rest) < 0.3 and any(free)
    at_edge = any(graph.vertices[v].at_edge for e, v in enumerate(ends) if free[e])
    new = graph.add_strand(rest, ends[0], ends[1], strand.ports)
    ways = [list(graph.vertices[v].ways) for v in ends]
    graph.remove(number)
    for v, kept in zip(ends, ways, strict=True):
        graph.vertices[v].ways = kept
    loose = [graph.vertices[v].settled or free[e] for e, v in enumerate(ends)]
    if all(loose) and length_of(rest) < _SHORT_LEG and any(touched):
        graph.remove(new)
    elif consumed:
        keep = ends[0] if touched[0] else ends[1]
        graph.vertices[keep].at_edge = at_edge
        graph.remove(new, keep)
