"""Gaps: join track ends that face each other across a bridge, a tree or a shadow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from railmap.geometry.curves import Array, connect, extend, fit_end, heading_change, length_of
from railmap.geometry.edge_index import EdgeIndex
from railmap.geometry.evidence.band import Scale, gap_sigma
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph

__all__ = ["CLEAR", "FreeEnd", "bridge_gaps", "free_ends", "match_ends"]

CLEAR = 1.2
"""Least distance of a bridge from other tracks, metres."""

_FIT = 25.0  # length of track that is fitted at an end, metres
_MIN_RADIUS = 90.0  # of the curve across a gap, metres
_UNMATCHED = 9.0  # cost of leaving an end open: 3 sigma of misfit
_SAGITTA = 0.05  # smaller sagitta of the fit: straight, metres


@dataclass(slots=True)
class FreeEnd:
    """A free end: position, outward heading, curvature (1/m), and the length of its edge."""

    edge: int
    node: int
    point: Array
    heading: float
    curvature: float
    length: float


def bridge_gaps(graph: WorkGraph, field: ProbabilityField, scale: Scale, max_gap: float) -> None:
    """Join pairs of free ends that one straight or arc connects without meeting other tracks.

    The pairs of least total misfit are joined. A gap may be no wider than the shorter of the two
    tracks (plus 5 m), so that the evidence outweighs the interpolation.

    Parameters
    ----------
    graph
        The network; changed in place.
    field
        Track probability.
    scale
        Lengths of the raster.
    max_gap
        Largest gap, metres.
    """
    ends = free_ends(graph)
    if len(ends) < 2 or max_gap <= 0:
        return
    # ends in a tent are half a width inside the visible end
    reach = max_gap + (scale.width if scale.tent else 0.0)
    pairs = cKDTree(np.array([e.point for e in ends])).query_pairs(reach, output_type="ndarray")
    index = EdgeIndex(graph)
    costs: dict[tuple[int, int], float] = {}
    curves: dict[tuple[int, int], Array] = {}
    for i, j in sorted(map(tuple, pairs)):
        one, two = ends[i], ends[j]
        if one.edge == two.edge:
            continue
        cost = _misfit(one, two)
        if cost >= 2 * _UNMATCHED:
            continue
        curve = connect(one.point, one.heading, two.point, two.heading + np.pi, scale.step)
        if not {one.edge, two.edge}.issuperset(index.near(shapely.linestrings(curve), CLEAR)):
            continue
        p = np.nan_to_num(field.values(curve), nan=0.3)
        size = length_of(curve)
        # the wider a gap of low probability, the better the fit must be
        cost += float((1 - p.mean()) * size / 10.0)
        if cost < 2 * _UNMATCHED:
            costs[i, j], curves[i, j] = cost, curve
    for i, j in match_ends(costs, len(ends)):
        new = graph.add_edge(curves[i, j], ends[i].node, ends[j].node)
        graph.edges[new].gap_m = length_of(curves[i, j])
    graph.merge_all()


def free_ends(graph: WorkGraph) -> list[FreeEnd]:
    """Ends of track inside the data, with the fit of their last 25 m; not those of short stubs."""
    ends = []
    for node in sorted(graph.nodes):
        info = graph.nodes[node]
        if graph.degree(node) != 1 or info.at_dataset_edge:
            continue
        number, end = graph.incident(node)[0]
        xy = graph.points_from(number, end)
        size = length_of(xy)
        if size < 3.0:
            continue
        _, heading, curvature = fit_end(xy, _FIT, curved=size > 12.0)
        if abs(curvature) * min(size, _FIT) ** 2 / 8 < _SAGITTA:
            _, heading, curvature = fit_end(xy, _FIT, curved=False)
        ends.append(FreeEnd(number, node, info.xy, heading, curvature, size))
    return ends


def _misfit(one: FreeEnd, two: FreeEnd) -> float:
    """Squared misfit in standard deviations; infinite if the curve is too tight for a train."""
    chord = two.point - one.point
    gap = float(np.hypot(*chord))
    if gap > min(one.length, two.length) + 5.0:
        return np.inf
    along = float(np.arctan2(chord[1], chord[0]))
    turn_a, turn_b = heading_change(one.heading, along), heading_change(along, two.heading + np.pi)
    if max(abs(turn_a), abs(turn_b)) > np.radians(20.0) + gap / (2 * _MIN_RADIUS):
        return np.inf
    if abs(turn_a + turn_b) > np.radians(4.0) + gap / _MIN_RADIUS:
        return np.inf
    cost = 0.0
    for end, other in ((one, two), (two, one)):
        ahead = extend(end.point, end.heading, end.curvature, gap, gap)[-1]
        across = np.array([-np.sin(end.heading), np.cos(end.heading)])
        lateral = float((other.point - ahead) @ across)
        cost += 0.5 * (lateral / gap_sigma(gap)) ** 2
        drift = heading_change(end.heading + end.curvature * gap, other.heading + np.pi)
        cost += 0.5 * (drift / np.radians(2.0 + 0.05 * gap)) ** 2
    return float(cost)


def match_ends(costs: dict[tuple[int, int], float], count: int) -> list[tuple[int, int]]:
    """Pairs of ends of least total cost (assignment problem); each end at most once."""
    if not costs:
        return []
    ij = np.array(list(costs))
    graph = coo_matrix((np.ones(len(ij)), (ij[:, 0], ij[:, 1])), (count, count))
    _, label = connected_components(graph, directed=False)
    chosen = []
    groups: dict[int, list[tuple[int, int]]] = {}
    for pair in costs:
        groups.setdefault(int(label[pair[0]]), []).append(pair)
    for _, pairs in sorted(groups.items()):
        members = np.unique(pairs)
        where = {int(m): k for k, m in enumerate(members)}
        table = np.full((len(members), len(members)), 1e6)
        np.fill_diagonal(table, _UNMATCHED)
        for i, j in pairs:
            table[where[i], where[j]] = table[where[j], where[i]] = costs[i, j]
        _, to = linear_sum_assignment(table)
        taken: set[int] = set()
        # the assignment of three ends in a ring may be asymmetric: take its cheapest pair
        options = sorted(
            (table[k, m], min(k, int(m)), max(k, int(m))) for k, m in enumerate(to) if k != m
        )
        for _, k, m in options:
            if not {k, m} & taken:
                chosen.append((int(members[k]), int(members[m])))
                taken |= {k, m}
    return sorted(chosen)
