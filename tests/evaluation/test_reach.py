"""Pairs of tracks between which trains run, and the moves that a map states."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from railmap.evaluation import evaluate_apls, evaluate_reach
from tests.helpers import railway

STEM, MAIN = [(0, 0), (100, 0)], [(100, 0), (300, 0)]
BRANCH = [(100, 0), (200, 5), (300, 15)]


def test_same_network_keeps_every_pair(tracks):
    truth = tracks(STEM, MAIN, BRANCH)
    score = evaluate_reach(truth, truth)
    # The legs of the switch reach each other only by reversing.
    assert (score.tracks, score.pairs, score.kept, score.share) == (3, 2, 2, 1.0)
    assert (score.pairs_reversing, score.kept_reversing, score.false_pairs) == (3, 3, 0)


def test_a_loose_branch_loses_its_pairs(tracks):
    truth = tracks(STEM, MAIN, BRANCH)
    score = evaluate_reach(tracks(STEM, MAIN, [(115, 0.5), (200, 5), (300, 15)]), truth)
    assert (score.pairs, score.kept, score.share) == (2, 1, 0.5)
    assert (score.pairs_reversing, score.kept_reversing) == (3, 1)


def test_a_track_that_is_missing_loses_its_pairs(tracks):
    truth = tracks(STEM, MAIN, BRANCH)
    assert evaluate_reach(tracks(STEM, MAIN), truth).share == 0.5
    assert evaluate_reach(tracks(), truth).share == 0.0


def test_a_node_less_or_more_does_not_matter(tracks):
    truth = tracks([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)])
    score = evaluate_reach(tracks([(0, 0), (300, 0)]), truth)
    assert (score.pairs, score.share) == (3, 1.0)


def test_a_crossing_as_switches_gives_false_pairs(tracks):
    legs = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(0, -10), (100, 0)], [(100, 0), (200, 10)]]
    truth = tracks(*legs)
    # Each pair of legs joins into a toe, and 2 m of common track lie between the toes.
    joined = tracks(
        [(0, 0), (99, 0)], [(0, -10), (99, 0)], [(99, 0), (101, 0)],
        [(101, 0), (200, 0)], [(101, 0), (200, 10)],
    )  # fmt: skip
    score = evaluate_reach(joined, truth)
    assert (score.pairs, score.kept, score.false_pairs) == (2, 2, 2)


def test_nothing_to_compare(tracks):
    short = tracks([(0, 0), (4, 0)])
    score = evaluate_reach(short, short)
    assert (score.tracks, score.pairs, score.share) == (0, 0, None)


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    return railway.write_railway(tmp_path / "tracks.gpkg")


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as sql:
        assert sql.execute(statement).rowcount > 0


def test_moves_are_those_of_the_map(stated: Path, tmp_path: Path) -> None:
    truth = railway.write_railway(tmp_path / "truth.gpkg")
    assert evaluate_reach(stated, truth).share == 1.0
    assert evaluate_apls(stated, truth).apls == pytest.approx(1.0)
    # The lines are as before, but no train may pass the first switch to the crossover.
    change(stated, "UPDATE net_relation SET navigability = 'None' WHERE fid = 2")
    score = evaluate_reach(stated, truth)
    # Link 0 no longer reaches the crossover (5) and the north track behind it (4).
    assert (score.pairs, score.kept) == (7, 5)
    assert evaluate_apls(stated, truth).apls < 0.95


def test_a_switch_without_its_relation_is_not_passed(stated: Path, tmp_path: Path) -> None:
    truth = railway.write_railway(tmp_path / "truth.gpkg")
    change(stated, "DELETE FROM net_relation WHERE fid = 2")
    assert evaluate_reach(stated, truth).kept == 5


def test_a_map_without_relations_is_judged_by_directions(stated: Path, tmp_path: Path) -> None:
    truth = railway.write_railway(tmp_path / "truth.gpkg")
    change(stated, "DELETE FROM net_relation")
    assert evaluate_reach(stated, truth).share == 1.0


def test_no_train_turns_about_in_a_node(stated: Path, tmp_path: Path) -> None:
    truth = railway.write_railway(tmp_path / "truth.gpkg")
    # From the toe to the main leg becomes from the branch to the main leg.
    change(
        stated,
        "UPDATE net_relation SET link_a = (SELECT link_b FROM net_relation WHERE fid = 2),"
        " end_a = (SELECT end_b FROM net_relation WHERE fid = 2) WHERE fid = 1",
    )
    score = evaluate_reach(stated, truth)
    assert score.kept < score.pairs
    assert score.false_pairs == 0
