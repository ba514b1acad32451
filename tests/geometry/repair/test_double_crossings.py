"""Two crossings that both tracks join are one; other pairs stay."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.curves import Array, resample
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.crossings import set_crossing
from railmap.geometry.repair.double_crossings import unite_double_crossings


def lens(angle: float, half: float, *, crosses: bool = True) -> WorkGraph:
    """Two tracks at an angle (radians) at (100, 50) that meet twice, `half` metres from there."""
    graph = WorkGraph()
    nodes = [graph.add_node(np.array([100.0 + x, 50.0])) for x in (-half, half)]
    for v in nodes:
        graph.nodes[v].railway = "railway_crossing"
    rise = 40.0 * np.tan(angle / 2)
    left = [(60.0, 50.0 - rise), (60.0, 50.0 + rise)]
    right = [(140.0, 50.0 + rise), (140.0, 50.0 - rise)]
    if not crosses:
        right = [(140.0, 50.0 + 30.0), (140.0, 50.0 + 5.0)]
    for node, ends in zip(nodes, (left, right), strict=True):
        for end in ends:
            line = resample(np.array([graph.nodes[node].xy, end]), 1.0)
            graph.add_edge(line, node, graph.add_node(np.array(end)))
    for side in (-0.2, 0.2):
        xy: Array = np.array([[100.0 - half, 50.0], [100.0, 50.0 + side], [100.0 + half, 50.0]])
        graph.add_edge(xy, *nodes)
    for v in nodes:
        set_crossing(graph.nodes[v], 0.05, 0.02)
    return graph


@pytest.mark.parametrize("half", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("angle", [0.1, 0.22, 0.3])
def test_two_are_one(angle: float, half: float) -> None:
    graph = lens(angle, half)
    outer = {n for n in graph.edges if {graph.edges[n].start, graph.edges[n].end} != {1, 2}}
    unite_double_crossings(graph)
    (crossing,) = [v for v, n in graph.nodes.items() if n.railway == "railway_crossing"]
    node = graph.nodes[crossing]
    assert set(graph.edges) == outer
    assert graph.degree(crossing) == 4
    assert np.hypot(*(node.xy - (100.0, 50.0))) < 0.05
    assert node.crossing_number == pytest.approx(1 / np.tan(angle), rel=0.25)
    ends = {
        graph.edges[n].end_ids[end]: graph.points_from(n, end)[-1] - node.xy
        for n, end in graph.incident(crossing)
    }
    for a, b in node.connections:
        assert ends[a] @ ends[b] < 0  # a train runs on, and does not turn back
    assert len({e for pair in node.connections for e in pair}) == 4
    for n, end in graph.incident(crossing):
        assert np.array_equal(graph.points_from(n, end)[0], node.xy)


def test_crossings_farther_apart_stay() -> None:
    graph = lens(0.2, 8.0)
    unite_double_crossings(graph)
    assert len(graph.edges) == 6


def test_tracks_that_bend_there_stay() -> None:
    graph = lens(0.2, 2.0, crosses=False)
    unite_double_crossings(graph)
    assert len(graph.edges) == 6
