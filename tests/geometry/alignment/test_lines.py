"""Links get the alignment of their line, in the stations of what is drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from railmap.geometry.alignment import align_links, stretched
from railmap.geometry.graph import WorkGraph
from railmap.geometry.types import AlignmentSegment, Link

RADIUS = 400.0


def curved_track() -> np.ndarray:
    """150 m straight, then 150 m of an arc to the left, as points 1 m apart."""
    x = np.arange(0.0, 151.0)
    turn = np.arange(1.0, 151.0) / RADIUS
    arc = np.stack([150 + RADIUS * np.sin(turn), RADIUS * (1 - np.cos(turn))], 1)
    return np.concatenate([np.stack([x, 0 * x], 1), arc])


def test_an_arc_through_a_node_is_one_and_backwards_links_are_described_backwards() -> None:
    graph = WorkGraph()
    xy = curved_track()
    west, middle, east = (graph.add_node(xy[i]) for i in (0, 220, -1))
    one = graph.add_edge(xy[:221], west, middle)
    two = graph.add_edge(xy[220:][::-1].copy(), east, middle)  # drawn towards the node
    links = {n: Link(xy=graph.edges[n].xy, start_node=0, end_node=0) for n in (one, two)}
    for link in links.values():
        link.h_accuracy_m = 0.02
    curves = align_links(graph, links, dict.fromkeys(links, 0.02), 0.02)
    assert (curves[two][0] == xy[-1]).all()
    assert (curves[two][-1] == xy[220]).all()
    (arc,) = links[two].alignment
    assert arc.type == "CIRCULARARC"
    assert arc.start_radius_m == pytest.approx(-RADIUS, rel=0.01)
    last = links[one].alignment[-1]
    assert last.type == "CIRCULARARC"
    assert last.start_radius_m == -arc.start_radius_m
    assert links[one].min_radius_m == links[two].min_radius_m == abs(arc.start_radius_m)


def test_an_inaccurate_link_keeps_its_curve() -> None:
    """A large `h_accuracy_m` is no reason to describe a curve as a straight a metre away."""
    graph = WorkGraph()
    turn = np.linspace(0, 0.32, 61)
    xy = 95 * np.stack([np.sin(turn), 1 - np.cos(turn)], 1)  # 30 m, 1.2 m off its chord
    edge = graph.add_edge(xy, graph.add_node(xy[0]), graph.add_node(xy[-1]))
    link = Link(xy=xy, start_node=0, end_node=0, h_accuracy_m=0.38)
    align_links(graph, {edge: link}, {edge: 0.05}, 0.02)
    assert all(s.rmse_m < 0.15 for s in link.alignment)
    assert [s.type for s in link.alignment] != ["LINE"]


def test_stretched_covers_the_line_without_gaps() -> None:
    segments = [
        AlignmentSegment("LINE", 0.0, 10.004, None, None, 0.01),
        AlignmentSegment("CIRCULARARC", 10.004, 20.001, 300.0, 300.0, 0.01, 3.0),
        AlignmentSegment("LINE", 30.005, 5.0, None, None, 0.01),
    ]
    got = stretched(segments, 35.1)
    assert got[0].m_from == 0.0
    assert got[-1].m_from + got[-1].length_m == pytest.approx(35.1, abs=1e-9)
    for one, two in itertools.pairwise(got):
        assert two.m_from == pytest.approx(one.m_from + one.length_m, abs=1e-9)
    assert got[1].start_radius_m == 300.0
    assert stretched([], 35.1) == []


@pytest.mark.parametrize(("aside", "known"), [(0.2, True), (0.4, False)])
def test_a_short_part_that_is_off_does_not_cost_a_line_its_alignment(
    aside: float, known: bool
) -> None:
    """Wagons hide 10 m of a straight of 300 m, where the line is up to 0.2 m off."""
    graph = WorkGraph()
    x = np.arange(0.0, 301.0)
    xy = np.stack([x, aside * np.exp(-(((x - 120) / 4) ** 2))], 1)
    edge = graph.add_edge(xy, graph.add_node(xy[0]), graph.add_node(xy[-1]))
    link = Link(xy=xy, start_node=0, end_node=0, h_accuracy_m=0.015)
    curves = align_links(graph, {edge: link}, {edge: 0.015}, 0.02)
    assert (curves[edge] == xy).all()  # drawn as measured
    assert ([s.type for s in link.alignment] == ["LINE"]) == known


@pytest.mark.parametrize(("accuracy", "known"), [(0.02, True), (0.7, False)])
def test_an_inaccurate_link_has_no_radius_that_is_sure(accuracy: float, known: bool) -> None:
    """`check` reports small radii, which a line that is 0.7 m off does not tell."""
    graph = WorkGraph()
    turn = np.linspace(0, 0.5, 61)
    xy = 64 * np.stack([np.sin(turn), 1 - np.cos(turn)], 1)
    edge = graph.add_edge(xy, graph.add_node(xy[0]), graph.add_node(xy[-1]))
    link = Link(xy=xy, start_node=0, end_node=0, h_accuracy_m=accuracy)
    align_links(graph, {edge: link}, {edge: 0.02}, 0.02)
    (arc,) = link.alignment
    assert arc.start_radius_m == pytest.approx(64, rel=0.03)
    assert arc.radius_sigma_m is not None
    assert (link.min_radius_m is not None) == known
