"""Short trainings of the surface networks: the loss falls, the result is exported."""

import json

import numpy as np
import pytest

pytest.importorskip("lightning")
import torch

from railmap.errors import OutputError, UsageError
from railmap.models.defects import RegionRule
from railmap.models.export.defects import export_defect_model
from railmap.models.package import load_model
from railmap.surface.data.rsdds import rendered_strips
from railmap.surface.data.splits import hold_out
from railmap.surface.model.segment import DefectSegmenter
from railmap.surface.training.railnet import (
    RailNetSettings,
    fit_railnet,
    railnet_loss,
)
from railmap.surface.training.strips import (
    FitSettings,
    _flip_at_random,
    _rate_factor,
    fit_strips,
    mean_softmax_cross_entropy,
)


def test_resumed_training_equals_an_uninterrupted_one(tmp_path):
    strips = rendered_strips(5, 2, (4, 4, 4, 4))
    train, test = hold_out(strips.rails, 1)
    data = strips.take(train), strips.take(test)

    def fit(name, epochs, resume=False):
        settings = FitSettings(epochs=epochs, batch=8, seed=1, device="cpu")
        return fit_strips("segnet", 2, *data, tmp_path / name, settings, resume=resume)

    whole = fit("whole", 3)
    fit("parts", 2)
    parts = fit("parts", 3, resume=True)
    assert [line["loss"] for line in parts.history] == [line["loss"] for line in whole.history]
    assert (parts.steps, parts.loss, parts.scores) == (whole.steps, whole.loss, whole.scores)
    with pytest.raises(OutputError, match="nothing to resume"):
        fit("new", 1, resume=True)


def test_loss_is_equation_2():
    logits = torch.tensor([[[[2.0, 0.0]], [[0.0, 1.0]]]])
    truth = torch.tensor([[[0, 1]]])
    by_hand = -(np.log(np.e**2 / (np.e**2 + 1)) + np.log(np.e / (1 + np.e))) / 2
    assert float(mean_softmax_cross_entropy(logits, truth)) == pytest.approx(by_hand, rel=1e-6)


def test_railnet_loss_is_lowest_for_correct_logits():
    truth = torch.zeros(1, 3, 8, 8)
    truth[0, 0, 2:5, 2:5] = 1
    kinds = torch.full((1, 8, 8), -1)
    kinds[0, 2:5, 2:5] = 1
    right = torch.full((1, 9, 8, 8), -6.0)
    right[0, 0, 2:5, 2:5] = 6
    right[0, 4] = 6
    weight = torch.ones_like(truth)
    wrong_kind = right.clone()
    wrong_kind[0, 4], wrong_kind[0, 5] = -6, 6
    losses = [float(railnet_loss(x, truth, weight, kinds)) for x in (right, wrong_kind, -right)]
    assert losses[0] < 0.2 < losses[1] < losses[2]
    silent = float(railnet_loss(-right, truth, torch.zeros_like(truth), torch.full_like(kinds, -1)))
    assert silent < losses[0]


def test_training_on_strips_lowers_the_loss(tmp_path):
    strips = rendered_strips(5, 2, (4, 4, 4, 4))
    train, test = hold_out(strips.rails, 1)
    settings = FitSettings(epochs=3, batch=8, rate=2e-3, seed=1, device="cpu")
    result = fit_strips("segnet", 2, strips.take(train), strips.take(test), tmp_path, settings)
    losses = [line["loss"] for line in result.history]
    assert [line["epoch"] for line in result.history] == [1, 2, 3]
    assert losses[-1] < losses[0]
    assert result.step_seconds > 0
    assert (tmp_path / "weights.safetensors").is_file()
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["config"]["model"] == "segnet"
    with pytest.raises(UsageError, match="no model is called"):
        fit_strips("unet", 2, strips, strips, tmp_path)


def test_stripnet_recipe_flips_strip_and_truth_together_and_lowers_the_rate():
    torch.manual_seed(0)
    truth = torch.randint(0, 2, (16, 6, 5))
    images = truth[:, None].expand(-1, 3, -1, -1).float()
    turned, turned_truth = _flip_at_random(images, truth)
    assert torch.equal(turned[:, 0].long(), turned_truth)
    unchanged = [torch.equal(t, u) for t, u in zip(truth, turned_truth, strict=True)]
    assert any(unchanged)
    assert not all(unchanged)
    rates = [_rate_factor(p) for p in (0, 0.05, 0.1, 0.5, 1.0)]
    assert rates == pytest.approx([0.1, 0.55, 1.0, 0.587, 0.0], abs=1e-3)


def test_railnet_is_trained_and_exported(boxed_folder, tmp_path):
    folder = tmp_path / "run"
    settings = RailNetSettings(epochs=1, batch=4, rendered=2, device="cpu")
    network = fit_railnet(boxed_folder, folder, settings)
    log = next((folder / "log").rglob("metrics.csv")).read_text()
    assert "val_recall" in log.splitlines()[0]
    path = tmp_path / "own.onnx"
    rule = RegionRule(0.6, 0.2, 3)
    export_defect_model(network, path, rule, version="9", training_data=[{"name": "test"}])
    model = load_model(path, kind="defects")
    assert (model.rule, model.version) == (rule, "9")
    assert model.weights is not None
    strip = np.random.default_rng(0).integers(0, 255, (128, 320)).astype(np.uint8)
    from railmap.surface.model.strip import strip_channels

    with torch.no_grad():
        logits = network(torch.from_numpy(strip_channels(strip))[None]).float()
    segmenter = DefectSegmenter(path, threads=1, careful=False)
    maps = segmenter.strip_probability(strip)
    assert np.abs(maps[:3] - torch.sigmoid(logits)[0, :3].numpy()).max() < 2e-3
    assert np.abs(maps[3:].sum(axis=0) - 1).max() < 1e-3
