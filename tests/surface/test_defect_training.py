"""Training of the surface networks, small: it learns, it can be run again, it is exported."""

import json

import numpy as np
import pytest

pytest.importorskip("lightning")
import torch
from test_boxes import boxed_folder  # noqa: F401
from typer.testing import CliRunner

from railmap.cli.main import app
from railmap.errors import UsageError
from railmap.inference.package import model_folder
from railmap.surface.export import export_defect_model
from railmap.surface.fcn_training import (
    FitSettings,
    fit_strips,
    mean_softmax_cross_entropy,
)
from railmap.surface.model import load_defect_model
from railmap.surface.railnet_training import (
    RailNetSettings,
    fit_railnet,
    railnet_loss,
)
from railmap.surface.regions import RegionRule
from railmap.surface.rsdds import rendered_strips
from railmap.surface.segment import DefectSegmenter
from railmap.surface.splits import hold_out


def test_loss_is_equation_2():
    logits = torch.tensor([[[[2.0, 0.0]], [[0.0, 1.0]]]])
    truth = torch.tensor([[[0, 1]]])
    by_hand = -(np.log(np.e**2 / (np.e**2 + 1)) + np.log(np.e / (1 + np.e))) / 2
    assert float(mean_softmax_cross_entropy(logits, truth)) == pytest.approx(by_hand, rel=1e-6)


def test_railnet_loss_is_least_where_it_is_right():
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


def test_strips_are_learnt(tmp_path):
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


def test_railnet_is_trained_and_exported(boxed_folder, tmp_path):  # noqa: F811
    folder = tmp_path / "run"
    settings = RailNetSettings(epochs=1, batch=4, device="cpu")
    network = fit_railnet(boxed_folder, folder, settings)
    log = next((folder / "log").rglob("metrics.csv")).read_text()
    assert "val_recall" in log.splitlines()[0]
    path = tmp_path / "own.onnx"
    rule = RegionRule(0.6, 0.2, 3)
    export_defect_model(network, path, rule, version="9", training_data=[{"name": "test"}])
    model = load_defect_model(path)
    assert (model.rule, model.version) == (rule, "9")
    assert model.weights is not None
    strip = np.random.default_rng(0).integers(0, 255, (128, 320)).astype(np.uint8)
    from railmap.surface.strip import strip_channels

    with torch.no_grad():
        logits = network(torch.from_numpy(strip_channels(strip))[None]).float()
    segmenter = DefectSegmenter(path, threads=1, flips=False)
    maps = segmenter.strip_probability(strip)
    assert np.abs(maps[:3] - torch.sigmoid(logits)[0, :3].numpy()).max() < 2e-3
    assert np.abs(maps[3:].sum(axis=0) - 1).max() < 1e-3


def test_lab_tables(tmp_path):
    run = CliRunner().invoke
    result = run(app, ["lab", "defects", "--table", "1", "--types", "2", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "12,163,042 | 12,163,042" in (tmp_path / "table-1.md").read_text()
    for words, text in (
        (["--table", "4"], "there are 1, 2, 3, 5, 6, 7"),
        ([], "give --table N or --boxes"),
        (["--table", "7", "--types", "3"], "--types 3"),
        (["--table", "7", "--models", "unet"], "--models unet"),
        (["--table", "7", "--folds", "6"], "--folds 6"),
    ):
        result = run(app, ["lab", "defects", *words, "-o", str(tmp_path)])
        assert result.exit_code == 2
        assert text in result.output


def test_lab_judges_boxes(boxed_folder, tmp_path):  # noqa: F811
    if not (model_folder() / "defects.onnx").is_file():
        pytest.skip("no defect model here")
    words = ["--boxes", str(boxed_folder), "-o", str(tmp_path)]
    result = CliRunner().invoke(app, ["lab", "defects", *words])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "boxes-val.md").read_text()
    assert "of 2 defects found" in text
    assert "Model defects" in text
