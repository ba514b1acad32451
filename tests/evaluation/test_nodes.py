"""Switches and crossings with known offsets."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import box

from railmap.errors import UsageError
from railmap.evaluation import evaluate_nodes


@pytest.fixture
def turnout(tmp_path, tracks, points):
    """Write a turnout at x = 100 with a crossing at x = 300 on its main line."""

    def write(name, nodes, lines=None):
        path = tmp_path / f"{name}.gpkg"
        main = [[(0, 0), (400, 0)], [(100, 0), (200, 3), (400, 30)]]
        tracks(*(lines or main)).to_file(path, layer="railway_link", driver="GPKG")
        nodes.to_file(path, layer="railway_node", driver="GPKG")
        return path

    return write


def test_along_track_distance(turnout, points):
    truth = turnout("truth", points((100, 0), (300, 0), railway=["switch", "railway_crossing"]))
    found = turnout("found", points((103, 0.2), (301, 0), railway=["switch", "railway_crossing"]))
    scores = evaluate_nodes(found, truth)
    assert scores.at("switch", 2.0).recall == 0.0
    assert scores.at("switch", 2.0).precision == 0.0
    assert scores.at("switch", 5.0).recall == 1.0
    assert scores.at("switch", 5.0).along_rmse_m == pytest.approx(3.0, abs=0.1)
    assert scores.at("railway_crossing", 2.0).recall == 1.0
    assert scores.at("railway_crossing", 2.0).precision == 1.0
    with pytest.raises(UsageError):
        scores.at("switch", 4.0)


def test_node_on_the_next_track_is_another_one(turnout, points):
    truth = turnout("truth", points((100, 0), railway=["switch"]))
    found = turnout("found", points((100, 4), railway=["switch"]))
    score = evaluate_nodes(found, truth).at("switch", 5.0)
    assert (score.recall, score.precision) == (0.0, 0.0)


def test_type_must_agree(turnout, points):
    truth = turnout("truth", points((100, 0), railway=["switch"]))
    found = turnout("found", points((100, 0), railway=["railway_crossing"]))
    scores = evaluate_nodes(found, truth)
    switch = scores.at("switch", 2.0)
    assert (switch.recall, switch.precision, switch.wrong_kind) == (0.0, None, 1)
    crossing = scores.at("railway_crossing", 2.0)
    assert (crossing.recall, crossing.precision) == (None, 0.0)


def test_confusion_of_kinds(turnout, points):
    kinds = ["switch", "switch", "railway_crossing", "switch"]
    truth = turnout("truth", points((50, 0), (100, 0), (200, 0), (300, 0), railway=kinds))
    # The first as a switch, the second as a crossing, the third as two switches, the last not.
    kinds = ["switch", "railway_crossing", "switch", "switch"]
    found = turnout("found", points((50.5, 0), (102.5, 0), (200, 0), (201, 0), railway=kinds))
    scores = evaluate_nodes(found, truth)
    assert {score.distance_m for score in scores.scores} == {1.0, 2.0, 3.0, 5.0}

    def table(distance):
        return {
            (one.truth, one.predicted): one.count
            for one in scores.confusion
            if one.distance_m == distance and one.count
        }

    assert table(5.0) == {
        ("switch", "switch"): 1,
        ("switch", "railway_crossing"): 1,
        ("switch", None): 1,
        ("railway_crossing", "switch"): 1,
        (None, "switch"): 1,
    }
    # At 2 m the second is missed, and what was found there is false.
    assert table(2.0) == {
        ("switch", "switch"): 1,
        ("switch", None): 2,
        ("railway_crossing", "switch"): 1,
        (None, "switch"): 1,
        (None, "railway_crossing"): 1,
    }


def test_error_of_the_crossing_number(turnout, points):
    where = [(100, 0), (150, 0), (200, 0), (250, 0)]
    kinds = ["switch"] * 4
    truth = turnout("truth", points(*where, railway=kinds, crossing_number=[9, 9, 12, None]))
    angle = np.degrees(np.arctan(1 / 11.0))
    found = turnout(
        "found",
        points(*where, railway=kinds, crossing_number=[9.5, 7, None, 9],
               angle_deg=[None, None, angle, None]),
    )  # fmt: skip
    score = evaluate_nodes(found, truth).at("switch", 1.0)
    assert score.numbers == 3
    assert score.number_error == pytest.approx(1.0)  # of 0.5, -2 and -1
    assert score.number_bias == pytest.approx(-1.0)


def test_one_to_one_takes_most_matches(turnout, points):
    # The middle one is nearer to the first, but the first has another match; so both are found.
    truth = turnout("truth", points((100, 0), (103, 0), railway=["switch"] * 2))
    found = turnout("found", points((98.5, 0), (101.2, 0), railway=["switch"] * 2))
    score = evaluate_nodes(found, truth).at("switch", 2.0)
    assert (score.matched, score.recall, score.precision) == (2, 1.0, 1.0)
    crowd = turnout("crowd", points((100, 0), (100.5, 0), (99.5, 0), railway=["switch"] * 3))
    only = turnout("only", points((100, 0), railway=["switch"]))
    score = evaluate_nodes(crowd, only).at("switch", 2.0)
    assert (score.recall, score.precision) == (1.0, pytest.approx(1 / 3))


def test_crossing_number_within_two_sigma_and_side(turnout, points):
    number = [9.0, 9.0, 9.0]
    angle = np.degrees(np.arctan(1 / 9))
    where = [(100, 0), (150, 0), (200, 0)]
    kinds = ["switch"] * 3
    truth = turnout(
        "truth",
        points(*where, railway=kinds, crossing_number=number, turnout_side=["left", "left", None]),
    )
    found = turnout(
        "found",
        points(
            *where,
            railway=kinds,
            angle_deg=[angle + 0.1, angle + 0.3, np.nan],
            angle_sigma_deg=[0.1, 0.1, 0.1],
            turnout_side=["left", "right", "left"],
        ),
    )
    score = evaluate_nodes(found, truth).at("switch", 2.0)
    assert score.within_2_sigma == pytest.approx(0.5)
    assert score.side_right == pytest.approx(0.5)
    assert (score.sides_right, score.sides_wrong) == (1, 1)


def test_ignored_nodes_count_on_neither_side(turnout, points):
    truth = turnout("truth", points((100, 0), (300, 0), railway=["switch"] * 2))
    found = turnout("found", points((100, 0), (320, 0), railway=["switch"] * 2))
    x, y = 500_000, 5_700_000
    score = evaluate_nodes(found, truth, ignore=box(x + 250, y - 9, x + 350, y + 9)).at("switch", 2)
    assert (score.truth, score.predicted, score.recall, score.precision) == (1, 1, 1.0, 1.0)


def test_truth_without_nodes_has_no_scores(tracks):
    line = tracks([(0, 0), (100, 0)])
    assert evaluate_nodes(line, line).scores == ()


def test_prediction_without_nodes_finds_none(turnout, points, tracks):
    truth = turnout("truth", points((100, 0), railway=["switch"]))
    score = evaluate_nodes(tracks([(0, 0), (400, 0)]), truth).at("switch", 2.0)
    assert (score.recall, score.precision, score.along_rmse_m) == (0.0, None, None)
