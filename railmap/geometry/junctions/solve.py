"""Turnouts and crossings in place of the places where a skeleton forks."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import project
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.assembly import (
    Junction,
    TrackPart,
    add_connections,
    add_edges,
    carrying_path,
)
from railmap.geometry.junctions.crossings import add_crossings
from railmap.geometry.junctions.cuts import cut_legs
from railmap.geometry.junctions.find.mask_clusters import JunctionCluster, find_clusters
from railmap.geometry.junctions.find.mask_paths import CandidatePath, find_mask_paths
from railmap.geometry.junctions.find.ridge_solver import find_ridge_paths
from railmap.geometry.junctions.ranking import rank
from railmap.geometry.junctions.toes import (
    draw_beside,
    draw_branch,
    find_toe,
    leg_side,
    name_switch,
)

__all__ = ["solve_junctions"]

_APART = 0.2  # tracks this far apart where the band ends are two tracks there
_AT_TIP = 1.0  # metres from the end of the data: a toe found there lies outside


def solve_junctions(
    graph: WorkGraph, probability: ProbabilityField, scale: Scale, gauge: float
) -> None:
    """Replace every fused cluster by smooth tracks, switches and crossings."""
    if scale.tent:
        solved = find_ridge_paths(graph, probability, scale)
    else:
        clusters = find_clusters(graph, probability, scale)
        solved = [(cluster, find_mask_paths(probability, cluster, scale)) for cluster in clusters]
    solved = [(cluster, paths) for cluster, paths in solved if paths]
    cuts = cut_legs(graph, solved)
    for k, (cluster, paths) in enumerate(solved):
        _assemble(graph, probability, cluster, paths, cuts[k], scale, gauge)
    graph.merge_all()


def _assemble(
    graph: WorkGraph,
    probability: ProbabilityField,
    cluster: JunctionCluster,
    paths: list[CandidatePath],
    cuts: list[int | None],
    scale: Scale,
    gauge: float,
) -> None:
    own: dict[int, TrackPart] = {}
    for k in rank(paths):
        path = paths[k]
        item = TrackPart(path.xy)
        for leg, end in ((path.a, 0), (path.b, 1)):
            parents = [p for p in own if leg in (paths[p].a, paths[p].b)]
            node = cuts[leg]
            if parents:
                node = _beside(graph, cluster, paths, item, leg, end, parents, cuts)
            if node is None:
                tip = cluster.legs[leg].tip and cuts[leg] is not None
                if _diverge(
                    graph, probability, paths, own, item, k, leg, end, parents, tip, scale, gauge
                ):
                    continue
                node = _own_end(graph, item, end, cuts[leg])
            if cluster.legs[leg].tip:
                graph.nodes[node].xy = item.xy[0 if end == 0 else -1].copy()
            if end == 0:
                item.start = node
            else:
                item.end = node
        own[k] = item
    add_crossings(graph, own, probability if scale.tent else None)
    for k in sorted(own):
        add_edges(graph, own, k)
    add_connections(graph, paths, own)


def _beside(
    graph: WorkGraph,
    cluster: JunctionCluster,
    paths: list[CandidatePath],
    item: TrackPart,
    leg: int,
    end: int,
    parents: list[int],
    cuts: list[int | None],
) -> int | None:
    """A node of its own for a path that is still beside the others where the leg ends."""
    first = cuts[leg]
    if not cluster.legs[leg].tip or first is None:
        return None
    point = item.xy[[0 if end == 0 else -1]]
    apart = min(abs(float(project(point, paths[p].xy)[0, 1])) for p in parents)
    if apart < _APART:
        return None
    return _own_end(graph, item, end, first)


def _own_end(graph: WorkGraph, item: TrackPart, end: int, other: int | None) -> int:
    """A node where a path ends beside another one's end."""
    node = graph.add_node(item.xy[0 if end == 0 else -1])
    graph.nodes[node].at_dataset_edge = other is not None and graph.nodes[other].at_dataset_edge
    return node


def _diverge(
    graph: WorkGraph,
    probability: ProbabilityField,
    paths: list[CandidatePath],
    own: dict[int, TrackPart],
    item: TrackPart,
    k: int,
    leg: int,
    end: int,
    parents: list[int],
    tip: bool,
    scale: Scale,
    gauge: float,
) -> bool:
    """Let path `k` leave, at `leg`, the path that it stays with longest.

    Not so (False) where the leg ends before that (`tip`): the switch lies outside the data.
    """
    mine = item.xy if end == 0 else item.xy[::-1]
    weight = np.ones(len(mine))
    measured = paths[k].weight if end == 0 else paths[k].weight[::-1]
    if len(measured) == len(mine):
        weight = measured
    best = None
    for p in parents:
        main = paths[p].starting(leg)
        toe, side, fit = find_toe(probability, main, mine, weight, scale, gauge)
        if toe < own[p].left.get(leg, 0.0):
            continue  # it had not left its own parent there
        if best is None or toe > best[1] + 0.5:
            best = (p, toe, side, fit)
    assert best is not None  # the first of them has left nothing
    p, toe, side, fit = best
    if tip and toe <= _AT_TIP:
        if fit is not None and fit.measured_from > 0:  # what was followed before isn't the leg
            apart = draw_beside(paths[p].starting(leg), mine, side, fit, scale)
            item.xy = apart if end == 0 else apart[::-1]
        return False
    p, from_leg, toe = carrying_path(paths, own, p, leg, toe)
    branch = draw_branch(paths[p].starting(from_leg), mine, toe, side, fit, scale)
    node = graph.add_node(branch[0])
    turnout_side = leg_side(paths[best[0]].starting(leg), mine, side, fit)
    name_switch(graph.nodes[node], turnout_side, fit)
    item.left[leg], item.parent[leg] = best[1], best[0]
    own[p].junctions.append(Junction(node, from_leg, (k, end)))
    item.xy = branch if end == 0 else branch[::-1]
    if end == 0:
        item.start = node
    else:
        item.end = node
    return True
