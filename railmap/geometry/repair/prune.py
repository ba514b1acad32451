"""What a skeleton has and a railway hasn't: spurs, side branches, rungs and islands."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, heading_change, length_of, point_at, project
from railmap.geometry.graph import WorkGraph

__all__ = ["heading_out", "prune"]

_SIDE_ANGLE = np.radians(35.0)
_RUNG_ANGLE = np.radians(38.0)


def heading_out(xy: Array, near: float, far: float) -> float:
    """Heading of a curve between two distances from its start."""
    size = float(arc_length(xy)[-1])
    a, b = point_at(xy, min(near, 0.4 * size)), point_at(xy, min(far, size))
    return float(np.arctan2(b[1] - a[1], b[0] - a[0]))


def _deviation(graph: WorkGraph, number: int, end: int, width: float) -> float:
    """Least angle by which a train would turn from an edge's end to another at its node."""
    node = graph.edges[number].start if end == 0 else graph.edges[number].end
    mine = heading_out(graph.points_from(number, end), 0.5 * width, 3.0 * width)
    best = np.pi
    for other, other_end in graph.incident(node):
        if (other, other_end) != (number, end):
            h = heading_out(graph.points_from(other, other_end), 0.5 * width, 4.0 * width)
            best = min(best, abs(heading_change(mine + np.pi, h)))
    return best


def _spurs(graph: WorkGraph, width: float) -> bool:
    """Drop the shortest branches first, so a band's end that forks keeps its stem."""
    candidates = []
    for number, edge in graph.edges.items():
        tips = [graph.degree(v) == 1 for v in (edge.start, edge.end)]
        if sum(tips) == 1:
            size = length_of(edge.xy)
            if size < 4.0 * width:
                candidates.append((size, number, 1 if tips[0] else 0))
    changed = False
    for size, number, end in sorted(candidates):
        if number not in graph.edges:
            continue
        edge = graph.edges[number]
        node = edge.start if end == 0 else edge.end
        if graph.degree(node) < 3:
            continue
        if size < 0.95 * width or _deviation(graph, number, end, width) > _SIDE_ANGLE:
            graph.remove(number)
            changed = True
            if graph.degree(node) == 2:
                graph.merge_at(node)
    return changed


def _rungs(graph: WorkGraph, width: float) -> bool:
    """Drop short edges across between two tracks: no rail turns so."""
    changed = False
    for number in sorted(graph.edges):
        if number not in graph.edges:
            continue
        edge = graph.edges[number]
        if edge.start == edge.end:
            continue
        ends = (edge.start, edge.end)
        if min(graph.degree(v) for v in ends) < 3 or length_of(edge.xy) > 3.0 * width:
            continue
        if length_of(edge.xy) < 0.4 * width:
            continue
        if all(_deviation(graph, number, e, width) > _RUNG_ANGLE for e in (0, 1)):
            graph.remove(number)
            changed = True
            for v in ends:
                if v in graph.nodes and graph.degree(v) == 2:
                    graph.merge_at(v)
    return changed


def _islands(graph: WorkGraph, width: float) -> bool:
    """Drop the longer way round a hole that is too narrow to lie between two tracks."""
    changed = False
    ways: dict[tuple[int, int], list[int]] = {}
    for number, edge in graph.edges.items():
        if edge.start == edge.end:
            if length_of(edge.xy) < 10.0 * width:
                ways.setdefault((edge.start, edge.end), []).append(number)
            continue
        ways.setdefault(tuple(sorted((edge.start, edge.end))), []).append(number)  # type: ignore[arg-type]
    for (a, b), numbers in sorted(ways.items()):
        if not all(n in graph.edges for n in numbers):
            continue  # joined to another by now: the next round sees it
        if a == b:
            doomed = numbers if graph.degree(a) > 2 else []
        else:
            order = sorted(numbers, key=lambda n: (length_of(graph.edges[n].xy), n))
            first = graph.edges[order[0]].xy
            doomed = [
                n
                for n in order[1:]
                if np.abs(project(graph.edges[n].xy, first)[:, 1]).max() < 1.25 * width
            ]
        for n in doomed:
            graph.remove(n)
            changed = True
        for v in {a, b}:
            if doomed and v in graph.nodes and graph.degree(v) == 2:
                graph.merge_at(v)
    return changed


def prune(graph: WorkGraph, width: float) -> None:
    """Take spurs, side branches and rungs away; `width` is the band's, in metres.

    `railmap.tracing.prune_spurs` has gone before: it needs local widths in pixels only, and leaves
    no spur of a ragged edge to part a link. This one judges by angles and by the width of a single
    track, which only the whole network tells.
    """
    graph.merge_all()
    for _ in range(8):
        spurs = _spurs(graph, width)
        rungs = _rungs(graph, width)
        if not (_islands(graph, width) or rungs or spurs):
            break
    graph.merge_all()
