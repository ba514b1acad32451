"""Last corrections of the graph: very short edges, loops, curves tighter than any track."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import FIXED_WEIGHT, MIN_RADIUS
from railmap.geometry.curves import length_of, max_curvature, resample, smooth
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph

__all__ = ["contract_short_edges", "drop_isolated", "drop_loops", "smooth_edges"]

_SHORTEST = 0.3  # less than the distance of two sleepers, metres
_STUMP = 1.0  # shorter edges with a free end are removed, metres
_AT_DATASET_EDGE = 2.0  # minimum length of an isolated edge there, metres


def contract_short_edges(graph: WorkGraph) -> None:
    """Contract edges shorter than the distance of two sleepers, and remove stumps.

    Parameters
    ----------
    graph
        The network; changed in place.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start == edge.end:
            continue
        ends = [graph.nodes[v] for v in (edge.start, edge.end)]
        free = [graph.degree(v) == 1 for v in (edge.start, edge.end)]
        length = length_of(edge.xy)
        if not any(free) and length < _SHORTEST:
            graph.contract(number)
        elif sum(free) == 1:
            at_dataset_edge = any(v.at_dataset_edge for v in ends)
            if length < (_SHORTEST if at_dataset_edge else _STUMP):
                graph.remove(number)


def drop_loops(graph: WorkGraph) -> None:
    """Remove closed loops shorter than the tightest possible circle.

    A skeleton forms such loops around holes in a blob.

    Parameters
    ----------
    graph
        The network; changed in place.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start == edge.end and length_of(edge.xy) < 2 * np.pi * MIN_RADIUS:
            graph.remove(number)
    graph.merge_all()


def drop_isolated(graph: WorkGraph, min_length: float) -> None:
    """Remove short edges that are connected to no other.

    Parameters
    ----------
    graph
        The network; changed in place.
    min_length
        Minimum length, metres; at the dataset's edge 2 m, if that is less.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        if any(graph.degree(v) > 1 for v in ends):
            continue
        cut_off = any(graph.nodes[v].at_dataset_edge for v in ends)
        if length_of(edge.xy) < (min(_AT_DATASET_EDGE, min_length) if cut_off else min_length):
            graph.remove(number)


def smooth_edges(graph: WorkGraph, scale: Scale) -> None:
    """Smooth every edge until its curvature is possible for a track.

    The ends keep their positions and, where other edges follow, their headings.

    Parameters
    ----------
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        xy = resample(edge.xy, scale.step)
        weight = np.ones(len(xy))
        for part, node in ((slice(0, 3), edge.start), (slice(-3, None), edge.end)):
            weight[part] = FIXED_WEIGHT if graph.degree(node) > 1 else 1.0
        weight[0] = weight[-1] = FIXED_WEIGHT
        for wavelength in (6.0, 12.0, 24.0, 48.0):
            smoothed = smooth(xy, weight, scale.step, wavelength)
            if max_curvature(smoothed) <= 1 / MIN_RADIUS:
                break
        graph.set_points(number, smoothed)
