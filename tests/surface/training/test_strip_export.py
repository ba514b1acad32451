"""Networks of the paper as models: the numbers of PyTorch, on grey values as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")
import torch
from torch import nn

from railmap.models.defects import StripShape
from railmap.models.export.strips import export_strip_model
from railmap.nets.fcn import FCN8s, ModifiedFCN
from railmap.nets.segnet import SegNet59
from railmap.surface.data.rsdds import rendered_strips
from railmap.surface.model.strip_segment import StripSegmenter, open_segmenter
from railmap.surface.training.strip_networks import segment_strips
from railmap.surface.training.strips import FitSettings, fit_strips
from tests.helpers.commands import run_command

MEAN, DEVIATION = 97.5, 31.0


def lively(build: Callable[[], nn.Module]) -> nn.Module:
    """Random scores and batch norms, so that the answer depends on every layer."""
    torch.manual_seed(3)
    network = build()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
    return network.eval()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "columns"),
    [
        (partial(ModifiedFCN, 1), 160),
        (partial(ModifiedFCN, 2), 55),
        (partial(SegNet59, width=16), 55),
        (partial(FCN8s, width=16), 55),
    ],
    ids=["fcn-1", "fcn-2", "segnet-2", "fcn8s"],
)
def test_onnx_gives_torchs_numbers(
    build: Callable[[], nn.Module], columns: int, tmp_path: Path
) -> None:
    network, path = lively(build), tmp_path / "net.onnx"
    export_strip_model(
        network, "net", path, StripShape(100, columns), (MEAN, DEVIATION), version="1",
        training_data=[],
    )  # fmt: skip
    grey = np.random.default_rng(0).integers(0, 256, (3, 100, columns), np.uint8)
    grey[:, 40:60, 10:30] = 0  # flat: the pooling has ties
    segmenter = open_segmenter(path, threads=1)
    assert isinstance(segmenter, StripSegmenter)
    found = np.stack([segmenter.strip_probability(strip) for strip in grey])
    image = torch.from_numpy((grey.astype(np.float32) - MEAN) / DEVIATION)
    with torch.no_grad():
        logits = network(image[:, None].expand(-1, 3, -1, -1))
    expected = logits.softmax(1)[:, 1].numpy()
    assert expected.std() > 0.01
    # weights in half precision may change a probability by 0.002 of the values they are tried on
    np.testing.assert_allclose(found, expected, atol=6e-3)


@pytest.mark.slow
def test_a_run_becomes_a_model(tmp_path: Path) -> None:
    strips = rendered_strips(5, 2, (2, 2))
    run, out = tmp_path / "run", tmp_path / "segnet.onnx"
    settings = FitSettings(epochs=2, batch=4, rate=4e-3, seed=1, device="cpu")
    fit_strips("segnet", 2, strips, strips, run, settings, data="rendered")
    answer = run_command("export-model", run, "-o", out)
    assert answer.code == 0, answer.err
    segmenter = open_segmenter(out, threads=1)
    assert segmenter.model.network == "segnet59-2"
    assert segmenter.model.training_data[0]["name"] == "rendered"
    found = np.stack([segmenter.strip_probability(strip) for strip in strips.images])
    mean, deviation = float(strips.images.mean()), float(strips.images.std())
    expected = segment_strips(
        "segnet", 2, run / "weights.safetensors", strips.images, mean, deviation
    )
    assert ((found > 0.5) == expected).mean() > 0.999
    for words, code, part in (
        (("export-model", run, "-o", out), 3, "exists"),
        (("export-model", run, "-o", tmp_path / "b.onnx", "--gsd", 0.1), 2, "--gsd is for track"),
        (("export-model", run, "-o", tmp_path / "b.xml"), 2, "name it .onnx"),
    ):
        answer = run_command(*words)
        assert answer.code == code
        assert part in answer.line
