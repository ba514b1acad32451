"""Routes that a train can and cannot run."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString

from railmap.evaluation import evaluate_apls
from railmap.evaluation.graph import build_graph

STEM, MAIN = [(0, 0), (100, 0)], [(100, 0), (300, 0)]
BRANCH = [(100, 0), (200, 5), (300, 15)]


def graph_of(*lines):
    return build_graph(np.array([LineString(line) for line in lines], dtype=object))


def run(graph, a, b):
    places = [graph.locate(np.array([line]), np.array([s], float)) for line, s in (a, b)]
    return float(graph.distances(*places)[0, 0])


def test_routes_through_a_switch():
    graph = graph_of(STEM, MAIN, BRANCH)
    assert run(graph, (0, 20), (1, 50)) == pytest.approx(130)
    assert run(graph, (1, 50), (0, 20)) == pytest.approx(130)
    assert run(graph, (0, 20), (2, 50)) == pytest.approx(130)
    assert run(graph, (1, 50), (2, 50)) == np.inf  # back through the frog
    assert run(graph, (0, 20), (0, 70)) == pytest.approx(50)


def test_direction_of_digitising_does_not_matter():
    graph = graph_of(STEM[::-1], MAIN, BRANCH[::-1])
    length = LineString(BRANCH).length
    assert run(graph, (0, 80), (2, length - 50)) == pytest.approx(130)
    assert run(graph, (1, 50), (2, length - 50)) == np.inf


def test_end_on_the_inside_of_a_line_splits_it():
    graph = graph_of([(0, 0), (300, 0)], BRANCH)
    assert run(graph, (0, 20), (1, 50)) == pytest.approx(130)
    assert run(graph, (0, 150), (1, 50)) == np.inf
    assert len(graph.length) == 3


def test_crossing_in_one_node_goes_straight_on():
    legs = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(0, -10), (100, 0)], [(100, 0), (200, 10)]]
    graph = graph_of(*legs)
    assert run(graph, (0, 50), (1, 50)) == pytest.approx(100)
    assert run(graph, (2, 50), (3, 50)) == pytest.approx(50 + LineString(legs[2]).length - 50)
    assert run(graph, (0, 50), (3, 50)) == np.inf


def test_lines_that_only_cross_are_not_joined():
    graph = graph_of([(0, 0), (200, 0)], [(0, -2), (200, 2)])
    assert run(graph, (0, 50), (1, 150)) == np.inf


def test_shorter_of_two_paths():
    loop = [(0, 0), (50, 3), (150, 3), (200, 0)]
    graph = graph_of([(-50, 0), (0, 0)], [(0, 0), (200, 0)], loop, [(200, 0), (250, 0)])
    assert run(graph, (0, 25), (3, 25)) == pytest.approx(250)


def test_limit_cuts_the_search():
    graph = graph_of(*[[(100 * k, 0), (100 * k + 100, 0)] for k in range(10)])
    places = [graph.locate(np.array([k]), np.array([50.0])) for k in (0, 9)]
    assert graph.distances(*places)[0, 0] == pytest.approx(900)
    assert graph.distances(*places, limit=400)[0, 0] == np.inf


def test_same_network_scores_one(tracks):
    truth = tracks(STEM, MAIN, BRANCH)
    score = evaluate_apls(truth, truth)
    assert score.apls == pytest.approx(1.0)
    assert score.routes > 0


def test_cut_line_loses_its_routes(tracks):
    truth = tracks([(0, 0), (300, 0)])
    cut = tracks([(0, 0), (149, 0)], [(151, 0), (300, 0)])
    score = evaluate_apls(cut, truth)
    # Control points at 12.5, 37.5, ... 287.5: of 132 ordered pairs 60 are on one side of the cut.
    assert score.truth_to_predicted == pytest.approx(60 / 132)
    assert score.predicted_to_truth == pytest.approx(1.0, abs=1e-3)
    forth = 60 / 132
    assert score.apls == pytest.approx(2 * forth / (1 + forth), abs=1e-3)


def test_branch_that_misses_its_switch(tracks):
    truth = tracks(STEM, MAIN, BRANCH)
    loose = tracks(STEM, MAIN, [(110, 0.5), (200, 5), (300, 15)])
    assert evaluate_apls(loose, truth).apls < 0.95


def test_short_line_in_one_and_in_two_pieces(tracks):
    # The whole line has one control point and no route of its own; the pieces have.
    pieces = tracks([(0, 0), (12, 0)], [(12, 0), (24, 0)])
    whole = tracks([(0, 0), (24, 0)])
    assert evaluate_apls(whole, pieces).apls == pytest.approx(1.0)
    assert evaluate_apls(pieces, whole).apls == pytest.approx(1.0)


def test_no_routes(tracks):
    truth = tracks(STEM, MAIN)
    assert evaluate_apls(tracks(), truth).apls == 0.0
    short = tracks([(0, 0), (5, 0)])
    assert evaluate_apls(short, short).apls is None


def test_same_score_every_time(tracks):
    truth = tracks(*[[(0, 5 * k), (2000, 5 * k)] for k in range(8)])
    predicted = tracks(*[[(0, 5 * k + 0.3), (1900, 5 * k)] for k in range(8)])
    assert evaluate_apls(predicted, truth) == evaluate_apls(predicted, truth)
