"""Remove artefacts of the skeleton: spurs, cross edges between tracks, and narrow loops."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, heading_change, length_of, point_at, project
from railmap.geometry.graph import WorkGraph

__all__ = ["prune"]

_SPUR_ANGLE = np.radians(35.0)  # a longer spur that turns less than this may be a track
_CROSS_ANGLE = np.radians(38.0)  # a cross edge turns more than this at both ends


def _heading(xy: Array, near: float, far: float) -> float:
    """Heading of a curve between two stations."""
    size = float(arc_length(xy)[-1])
    a, b = point_at(xy, min(near, 0.4 * size)), point_at(xy, min(far, size))
    return float(np.arctan2(b[1] - a[1], b[0] - a[0]))


def _deviation(graph: WorkGraph, number: int, end: int, width: float) -> float:
    """Smallest angle by which a train would turn from an edge's end to another at its node."""
    node = graph.edges[number].start if end == 0 else graph.edges[number].end
    mine = _heading(graph.points_from(number, end), 0.5 * width, 3.0 * width)
    best = np.pi
    for other, other_end in graph.incident(node):
        if (other, other_end) != (number, end):
            h = _heading(graph.points_from(other, other_end), 0.5 * width, 4.0 * width)
            best = min(best, abs(heading_change(mine + np.pi, h)))
    return best


def _spurs(graph: WorkGraph, width: float) -> bool:
    """Remove short branches with a free end, the shortest first; returns whether any was.

    Where the end of a band forks, its longer branch stays.
    """
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
        if size < 0.95 * width or _deviation(graph, number, end, width) > _SPUR_ANGLE:
            graph.remove(number)
            changed = True
            if graph.degree(node) == 2:
                graph.merge_at(node)
    return changed


def _cross_edges(graph: WorkGraph, width: float) -> bool:
    """Remove short edges across two tracks, which turn too sharply; returns whether any was."""
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
        if all(_deviation(graph, number, e, width) > _CROSS_ANGLE for e in (0, 1)):
            graph.remove(number)
            changed = True
            for v in ends:
                if v in graph.nodes and graph.degree(v) == 2:
                    graph.merge_at(v)
    return changed


def _narrow_loops(graph: WorkGraph, width: float) -> bool:
    """Remove the longer side of loops too narrow for two tracks; returns whether any was."""
    changed = False
    parallel: dict[tuple[int, int], list[int]] = {}  # edges by their pair of nodes
    for number, edge in graph.edges.items():
        if edge.start == edge.end and length_of(edge.xy) >= 10.0 * width:
            continue
        pair = (min(edge.start, edge.end), max(edge.start, edge.end))
        parallel.setdefault(pair, []).append(number)
    for (a, b), numbers in sorted(parallel.items()):
        if not all(n in graph.edges for n in numbers):
            continue  # merged with another edge by now; the next iteration processes it
        if a == b:
            surplus = numbers if graph.degree(a) > 2 else []
        else:
            order = sorted(numbers, key=lambda n: (length_of(graph.edges[n].xy), n))
            first = graph.edges[order[0]].xy
            surplus = [
                n
                for n in order[1:]
                if np.abs(project(graph.edges[n].xy, first)[:, 1]).max() < 1.25 * width
            ]
        for n in surplus:
            graph.remove(n)
            changed = True
        for v in {a, b}:
            if surplus and v in graph.nodes and graph.degree(v) == 2:
                graph.merge_at(v)
    return changed


def prune(graph: WorkGraph, width: float) -> None:
    """Remove spurs, cross edges and narrow loops.

    `railmap.tracing.prune_spurs` has removed the short spurs of ragged bands before, by local
    widths in pixels. This step needs angles and the width of a single track.

    Parameters
    ----------
    graph
        The network; changed in place.
    width
        Band width of a single track, metres.
    """
    graph.merge_all()
    for _ in range(8):
        spurs = _spurs(graph, width)
        crossing = _cross_edges(graph, width)
        if not (_narrow_loops(graph, width) or crossing or spurs):
            break
    graph.merge_all()
