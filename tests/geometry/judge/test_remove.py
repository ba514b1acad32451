"""Pieces below the least confidence go, and the rest joins up again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.features import FEATURES
from railmap.geometry.judge.model import PieceModel
from railmap.geometry.judge.remove import remove_unlikely
from tests.geometry.judge.test_features import _field, _graph

# certain above a mean probability of 0.5
MODEL = replace(
    PieceModel.neutral(),
    mean=(0.5,) + (0.0,) * (len(FEATURES) - 1),
    weights=(40.0,) + (0.0,) * (len(FEATURES) - 1),
)


def _switch() -> tuple[WorkGraph, int]:
    """A through track at 20 m, and a leg that leaves it downwards into nothing."""
    graph = _graph((20.0, 5.0, 30.0))
    (west,) = graph.edges
    toe, end = graph.edges[west].end, graph.add_node(np.array([55.0, -20.0]))
    graph.add_edge(np.array([[30.0, -20.0], [55.0, -20.0]]), toe, end)
    tip = graph.add_node(np.array([50.0, -26.0]))
    graph.add_edge(np.array([[30.0, -20.0], [50.0, -26.0]]), toe, tip)
    graph.nodes[toe].railway = "switch"
    graph.nodes[toe].crossing_number = 9.0
    return graph, toe


def test_unlikely_leg_takes_its_switch_with_it() -> None:
    graph, toe = _switch()
    found = remove_unlikely(graph, _field({20.0: 0.9}), MODEL, 0.1, 0.5)
    assert toe not in graph.nodes
    (number,) = graph.edges
    assert found[number].confidence > 0.99
    assert np.ptp(graph.edges[number].xy[:, 0]) == 50


def test_zero_keeps_all() -> None:
    graph, toe = _switch()
    found = remove_unlikely(graph, _field({20.0: 0.9}), MODEL, 0.1, 0.0)
    assert len(graph.edges) == len(found) == 3
    assert graph.nodes[toe].railway == "switch"


def test_all_may_go() -> None:
    graph = _graph((40.0, 5.0, 30.0))
    assert remove_unlikely(graph, _field({20.0: 0.9}), MODEL, 0.1, 0.5) == {}
    assert not graph.nodes
