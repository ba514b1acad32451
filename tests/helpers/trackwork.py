"""Nodes of traced trackwork, and checks of its topology."""

from __future__ import annotations

import numpy as np

from railmap.geometry import TrackNetwork
from railmap.geometry.types import Node
from tests.helpers.line_scenes import X0, Y0, Scene
from tests.helpers.ragged_bands import network


def named(net: TrackNetwork, railway: str) -> list[Node]:
    return [n for n in net.nodes if n.railway == railway]


def nearest(scene: Scene, nodes: list[Node], at: np.ndarray) -> float:
    xy = np.array([[n.x - X0, n.y - Y0 + scene.height_m] for n in nodes])
    return float(np.hypot(*(xy - at).T).min())


def trace(scene: Scene) -> TrackNetwork:
    net = network(scene.probability, 0.5, scene.gsd)
    drawn = [link.xy.tobytes() for link in net.links]
    assert len(set(drawn)) == len(drawn), "a link is drawn twice"
    return net


def check_topology(net: TrackNetwork) -> None:
    degree = np.zeros(len(net.nodes), int)
    for link in net.links:
        for at, row in ((link.start_node, 0), (link.end_node, -1)):
            degree[at] += 1
            assert (link.xy[row] == [net.nodes[at].x, net.nodes[at].y]).all()
    assert degree.tolist() == [n.degree for n in net.nodes]
    for r in net.relations:
        for link, end in ((r.link_a, r.end_a), (r.link_b, r.end_b)):
            ends = (net.links[link].start_node, net.links[link].end_node)
            assert ends[end] == r.node
        # no relation turns sharply back
        out = []
        for link, end in ((r.link_a, r.end_a), (r.link_b, r.end_b)):
            xy = net.links[link].xy if end == 0 else net.links[link].xy[::-1]
            out.append((xy[1] - xy[0]) / np.hypot(*(xy[1] - xy[0])))
        assert out[0] @ out[1] < -0.95
