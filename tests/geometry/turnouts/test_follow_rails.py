"""A line between the rails of two tracks is led onto its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from affine import Affine

from railmap.geometry.constants import GAUGE
from railmap.geometry.curves import length_of
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.follow_rails import follow_rails
from railmap.geometry.turnouts.rail_strip import RailImage
from railmap.geometry.turnouts.search import leg_offset
from railmap.geometry.turnouts.through import pieces_of
from tests.helpers.even_field import even_field
from tests.helpers.line_scenes import X0, Y0
from tests.helpers.rail_image import Picture, rail_image

SIZE = (150.0, 30.0)
X = np.arange(0.0, 150.0, 0.25)
STRAIGHT = np.stack([X, np.full(len(X), 15.0)], 1)
LEG = np.stack([X, 15.0 + leg_offset(np.maximum(X - 40.0, 0.0), 9.0, 190.0)], 1)
TRANSFORM = Affine(0.1, 0, X0, 0, -0.1, Y0)
SEEN = even_field(SIZE)


def picture(gsd: float, head: int = 215) -> Picture:
    return rail_image([STRAIGHT, LEG], SIZE, gsd, GAUGE, head)


def edge_of(xy: np.ndarray) -> tuple[WorkGraph, int]:
    graph = WorkGraph()
    xy = xy + np.array([0.0, -SIZE[1]])
    ends = [graph.add_node(xy[k]) for k in (0, -1)]
    return graph, graph.add_edge(xy, *ends)


def between(share: float) -> np.ndarray:
    """The line of the straight track, where the tracks part drawn towards the leg."""
    near = LEG[:, 1] - 15.0
    pull = share * np.where(near < 2.4, near, np.maximum(2.4 - 2 * (near - 2.4), 0.0))
    return np.stack([X, 15.0 + pull], 1)[4:-4]


@pytest.mark.parametrize(
    ("gsd", "head"),
    [(gsd, head) for gsd in (0.05, 0.1, 0.2, 0.3) for head in (225, 10)]
    + [(0.3, 190), (0.3, 160)],  # faint, as rails are in coarse images
)
def test_a_line_between_two_tracks_is_led_to_the_one_it_continues(gsd: float, head: int) -> None:
    graph, number = edge_of(between(0.5))
    assert np.abs(graph.edges[number].xy[:, 1] + 15.0).max() > 1.0
    assert follow_rails(graph, number, RailImage(picture(gsd, head), TRANSFORM), SEEN, GAUGE, True)
    assert np.abs(graph.edges[number].xy[:, 1] + 15.0).max() < 0.2


def test_a_whole_line_is_not_led_to_where_the_probability_shows_no_track() -> None:
    """Edges of platforms, too, are a gauge apart."""
    graph, number = edge_of(STRAIGHT[4:-4] + np.array([0.0, 1.5]))
    image = RailImage(rail_image([STRAIGHT], SIZE, 0.1, GAUGE, 230), TRANSFORM)
    unseen = even_field(SIZE, level=40)
    assert not follow_rails(graph, number, image, unseen, GAUGE, False)
    assert follow_rails(graph, number, image, SEEN, GAUGE, False)


def test_a_line_on_its_rails_stays_as_it_is() -> None:
    for line in (STRAIGHT[4:-4], LEG[4:-4]):
        graph, number = edge_of(line)
        before = graph.edges[number].xy.copy()
        assert not follow_rails(
            graph, number, RailImage(picture(0.1), TRANSFORM), SEEN, GAUGE, True
        )
        np.testing.assert_array_equal(graph.edges[number].xy, before)


def test_without_visible_rails_a_line_stays_as_it_is() -> None:
    graph, number = edge_of(between(0.5))
    for image in (picture(0.1, head=110), rail_image([], SIZE, 0.1, GAUGE, 110)):
        assert not follow_rails(graph, number, RailImage(image, TRANSFORM), SEEN, GAUGE, True)


def test_short_edges_and_nodes_of_other_edges_stay_where_they_are() -> None:
    graph, number = edge_of(between(0.5)[:100])
    assert not follow_rails(graph, number, RailImage(picture(0.1), TRANSFORM), SEEN, GAUGE, True)
    graph, number = edge_of(between(0.5) + np.array([0.0, 0.3]))
    edge = graph.edges[number]
    graph.add_edge(np.stack([edge.xy[-1], edge.xy[-1] + 9.0]), edge.end, graph.add_node(X[:2]))
    start, end = edge.xy[[0, -1]]
    assert follow_rails(graph, number, RailImage(picture(0.1), TRANSFORM), SEEN, GAUGE, False)
    np.testing.assert_array_equal(graph.edges[number].xy[-1], end)
    assert graph.edges[number].xy[0] == pytest.approx(start - np.array([0.0, 0.3]), abs=0.05)
    np.testing.assert_array_equal(graph.edges[number].xy[0], graph.nodes[edge.start].xy)


@pytest.mark.parametrize("gsd", [0.1, 0.2, 0.25])
def test_a_line_beside_its_rails_is_led_onto_them_unless_it_was_fitted(gsd: float) -> None:
    beside = STRAIGHT[4:-4] + np.array([0.0, 0.2])
    image = rail_image([STRAIGHT], SIZE, gsd, GAUGE, 230)
    graph, number = edge_of(beside)
    assert not follow_rails(graph, number, RailImage(image, TRANSFORM), SEEN, GAUGE, True)
    assert follow_rails(graph, number, RailImage(image, TRANSFORM), SEEN, GAUGE, False)
    away = np.abs(graph.edges[number].xy[:, 1] + 15.0)
    assert np.median(away) < 0.03
    assert away.max() < 0.1


def test_a_long_track_is_read_in_pieces_that_cover_it_once() -> None:
    line = np.stack([np.linspace(0.0, 3460.0, 500), np.zeros(500)], 1)
    pieces = list(pieces_of(line, 60.0, 3400.0))
    assert len(pieces) == 4
    assert pieces[0][1] + pieces[0][2] == 60.0
    for (_, before, _, last), (_, start, first, _) in pairwise(pieces):
        assert start + first == pytest.approx(before + last)
        assert first == pytest.approx(60.0)
    assert pieces[-1][1] + pieces[-1][3] == pytest.approx(3400.0)
    assert all(length_of(xy) < 1121.0 for xy, *_ in pieces)
    ((whole, start, first, last),) = pieces_of(line, 60.0, 900.0)
    assert whole is line
    assert (start, first, last) == (0.0, 60.0, 900.0)
