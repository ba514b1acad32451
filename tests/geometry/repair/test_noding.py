"""Edges meet only at nodes: crossings, touching ends, doubles, loops, noise past a toe."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from railmap.geometry.graph import WorkGraph
from railmap.geometry.repair.noding import meeting_pairs, node_edges


def line(*points: tuple[float, float]) -> np.ndarray:
    at = np.array(points, float)
    s = np.r_[0, np.cumsum(np.hypot(*np.diff(at, axis=0).T))]
    stations = np.unique(np.r_[np.arange(0, s[-1], 0.25), s])
    return np.stack([np.interp(stations, s, at[:, k]) for k in (0, 1)], 1)


def add(graph: WorkGraph, xy: np.ndarray, start: int = 0, end: int = 0) -> int:
    return graph.add_edge(xy, start or graph.add_node(xy[0]), end or graph.add_node(xy[-1]))


def assert_noded(graph: WorkGraph) -> None:
    edges = list(graph.edges.values())
    assert meeting_pairs([e.xy for e in edges], [(e.start, e.end) for e in edges]) == []
    assert shapely.is_simple([shapely.linestrings(e.xy) for e in edges]).all()
    for edge in edges:
        assert (edge.xy[0] == graph.nodes[edge.start].xy).all()
        assert (edge.xy[-1] == graph.nodes[edge.end].xy).all()


def test_tracks_that_cross_get_a_crossing_through_which_both_run() -> None:
    graph = WorkGraph()
    a, b = add(graph, line((0, 0), (40, 0))), add(graph, line((10, -10), (30, 10)))
    ends = [graph.edges[n].end_ids for n in (a, b)]
    origin = node_edges(graph)
    assert_noded(graph)
    (node,) = [n for n in graph.nodes if graph.degree(n) == 4]
    assert graph.nodes[node].railway == "railway_crossing"
    assert graph.nodes[node].angle_deg == pytest.approx(45, abs=0.1)
    assert graph.nodes[node].xy == pytest.approx([20, 0])
    assert sorted(origin.values()) == [a, a, b, b]
    far = {
        e: edge.end_ids[1 - k] for edge in graph.edges.values() for k, e in enumerate(edge.end_ids)
    }
    led = {frozenset((far[x], far[y])) for x, y in graph.nodes[node].connections}
    assert led == {frozenset(pair) for pair in ends}


def test_grazing_tracks_meet_in_a_node_that_is_no_crossing() -> None:
    graph = WorkGraph()
    add(graph, line((0, 0), (80, 0)))
    add(graph, line((0, 0.4), (80, -0.4)))
    node_edges(graph)
    assert_noded(graph)
    assert [graph.nodes[n].railway for n in graph.nodes if graph.degree(n) == 4] == [None]


def test_end_on_a_track_is_joined_to_it() -> None:
    graph = WorkGraph()
    add(graph, line((0, 0), (40, 0)))
    add(graph, line((20, 0), (30, 10)))
    node_edges(graph)
    assert_noded(graph)
    assert sorted(graph.degree(n) for n in graph.nodes) == [1, 1, 1, 3]


def test_track_on_a_part_of_another_is_drawn_once() -> None:
    graph = WorkGraph()
    add(graph, line((0, 0), (40, 0)))
    add(graph, line((10, 0), (25, 0)))
    node_edges(graph)
    assert_noded(graph)
    assert sum(shapely.length(shapely.linestrings(e.xy)) for e in graph.edges.values()) == 40


def test_noise_past_a_toe_leaves_the_toe_where_it_is() -> None:
    graph = WorkGraph()
    toe = graph.add_node(np.array([20.0, 0.0]))
    add(graph, line((0, 0), (20, 0)), end=toe)
    add(graph, line((20, 0), (60, 0)), start=toe)
    leg = line((20, 0), (22, -0.02), (26, 0.05), (60, 4))
    add(graph, leg, start=toe)
    graph.nodes[toe].railway = "switch"
    node_edges(graph)
    assert_noded(graph)
    assert len(graph.edges) == 3
    assert graph.nodes[toe].xy.tolist() == [20, 0]
    assert graph.nodes[toe].railway == "switch"


@pytest.mark.parametrize(("radius", "edges"), [(2.0, 1), (20.0, 3)])
def test_loop_is_removed_unless_a_tram_could_turn_in_it(radius: float, edges: int) -> None:
    angle = np.linspace(-np.pi / 2, 3 * np.pi / 2, 200)
    circle = radius * np.stack([np.cos(angle), 1 + np.sin(angle)], 1)
    xy = np.concatenate(
        [line((-40, 0), (-0.1, 0)), circle[1:-1] - np.array([0, 0.01]), line((0.1, 0), (40, 0))]
    )
    graph = WorkGraph()
    add(graph, xy)
    node_edges(graph)
    assert_noded(graph)
    assert len(graph.edges) == edges


def test_tangle_of_random_walks() -> None:
    rng = np.random.default_rng(5)
    graph = WorkGraph()
    for _ in range(12):
        turn = np.cumsum(rng.normal(0, 0.3, 60))
        walk = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1), axis=0)
        add(graph, rng.uniform(0, 15, 2) + walk)
    node_edges(graph)
    assert_noded(graph)
    assert len(graph.edges) > 40
