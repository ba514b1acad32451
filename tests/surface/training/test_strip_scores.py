"""Scores of strips, counted by hand."""

import numpy as np
import pytest

from railmap.surface.training.strip_scores import Counts, SurfaceScores


def test_scores_of_known_counts():
    truth = np.zeros((10, 10), bool)
    truth[:2] = True
    predicted = np.zeros_like(truth)
    predicted[1:3] = True
    counts = Counts.of(predicted, truth)
    assert counts == Counts(10, 10, 10, 70)
    scores = SurfaceScores.of(counts + counts)
    assert scores.f1 == pytest.approx(0.5)
    assert scores.iou == pytest.approx(1 / 3)
    assert scores.mean_iou == pytest.approx((1 / 3 + 7 / 9) / 2)
    assert scores.accuracy == pytest.approx(0.8)
    # the paper's own columns: IoU follows from F1
    assert pytest.approx(0.898, abs=0.001) == 0.946 / (2 - 0.946)
