"""Track that lies on another track is drawn once."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.doubled import remove_doubled
from railmap.geometry.turnouts.network import RailNetwork


def _line(start: float, stop: float, beside: float = 0.0) -> np.ndarray:
    x = np.arange(start, stop + 0.5)
    return np.stack([x, np.full(len(x), beside)], axis=1)


def _add(graph: WorkGraph, xy: np.ndarray, start: int | None = None, end: int | None = None) -> int:
    first = graph.add_node(xy[0]) if start is None else start
    last = graph.add_node(xy[-1]) if end is None else end
    return graph.add_edge(xy, first, last)


def test_a_free_track_on_another_is_removed() -> None:
    graph = WorkGraph()
    main, on = _add(graph, _line(0, 200)), _add(graph, _line(40, 100, 0.3))
    network = RailNetwork(graph)
    remove_doubled(network)
    assert set(graph.edges) == {main}
    assert on not in graph.edges
    assert len(graph.nodes) == 2


def test_two_edges_between_two_switches_become_one_with_the_routes_of_both() -> None:
    graph = WorkGraph()
    west, east = graph.add_node(np.array([0.0, 0.0])), graph.add_node(np.array([20.0, 0.0]))
    one = _add(graph, _line(0, 20), west, east)
    two = _add(graph, _line(0, 20, 0.2)[::-1], east, west)
    before, after = _add(graph, _line(-50, 0), None, west), _add(graph, _line(20, 70), east)
    for node, here, there in ((west, before, (two, 1)), (east, after, (two, 0))):
        end = 1 if node == west else 0
        ids = (graph.edges[here].end_ids[end], graph.edges[there[0]].end_ids[there[1]])
        graph.nodes[node].connections = [ids]
    network = RailNetwork(graph)
    remove_doubled(network)
    assert len(graph.edges) == 1
    (left,) = graph.edges.values()
    assert np.ptp(left.xy[:, 0]) == pytest.approx(120.0)
    assert network.origin[next(iter(graph.edges))] in {one, before, after}


@pytest.mark.parametrize(
    ("beside", "length"), [(0.6, 60), (0.3, 30)], ids=["a track of its own", "blades of a switch"]
)
def test_what_may_be_a_track_stays(beside: float, length: float) -> None:
    graph = WorkGraph()
    _add(graph, _line(0, 200))
    _add(graph, _line(40, 40 + length, beside))
    remove_doubled(RailNetwork(graph))
    assert len(graph.edges) == 2


def test_a_track_that_others_need_stays() -> None:
    graph = WorkGraph()
    _add(graph, _line(0, 200))
    on = _add(graph, _line(40, 100, 0.3))
    node = graph.edges[on].end
    _add(graph, np.array([[100.0, 0.3], [130.0, 6.0]]), node)
    _add(graph, np.array([[100.0, 0.3], [130.0, -6.0]]), node)
    remove_doubled(RailNetwork(graph))
    assert len(graph.edges) == 4
