"""Cached features, training and its scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from railmap.errors import UsageError
from railmap.nets.scene_networks import build_scene_network
from railmap.progress import NullReporter
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.data.scores import score
from railmap.scenes.data.split import split_dataset
from railmap.scenes.training.features import cached_features
from railmap.scenes.training.fitting import FittedScenes, SceneRecipe, fit_scenes
from railmap.scenes.training.module import Photographs, swap_boxes


def test_scores_are_counted() -> None:
    probabilities = np.array(
        [[0.5, 0.3, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.4, 0.3]]
    )
    found = score(probabilities, np.array([0, 1, 3, 2]))
    assert found.top1 == 0.5
    assert found.top3 == 0.75
    assert found.class_top1.tolist() == [1, 0, 1, 0]
    assert found.confusion[1].tolist() == [0, 0, 0, 1]
    few = score(probabilities[:, :3], np.array([0, 1, 1, 2]))
    assert few.top3 is None  # among three classes every class is one of the first three


def test_swapped_boxes_change_nothing_else() -> None:
    torch.manual_seed(0)
    pixels = torch.arange(64, dtype=torch.uint8).view(64, 1, 1, 1).expand(64, 3, 8, 8).clone()
    found = swap_boxes(pixels, ((0.5, 0.75, 1.0, 1.0),))
    changed = found != pixels
    assert changed[:, :, 6:, 4:].any()
    changed[:, :, 6:, 4:] = False
    assert not changed.any()
    assert 12 <= int((found[:, 0, 7, 7] != pixels[:, 0, 7, 7]).sum()) <= 50


def test_features_are_cached_and_reused(photo_set: Path, tmp_path: Path) -> None:
    data = read_dataset(photo_set, NullReporter())
    data = split_dataset(data.take(np.arange(len(data)) % 10 == 0))
    (tmp_path / "set" / "tunnel").mkdir(parents=True)
    network = build_scene_network("resnet50-improved", 4)
    prepare = Photographs((0.5,) * 3, (0.5,) * 3)
    file = tmp_path / "features.safetensors"

    def keep(reporter: NullReporter, draws: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
        found = cached_features(network, data, 64, prepare, file, reporter, draws=draws)
        return found.clean, found.draws

    class Messages(NullReporter):
        text = ""

        def message(self, text: str) -> None:
            self.text += text

    clean, draws = keep(NullReporter())
    assert clean.shape == (16, 2048)
    assert draws.shape == (2, 16, 2048)
    assert not torch.equal(draws[0], draws[1])
    with torch.inference_mode():
        from railmap.scenes.data.dataset import read_pixels

        pixels = torch.from_numpy(read_pixels(data, 64, NullReporter())[1])
        direct = network.eval().backbone(prepare.eval()(pixels)).mean((2, 3))
    torch.testing.assert_close(clean, direct, rtol=1e-3, atol=1e-4)
    messages = Messages()
    again, _ = keep(messages)
    assert "read from" in messages.text
    assert torch.equal(again, clean)
    with torch.no_grad():
        network.backbone.conv1.weight.mul_(1.1)  # type: ignore[union-attr, operator]
    messages = Messages()
    changed, _ = keep(messages)
    assert not messages.text
    assert not torch.equal(changed, clean)


def test_frozen_networks_need_weights(photo_set: Path, tmp_path: Path) -> None:
    data = read_dataset(photo_set, NullReporter())
    with pytest.raises(UsageError, match="needs ImageNet weights"):
        fit_scenes(data, SceneRecipe(), tmp_path)


def test_small_network_learns_the_rendered_scenes(fitted: FittedScenes) -> None:
    unseen = fitted.data.parts != "train"
    right = fitted.probabilities.argmax(axis=1) == fitted.data.labels
    assert right[unseen].mean() >= 0.8
    assert fitted.scores["test"].photos == 16
    assert fitted.scores["val"].photos == 32
