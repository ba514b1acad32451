"""The classifier equals the trained network; missing weights are reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from railmap.errors import ModelError
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.explain.torch_network import load_torch, network_input
from railmap.scenes.training.fitting import FittedScenes


def test_exported_model_gives_torchs_probabilities_and_maps(
    scene_model: Path, fitted: FittedScenes
) -> None:
    classifier = SceneClassifier(scene_model, threads=1)
    assert classifier.classes == fitted.data.classes
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 255, (70, 130, 3), np.uint8), np.full((96, 96, 3), 200, np.uint8)]
    probabilities, maps = classifier.explain(photos)
    images = torch.cat([network_input(photo, classifier.package) for photo in photos])
    with torch.inference_mode():
        network = load_torch(classifier.package)  # with the weights of the file, half precision
        features: Tensor = network.backbone(images)
        expected = network.classify(features).softmax(1).numpy()
        heat = network.activation_maps(features).numpy()
        exact = fitted.network(images).softmax(1).numpy()
    np.testing.assert_allclose(probabilities, exact, atol=2e-3)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(maps, heat, atol=1e-4 * np.abs(heat).max())
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_without_weights_nothing_is_classified(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="railmap scenes teach"):
        SceneClassifier()
    with pytest.raises(ModelError, match="railmap scenes teach"):
        SceneClassifier(tmp_path / "missing.onnx")
    (tmp_path / "pickle.onnx").write_bytes(b"\x80\x04\x95junk")
    with pytest.raises(ModelError, match="pickled weights are refused"):
        SceneClassifier(tmp_path / "pickle.onnx")
