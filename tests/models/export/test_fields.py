"""A network with a second output, ``fields``, exported and run by every backend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
import torch
from torch import nn

from railmap.errors import ModelError
from railmap.inference import make_backend
from railmap.inference.backends.base import sample_tile
from railmap.models.export.tracks import export_model
from railmap.models.metadata import FIELD_CELL, FIELD_NAMES, ModelMetadata
from railmap.models.package import describe_model, load_model
from railmap.models.tensors import load_weights
from railmap.nets import build_network

NAME = "deeplabv3plus-efficientnetlite0cut-carafe-fields"
TILE = 64
METADATA = ModelMetadata("f", "1", 0.1, NAME, tile_size=TILE)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(3)
    network = build_network(NAME, channels=32)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # plain mean over the batches seen
    with torch.no_grad():
        network.heads(torch.randn(4, 3, 128, 128))
    nn.init.normal_(network.classify.weight, std=0.3)
    nn.init.normal_(network.fields[-1].weight, std=0.3)
    return network.eval()


@pytest.fixture(scope="module")
def path(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fields") / "f.onnx"
    export_model(network, path, METADATA)
    return path


def expected(network: nn.Module, tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (METADATA.mean, METADATA.std))
    with torch.no_grad():
        logits, fields = network.heads((torch.from_numpy(tiles).float() / 255 - mean) / std)
        fields[:, 2:4] = torch.sigmoid(fields[:, 2:4])
        return torch.sigmoid(logits)[:, 0].numpy(), fields.numpy()


def test_package_names_both_outputs(path: Path) -> None:
    outputs = onnx.load(path).graph.output
    sizes = {o.name: [d.dim_value for d in o.type.tensor_type.shape.dim] for o in outputs}
    assert list(sizes) == ["probability", "fields"]
    assert sizes["probability"] == [1, 1, TILE, TILE]
    assert sizes["fields"] == [1, len(FIELD_NAMES), TILE // FIELD_CELL, TILE // FIELD_CELL]
    package = load_model(path)
    assert package.output_name == "probability"
    assert package.field_names == FIELD_NAMES
    assert describe_model(path)["fields"] == list(FIELD_NAMES)


@pytest.mark.parametrize("device", ["cpu", "onnxruntime", "torch"])
def test_every_backend_gives_probability_and_fields(
    path: Path, network: nn.Module, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("railmap.nets.build_network", lambda name, **_: network)
    tile = sample_tile(TILE)
    tiles = np.stack([tile, tile[:, ::-1], tile[:, :, ::-1], tile[::-1], 255 - tile])
    backend = make_backend(load_model(path), device, threads=1, precision="fp32", batch=2)
    probability, fields = expected(network, tiles)
    assert probability.std() > 0.02
    assert fields.std(axis=(0, 2, 3)).min() > 1e-3
    count = 0
    for n, found in enumerate(backend.map(tiles)):
        np.testing.assert_allclose(found, probability[n], atol=2e-3)
        assert backend.fields is not None
        np.testing.assert_allclose(backend.fields, fields[n], atol=2e-3)
        count += 1
    assert count == len(tiles)


def test_probability_is_found_by_name_wherever_it_stands(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    first, second = list(model.graph.output)
    del model.graph.output[:]
    model.graph.output.extend([second, first])
    others = {p.key: p.value for p in model.metadata_props if p.key != "graph_sha256"}
    onnx.helper.set_model_props(model, others)
    swapped = tmp_path / "swapped.onnx"
    onnx.save(model, swapped)
    tile = sample_tile(TILE)[None]
    for device in ("cpu", "onnxruntime"):
        results = [
            make_backend(load_model(p), device, threads=1, precision="fp32").predict(tile)
            for p in (path, swapped)
        ]
        np.testing.assert_array_equal(*results)


def test_no_size_is_baked_in(path: Path) -> None:
    model = openvino.Core().read_model(path)
    model.reshape([2, 3, 96, 128])
    assert [list(o.shape) for o in model.outputs] == [[2, 1, 96, 128], [2, 6, 24, 32]]


def test_names_that_do_not_match_the_output_are_refused(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "field_names":
            entry.value = json.dumps(["cos2", "sin2"])
    onnx.save(model, tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match="export the model again"):
        load_model(tmp_path / "bad.onnx")


def test_fields_that_carry_no_names_are_ignored(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    kept = {e.key: e.value for e in model.metadata_props if e.key != "field_names"}
    onnx.helper.set_model_props(model, kept)
    onnx.save(model, tmp_path / "foreign.onnx")
    package = load_model(tmp_path / "foreign.onnx")
    assert package.field_names == ()
    backend = make_backend(package, "cpu", threads=1, precision="fp32")
    backend.predict(sample_tile(TILE)[None])
    assert backend.fields is None


def test_fields_can_be_left_out_for_deepness(
    path: Path, network: nn.Module, tmp_path: Path
) -> None:
    export_model(network, tmp_path / "one.onnx", METADATA, fields=False)
    assert [o.name for o in onnx.load(tmp_path / "one.onnx").graph.output] == ["probability"]
    tile = sample_tile(TILE)[None]
    results = [
        make_backend(load_model(p), "cpu", threads=1, precision="fp32").predict(tile)
        for p in (path, tmp_path / "one.onnx")
    ]
    np.testing.assert_allclose(*results, atol=2e-3)  # one of them may be in half precision
    load_weights(build_network(NAME, channels=32), tmp_path / "one.onnx")  # its head stays as it is


def test_a_network_without_fields_has_one_output(tmp_path: Path) -> None:
    name = "deeplabv3plus-efficientnetlite0cut-carafe-slim"
    path = tmp_path / "slim.onnx"
    export_model(build_network(name, channels=32), path, replace(METADATA, network=name))
    assert [o.name for o in onnx.load(path).graph.output] == ["probability"]
    assert load_model(path).field_names == ()
