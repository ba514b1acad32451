"""Remove the junction clusters from the graph before their paths are added (both solvers)."""

from __future__ import annotations

from railmap.geometry.curves import cut, length_of, project
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.find.types import CandidatePath, JunctionCluster

__all__ = ["cut_legs"]

_MIN_REST = 8.0  # shorter rests of edges that are left without connection are removed, metres


def cut_legs(
    graph: WorkGraph, solved: list[tuple[JunctionCluster, list[CandidatePath]]]
) -> list[list[int | None]]:
    """Cut the legs of the clusters and remove the edges inside.

    Parameters
    ----------
    graph
        The network; changed in place.
    solved
        Clusters with their paths.

    Returns
    -------
    list of list of (int or None)
        For each cluster, the node at the cut of each leg; None for legs without a path.
    """
    stations: dict[int, list[float]] = {}
    nodes: list[list[int | None]] = [[None] * len(cluster.legs) for cluster, _ in solved]
    where: dict[tuple[int, int], tuple[int, int]] = {}
    for k, (cluster, paths) in enumerate(solved):
        used = {leg for path in paths for leg in (path.a, path.b)}
        for i, leg in enumerate(cluster.legs):
            total = length_of(graph.edges[leg.edge].xy)
            low_high = stations.setdefault(leg.edge, [0.0, total])
            xy = graph.points_from(leg.edge, leg.end)
            first = float(project(leg.xy[:1], xy)[0, 0])
            at = min(first + (length_of(leg.xy) if i in used else 0.0), total)
            low_high[leg.end] = at if leg.end == 0 else total - at
            if i in used:
                where[leg.edge, leg.end] = (k, i)
    inner = {n for cluster, _ in solved for n in cluster.inner_edges}
    for number in sorted(inner):
        graph.remove(number)
    for number in sorted(stations):
        _shorten(graph, number, stations[number], solved, nodes, where)
    return nodes


def _shorten(
    graph: WorkGraph,
    number: int,
    span: list[float],
    solved: list[tuple[JunctionCluster, list[CandidatePath]]],
    nodes: list[list[int | None]],
    where: dict[tuple[int, int], tuple[int, int]],
) -> None:
    """Shorten an edge to the part between its cuts, `span`; `where` gives cluster and leg."""
    edge = graph.edges[number]
    total = length_of(edge.xy)
    touched = [span[0] > 0.0, span[1] < total]
    rest = cut(edge.xy, span[0], span[1])
    ends = []
    for end, old in ((0, edge.start), (1, edge.end)):
        if not touched[end]:
            ends.append(old)
            continue
        place = where.get((number, end))
        point = rest[0 if end == 0 else -1]
        if place is not None:
            leg = solved[place[0]][0].legs[place[1]]
            point = leg.xy[-1]
        node = graph.add_node(point)
        if place is not None:
            nodes[place[0]][place[1]] = node
        else:
            graph.nodes[node].pinned = True
        ends.append(node)
    free = [graph.degree(v) == 1 and not touched[e] for e, v in enumerate(ends)]
    used_up = length_of(rest) < 0.3 and any(free)
    at_dataset_edge = any(graph.nodes[v].at_dataset_edge for e, v in enumerate(ends) if free[e])
    new = graph.add_edge(rest, ends[0], ends[1], edge.end_ids)
    connections = [list(graph.nodes[v].connections) for v in ends]
    graph.remove(number)
    for v, kept in zip(ends, connections, strict=True):
        graph.nodes[v].connections = kept
    unconnected = [graph.nodes[v].pinned or free[e] for e, v in enumerate(ends)]
    if all(unconnected) and length_of(rest) < _MIN_REST and any(touched):
        graph.remove(new)
    elif used_up:
        keep = ends[0] if touched[0] else ends[1]
        graph.nodes[keep].at_dataset_edge = at_dataset_edge
        graph.remove(new, keep)
