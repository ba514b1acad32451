"""Line metrics against answers counted by hand."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, box
from shapely.affinity import translate

from railmap.errors import UsageError
from railmap.evaluation import evaluate_lines

EAST, NORTH = 500_000.0, 5_700_000.0
STEP = 0.25


def local_box(x0, y0, x1, y1):
    return translate(box(x0, y0, x1, y1), EAST, NORTH)


def test_same_lines_are_perfect(tracks):
    truth = tracks([(0, 0), (100, 0)], [(0, 4), (60, 4), (100, 9)])
    score = evaluate_lines(truth, truth).at(0.1)
    assert (score.completeness, score.correctness, score.quality) == (1.0, 1.0, 1.0)
    assert score.rmse_m == pytest.approx(0.0, abs=1e-9)
    assert score.gaps == 0


@pytest.mark.parametrize(
    ("offset", "tolerance", "expected"),
    [(0.2, 0.1, 0.0), (0.2, 0.25, 1.0), (0.6, 0.5, 0.0), (0.6, 1.0, 1.0), (0.25, 0.25, 1.0)],
)
def test_offset_line(tracks, offset, tolerance, expected):
    scores = evaluate_lines(tracks([(0, offset), (200, offset)]), tracks([(0, 0), (200, 0)]))
    score = scores.at(tolerance)
    assert score.completeness == expected
    assert score.correctness == expected
    assert score.quality == expected
    if expected:
        assert score.rmse_m == pytest.approx(offset)
        assert score.median_m == pytest.approx(offset)
        assert score.p95_m == pytest.approx(offset)
    else:
        assert score.rmse_m is None
        assert score.missed_m == pytest.approx(200)
        assert score.false_m == pytest.approx(200)
        assert score.beside_m == pytest.approx(200)


def test_bias_is_positive_to_the_right_and_ignores_the_direction_of_the_prediction(tracks):
    truth = tracks([(0, 0), (200, 0)])
    for line in ([(0, -0.2), (200, -0.2)], [(200, -0.2), (0, -0.2)]):
        assert evaluate_lines(tracks(line), truth).at(0.25).bias_m == pytest.approx(0.2)
    both = tracks([(0, -0.2), (100, -0.2)], [(100, 0.2), (200, 0.2)])
    score = evaluate_lines(both, truth).at(0.25)
    assert score.bias_m == pytest.approx(0.0, abs=1e-9)
    assert score.rmse_m == pytest.approx(0.2)


def test_rmse_of_a_slanted_line(tracks):
    # Offset runs linearly from 0 to 0.24: RMSE is 0.24 / sqrt(3), the median half of 0.24.
    score = evaluate_lines(tracks([(0, 0), (300, 0.24)]), tracks([(0, 0), (300, 0)]), step=0.05).at(
        0.25
    )
    assert score.rmse_m == pytest.approx(0.24 / np.sqrt(3), abs=1e-4)
    assert score.median_m == pytest.approx(0.12, abs=1e-3)
    assert score.p95_m == pytest.approx(0.228, abs=1e-3)


def test_missing_part_is_missed_and_one_gap(tracks):
    truth = tracks([(0, 0), (1000, 0)])
    scores = evaluate_lines(tracks([(0, 0), (400, 0)], [(500, 0), (1000, 0)]), truth)
    score = scores.at(0.25)
    assert score.completeness == pytest.approx(0.9, abs=STEP / 1000)
    assert score.missed_m == pytest.approx(100, abs=2 * STEP)
    assert score.correctness == 1.0
    assert score.quality == pytest.approx(900 / 1000, abs=1e-3)
    assert score.gaps == 1
    assert score.gaps_per_km == pytest.approx(1.0)


def test_missing_end_is_not_a_gap(tracks):
    score = evaluate_lines(tracks([(0, 0), (400, 0)]), tracks([(0, 0), (1000, 0)])).at(0.25)
    assert score.completeness == pytest.approx(0.4, abs=1e-3)
    assert score.gaps == 0


def test_gap_through_a_node_is_one_and_a_missed_siding_is_none(tracks):
    siding = [(100, 0), (150, 3), (300, 4.5)]
    truth = tracks([(0, 0), (100, 0)], [(100, 0), (300, 0)], siding)
    over_node = tracks([(0, 0), (90, 0)], [(110, 0), (300, 0)], siding)
    assert evaluate_lines(over_node, truth).at(0.25).gaps == 1
    without_siding = tracks([(0, 0), (100, 0)], [(100, 0), (300, 0)])
    assert evaluate_lines(without_siding, truth).at(0.25).gaps == 0


def test_second_prediction_on_one_track_is_duplicate(tracks):
    truth = tracks([(0, 0), (1000, 0)])
    predicted = tracks([(0, 0.05), (1000, 0.05)], [(100, -0.2), (200, -0.2)])
    score = evaluate_lines(predicted, truth).at(0.25)
    assert score.duplicate_m == pytest.approx(100)
    assert score.correctness == pytest.approx(1000 / 1100)
    assert score.completeness == 1.0
    assert score.false_m == 0.0
    assert score.rmse_m == pytest.approx(0.05)


@pytest.mark.parametrize("shift", [0.0, 0.06, 0.125, 0.19])
def test_no_cell_of_a_duplicate_is_matched_between_the_others(tracks, shift):
    truth = tracks([(0, 0), (100, 0)])
    predicted = tracks([(0, 0.01), (100, 0.01)], [(0 + shift, 0.02), (99.9, 0.02)])
    score = evaluate_lines(predicted, truth).at(0.25)
    assert score.duplicate_m == pytest.approx(99.9 - shift)


def test_folded_line_counts_once(tracks):
    fold = tracks([(0, 0), (100, 0), (100, 0.05), (0, 0.05)])
    score = evaluate_lines(fold, tracks([(0, 0), (100, 0)])).at(0.25)
    assert score.correct_m == pytest.approx(100, abs=2)
    assert score.duplicate_m == pytest.approx(100, abs=2)


def test_links_split_at_nodes_lose_nothing(tracks):
    cuts = np.linspace(0, 100, 38)
    pieces = [[(a, 0.1), (b, 0.1)] for a, b in pairwise(cuts)]
    truth = tracks([(0, 0), (100, 0)])
    score = evaluate_lines(tracks(*pieces), truth).at(0.25)
    assert (score.completeness, score.correctness) == (1.0, 1.0)
    score = evaluate_lines(truth, tracks(*pieces)).at(0.25)
    assert (score.completeness, score.correctness) == (1.0, 1.0)


def test_one_prediction_between_two_tracks_matches_one(tracks):
    truth = tracks([(0, 0), (100, 0)], [(0, 0.3), (100, 0.3)])
    score = evaluate_lines(tracks([(0, 0.1), (100, 0.1)]), truth).at(0.25)
    assert score.completeness == pytest.approx(0.5)
    assert score.correctness == 1.0
    assert score.rmse_m == pytest.approx(0.1)


def test_shifted_pair_is_matched_pairwise(tracks):
    # The first is nearer to the second track, but then the second would be unmatched.
    truth = tracks([(0, 0), (100, 0)], [(0, 0.1), (100, 0.1)])
    predicted = tracks([(0, 0.08), (100, 0.08)], [(0, 0.18), (100, 0.18)])
    score = evaluate_lines(predicted, truth).at(0.1)
    assert (score.completeness, score.correctness) == (1.0, 1.0)
    assert score.rmse_m == pytest.approx(0.08)
    assert score.wrong_track_m == 0.0


def test_better_prediction_wins_a_track(tracks):
    truth = tracks([(0, 0), (100, 0)])
    predicted = tracks([(0, 0.2), (100, 0.2)], [(0, -0.1), (100, -0.1)])
    score = evaluate_lines(predicted, truth).at(0.25)
    assert score.rmse_m == pytest.approx(0.1)
    assert score.duplicate_m == pytest.approx(100)


def test_crossing_line_matches_nothing_within_the_heading_gate(tracks):
    truth = tracks([(0, 0), (200, 0)])
    across = tracks([(90, -10), (110, 10)])
    score = evaluate_lines(across, truth).at(1.0)
    assert (score.completeness, score.correctness) == (0.0, 0.0)
    open_gate = evaluate_lines(across, truth, heading_deg=60).at(1.0)
    # Within 1 m of the track the slanted line is 2 * sqrt(2) m long and covers 2 m.
    assert open_gate.correct_m == pytest.approx(2 * np.sqrt(2), abs=2 * STEP)


def test_parallel_tracks_are_distinguished(tracks):
    truth = tracks([(0, 0), (500, 0)], [(0, 4), (500, 4)])
    score = evaluate_lines(tracks([(0, 4.1), (500, 4.1)]), truth).at(1.0)
    assert score.completeness == pytest.approx(0.5)
    assert score.correctness == 1.0
    assert score.rmse_m == pytest.approx(0.1)
    between = evaluate_lines(tracks([(0, 2), (500, 2)]), truth).at(1.0)
    assert (between.completeness, between.correctness) == (0.0, 0.0)
    assert between.beside_m == pytest.approx(500)


def test_change_of_tracks_is_wrong_track(tracks):
    truth = tracks([(0, 0), (500, 0)], [(0, 4), (500, 4)])
    hop = tracks([(0, 0), (300, 0), (340, 4), (500, 4)])
    score = evaluate_lines(hop, truth).at(0.5)
    assert score.wrong_track_m == pytest.approx(160, abs=6)
    assert score.correct_m == pytest.approx(460, abs=12)


def test_true_crossover_is_not_a_wrong_track(tracks):
    crossover = [(300, 0), (340, 4)]
    truth = tracks(
        [(0, 0), (300, 0)],
        [(300, 0), (500, 0)],
        [(0, 4), (340, 4)],
        [(340, 4), (500, 4)],
        crossover,
    )
    hop = tracks([(0, 0), (300, 0), (340, 4), (500, 4)])
    score = evaluate_lines(hop, truth).at(0.5)
    assert score.wrong_track_m == 0.0
    assert score.correctness == 1.0


def test_reversal_at_a_switch_is_wrong_track(tracks):
    # A stem forks at x = 100; the prediction runs from one leg into the other 20 m past the fork.
    truth = tracks([(0, 0), (100, 0)], [(100, 0), (300, 0)], [(100, 0), (300, 20)])
    predicted = tracks([(300, 0), (120, 0), (120, 2), (300, 20)])
    score = evaluate_lines(predicted, truth).at(0.5)
    assert score.wrong_track_m == pytest.approx(180, abs=3)


def test_ignore_removes_both_sides(tracks):
    truth = tracks([(0, 0), (100, 0)])
    predicted = tracks([(0, 0), (80, 0)], [(60, 10), (100, 10)])
    ignore = local_box(50, -20, 100, 20)
    scores = evaluate_lines(predicted, truth, ignore=ignore)
    assert scores.truth_m == pytest.approx(50)
    assert scores.predicted_m == pytest.approx(50)
    assert scores.at(0.25).quality == 1.0


def test_match_across_the_edge_of_an_ignored_area_counts(tracks):
    # The truth is 5 cm inside the ignored part, the prediction 5 cm outside.
    predicted, truth = tracks([(0, 0.05), (100, 0.05)]), tracks([(0, -0.05), (100, -0.05)])
    scores = evaluate_lines(predicted, truth, ignore=local_box(-1, -10, 101, 0))
    assert scores.truth_m == 0.0
    assert scores.at(0.25).correctness == 1.0
    assert scores.at(0.25).completeness is None


def test_area_limits_what_is_judged(tracks):
    truth = tracks([(0, 0), (100, 0)])
    scores = evaluate_lines(tracks([(0, 0), (50, 0)]), truth, area=local_box(0, -5, 60, 5))
    assert scores.truth_m == pytest.approx(60)
    assert scores.at(0.25).completeness == pytest.approx(50 / 60, abs=0.01)


def test_ignore_polygons_of_the_truth_itself(tracks):
    truth = tracks([(0, 0), (50, 0)], [(50, 0), (100, 0)], ignore=[None, None])
    truth.loc[2] = [True, local_box(50, -5, 101, 5)]
    scores = evaluate_lines(tracks([(0, 0), (50, 0)]), truth.set_crs("EPSG:25832"))
    assert scores.truth_m == pytest.approx(50)
    assert scores.at(0.25).completeness == 1.0


def test_completeness_without_occluded_parts(tracks):
    truth = tracks([(0, 0), (75, 0)], [(75, 0), (100, 0)], occluded=[False, True])
    scores = evaluate_lines(tracks([(0, 0), (75, 0)]), truth)
    assert scores.visible_truth_m == pytest.approx(75)
    assert scores.at(0.25).completeness == pytest.approx(0.75, abs=0.003)
    assert scores.at(0.25).completeness_visible == 1.0


def test_staircase_of_pixels_passes_the_heading_gate(tracks):
    # A skeleton at 0.1 m along a line of slope 1/2: headings of single steps are 0 and 45 degrees.
    rows = np.arange(0, 1000)
    stairs = [(0.1 * n, 0.1 * (n // 2)) for n in rows]
    truth = tracks([(0, -0.025), (99.9, 49.925)])
    score = evaluate_lines(tracks(stairs), truth).at(0.1)
    assert score.correctness == 1.0
    assert score.completeness == pytest.approx(1.0, abs=0.003)


def test_degrees_and_another_zone_give_the_same_metres(tracks):
    truth = tracks([(0, 0), (1000, 0)])
    predicted = tracks([(0, 0.2), (900, 0.2)])
    plain = evaluate_lines(predicted, truth).at(0.25)
    for left, right in (("EPSG:4326", "EPSG:25832"), ("EPSG:25833", "EPSG:4326"),
                        ("EPSG:3857", "EPSG:3857")):  # fmt: skip
        score = evaluate_lines(predicted.to_crs(left), truth.to_crs(right)).at(0.25)
        assert score.completeness == pytest.approx(plain.completeness, abs=1e-3)
        assert score.rmse_m == pytest.approx(0.2, abs=2e-3)
        assert score.matched_m == pytest.approx(plain.matched_m, rel=1e-3)


def test_empty_prediction_and_empty_truth(tracks):
    some, none = tracks([(0, 0), (100, 0)]), tracks()
    score = evaluate_lines(none, some).at(0.5)
    assert (score.completeness, score.correctness) == (0.0, None)
    assert score.missed_m == pytest.approx(100)
    score = evaluate_lines(some, none).at(0.5)
    assert (score.completeness, score.correctness) == (None, 0.0)
    assert score.false_m == pytest.approx(100)


def test_parts_add_up(tracks):
    truth = tracks([(0, 0), (300, 0)], [(0, 4), (300, 4)])
    predicted = tracks([(0, 0.1), (200, 0.1)], [(50, 0.2), (80, 0.2)], [(0, 20), (40, 20)])
    scores = evaluate_lines(predicted, truth)
    score, parts = scores.at(0.5), scores.parts[0.5]
    length = parts.geometry.length.groupby(parts["status"]).sum()
    assert length["matched"] == pytest.approx(score.correct_m)
    assert length["duplicate"] == pytest.approx(score.duplicate_m)
    assert length["false"] == pytest.approx(score.false_m)
    assert length["missed"] == pytest.approx(score.missed_m)
    assert score.correct_m + score.duplicate_m + score.false_m == pytest.approx(scores.predicted_m)
    assert score.matched_m + score.missed_m == pytest.approx(scores.truth_m)
    assert parts.crs == truth.crs


def test_order_of_lines_does_not_matter(tracks):
    rng = np.random.default_rng(5)
    truth = tracks(*[[(0, 4.5 * k), (200, 4.5 * k)] for k in range(6)])
    wild = [
        [(x, 4.5 * k + rng.normal(0, 0.3)) for x in range(0, 201, 20)] for k in range(6)
    ]  # fmt: skip
    predicted = tracks(*wild)
    first = evaluate_lines(predicted, truth)
    again = evaluate_lines(predicted.iloc[::-1], truth.iloc[::-1])
    for a, b in zip(first.tolerances, again.tolerances, strict=True):
        assert a.completeness == pytest.approx(b.completeness)
        assert a.correctness == pytest.approx(b.correctness)
        assert a.rmse_m == pytest.approx(b.rmse_m)


def test_same_input_same_scores(tracks):
    truth = tracks([(0, 0), (100, 0)], [(0, 0.2), (100, 0.2)])
    predicted = tracks([(0, 0.1), (100, 0.1)], [(0, 0.1), (100, 0.1)])
    assert evaluate_lines(predicted, truth) == evaluate_lines(predicted, truth)


@pytest.mark.parametrize(
    "wrong",
    [{"tolerances": ()}, {"tolerances": (-1.0,)}, {"heading_deg": 0.0}, {"step": 0.0}],
)
def test_parameters_out_of_range(tracks, wrong):
    line = tracks([(0, 0), (100, 0)])
    with pytest.raises(UsageError):
        evaluate_lines(line, line, **wrong)


def test_tolerance_not_evaluated(tracks):
    line = tracks([(0, 0), (100, 0)])
    with pytest.raises(UsageError, match=r"0\.3 m"):
        evaluate_lines(line, line).at(0.3)


@pytest.mark.slow
def test_hundred_kilometres():
    x = np.arange(0, 4000, 5.0)
    lines = [
        LineString(np.column_stack([EAST + x, NORTH + 4.5 * k + 30 * np.sin(x / 900)]))
        for k in range(25)
    ]
    truth = gpd.GeoDataFrame(geometry=lines, crs="EPSG:25832")
    score = evaluate_lines(truth, truth, tolerances=[0.25]).at(0.25)
    assert (score.completeness, score.correctness) == (1.0, 1.0)
