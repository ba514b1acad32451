"""Last corrections of the graph: very short edges, loops, curves tighter than any track."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import FIXED_WEIGHT, MIN_RADIUS, TIGHTEST_LOOP
from railmap.geometry.curves import Array, length_of, max_curvature, resample, smooth
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph

__all__ = ["contract_short_edges", "drop_isolated", "drop_loops", "remove_loops", "smooth_edges"]

_SHORTEST = 0.3  # less than the distance of two sleepers, metres
_STUMP = 1.0  # shorter edges with a free end are removed, metres
_BEND, _BEND_TURN = 10.0, np.radians(40.0)  # length (m) and turn of a curve that is no noise
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
    """Remove closed loops shorter than the tightest circle of a tram, and merge what they split.

    A skeleton forms such loops around holes in a blob.

    Parameters
    ----------
    graph
        The network; changed in place.
    """
    remove_loops(graph)
    graph.merge_all()


def remove_loops(graph: WorkGraph) -> None:
    """Remove closed loops shorter than the tightest circle of a tram; other edges stay as they are.

    Where two ends of one track are joined to each other, such a loop has no length on the map.

    Parameters
    ----------
    graph
        The network; changed in place.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start == edge.end and length_of(edge.xy) < TIGHTEST_LOOP:
            graph.remove(number)


def drop_isolated(graph: WorkGraph, min_length: float) -> None:
    """Remove short edges that are connected to no other.

    Parameters
    ----------
    graph
        The network; changed in place.
    min_length
        Minimum length, metres; at the dataset's edge 2 m, if that is less. At least 0.3 m.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        if any(graph.degree(v) > 1 for v in ends):
            continue
        cut_off = any(graph.nodes[v].at_dataset_edge for v in ends)
        least = min(_AT_DATASET_EDGE, min_length) if cut_off else min_length
        if length_of(edge.xy) < max(least, _SHORTEST):
            graph.remove(number)


def smooth_edges(graph: WorkGraph, scale: Scale) -> None:
    """Smooth every edge until its curvature is possible for a track.

    A tighter curve stays as it is where it bends one way for long: a tram's track. The ends keep
    their positions and, where other edges follow, their headings.

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
            if max_curvature(smoothed) <= 1 / MIN_RADIUS or _is_bend(smoothed, scale.step):
                break
        graph.set_points(number, smoothed)


def _is_bend(xy: Array, step: float) -> bool:
    """Whether a curve turns to one side by 40 degrees over 10 m or more, tighter than usual.

    Noise alternates, or turns less.
    """
    reach = max(round(1.0 / step), 1)
    if len(xy) < 4 * reach:
        return False
    chord = xy[reach:] - xy[:-reach]
    one, two = chord[:-reach], chord[reach:]
    turn = np.arctan2(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0], (one * two).sum(axis=1))
    turned = np.concatenate([[0.0], np.cumsum(turn / reach)])
    for side in (1.0, -1.0):
        tight = side * turn / (reach * step) > 1 / MIN_RADIUS
        change = np.flatnonzero(np.diff(np.concatenate([[0], tight.astype(int), [0]])))
        first, last = change[::2], change[1::2]
        long = (last - first) * step >= _BEND
        if (side * (turned[last] - turned[first])[long] >= _BEND_TURN).any():
            return True
    return False
