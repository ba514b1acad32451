"""Lines that fold are cut; curves that trams have are not."""

import numpy as np
import pytest

from railmap.geometry.curves import Array, length_of, resample
from railmap.geometry.folds import find_folds
from railmap.geometry.graph import WorkGraph
from railmap.geometry.repair.folds import cut_folds


def arc(radius: float, turn: float, straight: float = 40.0) -> Array:
    """A straight, an arc of `turn` degrees to the left, and a straight."""
    angle = np.radians(np.linspace(0, turn, 200))
    bend = np.stack([radius * np.sin(angle), radius * (1 - np.cos(angle))], -1)
    away = bend[-1] + straight * np.array([np.cos(angle[-1]), np.sin(angle[-1])])
    return resample(np.vstack([[[-straight, 0.0]], bend, away]), 0.25)


@pytest.mark.parametrize(("radius", "folds"), [(0.5, 1), (3.5, 1), (8.0, 1), (12.0, 0), (80.0, 0)])
def test_what_turns_more_tightly_than_a_tram_is_a_fold(radius: float, folds: int) -> None:
    xy = arc(radius, 170.0)
    found = find_folds(xy)
    assert len(found) == folds
    if folds:
        begin, end, turn = found[0]
        assert begin == pytest.approx(40.0, abs=1.5)
        assert end == pytest.approx(40.0 + radius * np.radians(170), abs=1.5)
        assert np.degrees(turn) == pytest.approx(170.0, abs=12.0)
    assert np.allclose(find_folds(xy + 4e6), found, rtol=0, atol=1e-6)


def test_a_zigzag_of_noise_is_no_fold() -> None:
    x = np.arange(0, 50, 0.25)
    y = np.random.default_rng(0).normal(0, 0.02, len(x))
    assert find_folds(np.stack([x, y], -1)) == []


def graph_of(*lines: Array) -> tuple[WorkGraph, list[int]]:
    graph = WorkGraph()
    numbers = [graph.add_edge(xy, graph.add_node(xy[0]), graph.add_node(xy[-1])) for xy in lines]
    return graph, numbers


def test_two_tracks_that_a_bend_joins_are_two_again() -> None:
    graph, (bent,) = graph_of(arc(2.2, 180.0))
    before = cut_folds(graph)
    assert sorted(length_of(edge.xy) for edge in graph.edges.values()) == pytest.approx(
        [40.0, 40.0], abs=1.5
    )
    assert set(before) == set(graph.edges)
    assert set(before.values()) == {bent}
    loose = [v for v in graph.nodes.values() if v.continues]
    assert len(loose) == 2


def test_legs_without_a_trunk_are_cut_back_to_where_they_are_apart() -> None:
    toe = np.array([0.0, 0.0])
    main, leg = np.array([80.0, 0.0]), np.array([60.0, 6.0])
    graph, _ = graph_of(np.stack([main, toe, leg]))
    cut_folds(graph)
    one, two = sorted(graph.edges.values(), key=lambda edge: length_of(edge.xy))
    assert length_of(two.xy) == pytest.approx(80.0, abs=1.0)
    assert np.hypot(*leg) - length_of(one.xy) == pytest.approx(10.0, abs=1.0)  # 1:10, 1 m apart
    assert min(abs(one.xy[:, 1])) == pytest.approx(1.0, abs=0.05)


def test_a_kinked_stub_goes_and_the_switch_keeps_its_other_legs() -> None:
    graph = WorkGraph()
    node = graph.add_node(np.zeros(2))
    ends = [(-50.0, 0.0), (50.0, 0.0), (50.0, 5.0)]
    edges = [
        graph.add_edge(np.array([[0.0, 0.0], xy]), node, graph.add_node(np.array(xy)))
        for xy in ends
    ]
    graph.nodes[node].railway = "switch"
    ids = [graph.edges[number].end_ids[0] for number in edges]
    graph.nodes[node].connections = [(ids[0], ids[1]), (ids[0], ids[2])]
    kinked = np.array([[0.0, 0.0], [2.0, 0.5], [1.5, 5.5]])  # along the edge of the image
    graph.nodes[graph.edges[edges[2]].end].xy = kinked[2]
    graph.set_points(edges[2], kinked)
    before = cut_folds(graph)
    assert before == {edges[0]: edges[0], edges[1]: edges[1]}
    assert graph.nodes[node].railway is None
    assert graph.nodes[node].connections == [(ids[0], ids[1])]


def test_a_fold_in_the_middle_keeps_both_ends_connected() -> None:
    graph, (straight,) = graph_of(np.array([[0.0, -60.0], [0.0, 0.0]]))
    node = graph.edges[straight].end
    xy = np.array([[0.0, 0.0], [1.0, 40.0], [1.5, 30.0], [3.0, 90.0]])
    bent = graph.add_edge(xy, node, graph.add_node(xy[-1]))
    pair = (graph.edges[straight].end_ids[1], graph.edges[bent].end_ids[0])
    graph.nodes[node].connections = [pair]
    cut_folds(graph)
    assert graph.nodes[node].connections == [pair]
    assert graph.degree(node) == 2
    for edge in graph.edges.values():
        assert find_folds(edge.xy) == []


def test_a_switch_keeps_a_trunk() -> None:
    """A trunk that turns about right at the switch is drawn as a straight."""
    graph = WorkGraph()
    node = graph.add_node(np.zeros(2))
    ends = [(60.0, 0.0), (60.0, 4.0)]
    legs = [
        graph.add_edge(np.array([[0.0, 0.0], xy]), node, graph.add_node(np.array(xy)))
        for xy in ends
    ]
    angle = np.radians(np.linspace(0, 180, 60))
    bend = np.stack([-2.0 * np.sin(angle), 2.0 * (np.cos(angle) - 1)], -1)
    xy = np.vstack([bend, [[60.0, -4.0]]])
    trunk = graph.add_edge(xy, node, graph.add_node(xy[-1]))
    graph.nodes[node].railway = "switch"
    ids = [graph.edges[number].end_ids[0] for number in (trunk, *legs)]
    graph.nodes[node].connections = [(ids[0], ids[1]), (ids[0], ids[2])]
    before = cut_folds(graph)
    assert graph.nodes[node].railway == "switch"
    assert graph.nodes[node].connections == [(ids[0], ids[1]), (ids[0], ids[2])]
    (stub,) = [e for number, e in graph.edges.items() if ids[0] in e.end_ids]
    assert 3.0 < length_of(stub.xy) < 6.0
    assert stub.gap_m == length_of(stub.xy)
    assert stub.xy[:, 0].min() < -3.0
    assert np.abs(stub.xy[:, 1]).max() < 0.3  # between its legs
    assert list(before.values()).count(trunk) == 2
    assert all(find_folds(edge.xy) == [] for edge in graph.edges.values())
