"""Legs that no turnout explains end unconnected where the image shows no rails of theirs."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from railmap.geometry.constants import GAUGE
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.network import RailNetwork
from railmap.geometry.turnouts.rail_strip import RailImage
from railmap.geometry.turnouts.unjoin import unjoin_legs
from tests.helpers.line_scenes import X0, Y0
from tests.helpers.rail_image import rail_image

SIZE = (150.0, 60.0)
X = np.arange(1.0, 149.0, 0.25)
MAIN = np.stack([X, np.full(len(X), 20.0)], 1)
ALONG = np.arange(0.0, 50.0, 0.25)
SHARP = np.stack([70.0 + ALONG, 20.0 + ALONG / 2.5], 1)


def unjoined(
    tracks: list[np.ndarray], number: float | None, placed: bool = False
) -> tuple[WorkGraph, int]:
    graph, down = WorkGraph(), np.array([0.0, -SIZE[1]])
    at = int(np.argmin(np.abs(X - 70.0)))
    west, east, far = (graph.add_node(xy + down) for xy in (MAIN[0], MAIN[-1], SHARP[-1]))
    node = graph.add_node(MAIN[at] + down)
    graph.add_edge(MAIN[: at + 1] + down, west, node)
    graph.add_edge(MAIN[at:] + down, node, east)
    graph.add_edge(SHARP + down, node, far)
    graph.nodes[node].railway = "switch"
    graph.nodes[node].crossing_number = number
    network = RailNetwork(graph)
    if placed:
        network.placed.add(node)
    image = rail_image(tracks, SIZE, 0.1, GAUGE, 215)
    unjoin_legs(network, RailImage(image, Affine(0.1, 0, X0, 0, -0.1, Y0)), GAUGE)
    return graph, node


@pytest.mark.parametrize("number", [None, 2.5])
def test_a_leg_without_rails_ends_before_the_track(number: float | None) -> None:
    graph, node = unjoined([MAIN], number)
    assert node not in graph.nodes
    assert [n.railway for n in graph.nodes.values()] == [None] * 4
    main, leg = sorted(graph.edges.values(), key=lambda edge: float(edge.xy[:, 1].max()))
    np.testing.assert_allclose(main.xy[:, 1], 20.0 - SIZE[1])
    assert 1.2 < (leg.xy[:, 1] + SIZE[1] - 20.0).min() < 1.6


def test_a_leg_that_may_be_a_turnouts_stays_joined() -> None:
    for tracks, number, placed in (
        ([MAIN, SHARP], 2.5, False),
        ([MAIN], 6.0, False),
        ([MAIN], 2.5, True),
    ):
        graph, node = unjoined(tracks, number, placed)
        assert graph.degree(node) == 3
