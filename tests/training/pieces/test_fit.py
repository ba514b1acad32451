"""The piece model is fitted and calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.judge.features import FEATURES
from railmap.training.pieces.fit import calibration, cross_validate, fit_pieces
from railmap.training.pieces.samples import Pieces


def _pieces(seed: int = 0, n: int = 800) -> Pieces:
    """Pieces whose log-odds are three times their first feature."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, len(FEATURES)))
    odds = 1 / (1 + np.exp(-3 * features[:, 0]))
    share = (rng.random(n) < odds).astype(float)
    return Pieces(features, share, np.full(n, 10.0), np.repeat(["a", "b", "c", "d"], n // 4))


def test_fit_finds_the_feature_that_counts() -> None:
    model = fit_pieces(_pieces(), "test")
    assert model.weights[0] == pytest.approx(3, abs=0.6)
    assert np.abs(model.weights[1:]).max() < 0.4
    assert model.record == "test"


def test_left_out_sites_are_calibrated() -> None:
    pieces = _pieces()
    found = calibration(cross_validate(pieces), pieces.share, pieces.length)
    assert found.error < 0.06
    assert found.weight.sum() == pytest.approx(1)


def test_calibration_of_a_boaster() -> None:
    share = np.tile([1.0, 0.0], 50)
    found = calibration(np.full(100, 0.95), share, np.ones(100))
    assert found.error == pytest.approx(0.45)
    assert np.isnan(found.right[:9]).all()
