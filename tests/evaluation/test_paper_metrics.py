"""The track paper's metrics against counted examples."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.errors import InputError, UsageError
from railmap.evaluation.paper_metrics import (
    COLUMNS,
    clean_mask,
    paper_scores,
    prediction_times,
)


def mask(text: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in text.split()])


def target(text: str) -> np.ndarray:
    """``#`` track, ``.`` none, ``?`` not judged."""
    values = {"#": 254, ".": 0, "?": 255}
    return np.array([[values[c] for c in row] for row in text.split()], np.uint8)


# --- Equations 3 to 8


def test_the_papers_ratios_by_hand() -> None:
    found = mask("##.. ##.. .... ...#")
    true = target("#... ##.# .... ....")
    # TP 3, FP 2, FN 1, TN 10.
    scores = paper_scores([found], [true])
    assert scores.iou == pytest.approx(3 / 6)
    assert scores.miou == pytest.approx((3 / 6 + 10 / 13) / 2)
    assert scores.cpa == pytest.approx(3 / 5)
    assert scores.mpa == pytest.approx((3 / 5 + 10 / 11) / 2)
    assert scores.recall == pytest.approx(3 / 4)
    assert scores.accuracy == pytest.approx(13 / 16)
    assert scores.row() == pytest.approx(
        [50, 50 * (3 / 6 + 10 / 13), 60, 50 * (3 / 5 + 10 / 11), 75, 81.25]
    )
    assert COLUMNS == ("IoU", "MIoU", "CPA", "MPA", "Recall", "Accuracy")


def test_images_are_counted_together_without_excluded_pixels() -> None:
    scores = paper_scores([mask("#. #."), mask("##")], [target("#? .."), target("#.")])
    # TP 2, FP 2, FN 0, TN 1.
    assert (scores.iou, scores.recall, scores.accuracy) == (0.5, 1.0, 0.6)


def test_nothing_found_has_no_precision() -> None:
    scores = paper_scores([mask("....")], [target("#...")])
    assert (scores.cpa, scores.iou, scores.recall) == (None, 0.0, 0.0)
    assert scores.row()[2] is None


def test_a_tent_is_track_from_half_height_on() -> None:
    tent = np.array([[126, 127, 254, 255]], np.uint8)
    assert paper_scores([mask(".##.")], [tent]).accuracy == 1.0


def test_sizes_and_numbers_must_fit() -> None:
    with pytest.raises(InputError, match="2 predictions for 1 targets"):
        paper_scores([mask("#"), mask("#")], [target("#")])
    with pytest.raises(InputError, match="differ in size"):
        paper_scores([mask("##")], [target("#")])


# --- Morphology


def test_opening_removes_spots_and_closing_fills_holes() -> None:
    before = mask(
        """..........
           .######.#.
           .######...
           .###.##...
           .######...
           .######...
           ..........
           ...#......"""
    )
    after = mask(
        """..........
           .######...
           .######...
           .######...
           .######...
           .######...
           ..........
           .........."""
    )
    # Opening removes a ring around a hole of its size, which closing cannot restore completely.
    # So the hole is filled first, to show each step alone.
    filled = before.copy()
    filled[3, 4] = True
    assert (clean_mask(filled, 3) == after).all()
    wide = np.ones((20, 20), bool)
    wide[10, 10] = False
    assert clean_mask(wide, 3).all()
    scores = paper_scores([filled], [np.where(after, 254, 0).astype(np.uint8)], kernel=3)
    assert scores.accuracy == 1.0
    assert (clean_mask(before, 1) == before).all()


def test_tracks_that_leave_the_image_are_unchanged() -> None:
    track = np.zeros((40, 40), bool)
    track[:, 10:20] = True
    assert (clean_mask(track, 5) == track).all()


def test_the_kernel_must_be_odd() -> None:
    with pytest.raises(UsageError, match="odd number of pixels, not 4"):
        clean_mask(mask("#"), 4)


# --- Prediction time


def test_times_are_the_minimum_of_alternating_runs() -> None:
    now = 0.0
    turns: list[str] = []
    costs = {"a": iter([9.0, 3.0, 1.0, 2.0, 5.0, 5.0, 5.0]), "b": iter([9.0, 4, 6, 8, 7, 7, 7])}

    def runner(name: str):
        def predict(image: np.ndarray) -> np.ndarray:
            nonlocal now
            turns.append(name)
            now += next(costs[name])
            return image[..., 0] > 0

        return predict

    images = [np.zeros((4, 4, 3), np.uint8)] * 2
    seconds = prediction_times(
        {"a": runner("a"), "b": runner("b")}, images, rounds=3, clock=lambda: now
    )
    assert seconds == {"a": (1.0 + 5.0) / 2, "b": (4.0 + 7.0) / 2}
    assert turns == ["a", "b"] * 7
    with pytest.raises(UsageError, match="one image and one round"):
        prediction_times({}, [])
