"""Very short edges are contracted, stumps and small loops removed."""

import numpy as np
import pytest

from railmap.geometry.graph import WorkGraph
from railmap.geometry.repair.cleanup import contract_short_edges, remove_loops


def _crossing(speck: float) -> tuple[WorkGraph, list[int]]:
    """Two tracks connected by an edge of length `speck`, and a stump."""
    graph = WorkGraph()
    at = [(0, 0), (speck, 0), (-50, 0), (50, 0), (50, 8), (-50, 8), (0.5, 0.5)]
    v = [graph.add_node(np.array(xy, float)) for xy in at]
    legs = [
        graph.add_edge(np.array([at[a], at[b]], float), v[a], v[b])
        for a, b in ((2, 0), (5, 0), (0, 1), (1, 3), (1, 4), (0, 6))
    ]
    end_ids = [graph.edges[leg].end_ids for leg in legs]
    graph.nodes[v[0]].connections = [(end_ids[0][1], end_ids[2][0]), (end_ids[1][1], end_ids[2][0])]
    graph.nodes[v[1]].connections = [(end_ids[2][1], end_ids[3][0]), (end_ids[2][1], end_ids[4][0])]
    graph.nodes[v[1]].railway = "switch"
    return graph, legs


@pytest.mark.parametrize("speck", [0.0, 0.05, 0.25])
def test_short_edges_are_contracted_and_connections_kept(speck: float) -> None:
    graph, legs = _crossing(speck)
    contract_short_edges(graph)
    assert set(graph.edges) == {legs[0], legs[1], legs[3], legs[4]}
    joint = graph.edges[legs[0]].end
    assert graph.degree(joint) == 4
    assert graph.nodes[joint].railway == "switch"
    for leg, end in ((legs[0], -1), (legs[1], -1), (legs[3], 0), (legs[4], 0)):
        assert np.array_equal(graph.edges[leg].xy[end], graph.nodes[joint].xy)
    end_id = {leg: graph.edges[leg].end_ids for leg in graph.edges}
    assert {frozenset(pair) for pair in graph.nodes[joint].connections} == {
        frozenset((end_id[a][1], end_id[b][0])) for a in legs[:2] for b in legs[3:5]
    }


def test_longer_edges_stay() -> None:
    graph, legs = _crossing(0.6)
    contract_short_edges(graph)
    assert legs[2] in graph.edges
    assert legs[5] not in graph.edges  # the stump


def test_small_loops_are_removed_and_nothing_else() -> None:
    graph = WorkGraph()
    far, near = graph.add_node(np.array([-50.0, 0.0])), graph.add_node(np.zeros(2))
    track = graph.add_edge(np.array([[-50.0, 0.0], [0.0, 0.0]]), far, near)
    angle = np.linspace(0.0, 2 * np.pi, 60)
    for radius in (1.1, 30.0):  # 7 m and 188 m around: noise, and a balloon loop
        circle = radius * np.column_stack([1 - np.cos(angle), np.sin(angle)])
        graph.add_edge(circle, near, near)
    remove_loops(graph)
    left = [edge for number, edge in graph.edges.items() if number != track]
    assert track in graph.edges
    assert [round(float(np.ptp(edge.xy[:, 0]))) for edge in left] == [60]
