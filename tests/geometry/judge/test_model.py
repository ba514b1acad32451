"""The piece model: confidence, JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from railmap.errors import ModelError
from railmap.geometry.judge.features import FEATURES
from railmap.geometry.judge.model import PieceModel


def _model(**weights: float) -> PieceModel:
    return replace(
        PieceModel.neutral(), weights=tuple(weights.get(name, 0.0) for name in FEATURES), bias=-1.0
    )


def test_confidence_is_logistic() -> None:
    features = np.zeros((2, len(FEATURES)))
    features[1, 0] = 3.0
    found = _model(mean=2.0).confidence(features)
    np.testing.assert_allclose(found, 1 / (1 + np.exp([1.0, -5.0])))


def test_far_from_the_training_set_a_feature_is_limited() -> None:
    features = np.full((2, len(FEATURES)), 0.0)
    features[:, 0] = 4.0, 1e6
    near, far = _model(mean=1.0).confidence(features)
    assert near == far


def test_neutral_knows_nothing() -> None:
    assert PieceModel.neutral().confidence(np.ones((3, len(FEATURES)))).tolist() == [0.5] * 3


def test_json_round_trip() -> None:
    model = replace(_model(mean=0.1234567890123), record="12 pieces")
    assert PieceModel.from_json(model.to_json()) == model


def test_features_of_another_version_are_ignored() -> None:
    values = json.loads(_model().to_json())
    values["features"][0] = "colour"
    assert PieceModel.from_json(json.dumps(values)) is None


@pytest.mark.parametrize(
    "change",
    [{"mean": [1.0]}, {"bias": "much"}, {"deviation": [0.0] * len(FEATURES)}, {"bias": None}],
)
def test_wrong_numbers_are_refused(change: dict[str, object]) -> None:
    values = json.loads(_model().to_json()) | change
    with pytest.raises(ModelError, match="no usable piece model"):
        PieceModel.from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"features": 3}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="no usable piece model"):
        PieceModel.from_json(text)
