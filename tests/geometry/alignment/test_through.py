"""Links that follow one another are one line, through switches along the straighter leg."""

from __future__ import annotations

import numpy as np

from railmap.geometry.alignment.through import through_lines
from railmap.geometry.graph import WorkGraph


def test_through_a_switch_and_back() -> None:
    graph = WorkGraph()
    x = np.linspace(0, 60, 61)
    west, toe, east, leg = (
        graph.add_node(np.array(p)) for p in [(-60, 0), (0, 0), (60, 0), (60, 7)]
    )
    into = graph.add_edge(np.stack([x - 60, 0 * x], 1), west, toe)
    out = graph.add_edge(np.stack([60 - x, 0 * x], 1), east, toe)  # drawn towards the toe
    away = graph.add_edge(np.stack([x, x**2 / 515], 1), toe, leg)
    ids = [graph.edges[e].end_ids for e in (into, out, away)]
    graph.nodes[toe].connections = [(ids[0][1], ids[1][1]), (ids[0][1], ids[2][0])]
    lines = through_lines(graph)
    assert sorted(len(line) for line in lines) == [1, 2]
    assert [(into, False), (out, True)] in lines
    assert [edge for line in lines if len(line) == 1 for edge, _ in line] == [away]


def test_not_round_a_corner_and_once_round_a_loop() -> None:
    graph = WorkGraph()
    a, b, c = (graph.add_node(np.array(p, float)) for p in [(0, 0), (50, 0), (50, 50)])
    x = np.linspace(0, 50, 51)
    graph.add_edge(np.stack([x, 0 * x], 1), a, b)
    graph.add_edge(np.stack([0 * x + 50, x], 1), b, c)
    assert [len(line) for line in through_lines(graph)] == [1, 1]
    ring = WorkGraph()
    t = np.linspace(0, np.pi, 100)
    half = 100 * np.stack([np.cos(t), np.sin(t)], 1)
    east, west = ring.add_node(half[0]), ring.add_node(half[-1])
    ring.add_edge(half, east, west)
    ring.add_edge(-half, west, east)
    (line,) = through_lines(ring)
    assert len(line) == 2
