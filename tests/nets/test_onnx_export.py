from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
import torch
from torch import nn

from railmap.errors import OutputError
from railmap.nets import ModelMetadata, build_network, export_model

SLIM = "deeplabv3plus-mobilenetv3-carafe-slim"
TILE = 64
METADATA = ModelMetadata(
    name="tracks",
    version="1",
    gsd=0.1,
    network=SLIM,
    tile_size=TILE,
    training_data=({"name": "rendered", "licence": "Apache-2.0"},),
    source_commit="abc",
)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """A network whose output varies, as an untrained one's hardly does."""
    torch.manual_seed(0)
    network = build_network(SLIM)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # plain mean over the batches seen
    with torch.no_grad():
        network(images(4, 3, 128, 128))
    nn.init.normal_(network.carafe_logits.encode.weight, std=0.1)
    nn.init.normal_(network.classify.weight, std=0.1)
    return network.eval()


@pytest.fixture(scope="module")
def package(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tracks.onnx"
    export_model(network, path, METADATA)
    return path


def images(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(4))


def expected(network: nn.Module, image: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        probability = torch.sigmoid(network(image)).numpy()
    assert 0.02 < probability.std() < 0.4  # else agreement would say nothing
    return probability


def test_onnxruntime_agrees(network: nn.Module, package: Path) -> None:
    image = images(1, 3, TILE, TILE)
    session = onnxruntime.InferenceSession(package, providers=["CPUExecutionProvider"])
    (got,) = session.run(["probability"], {"image": image.numpy()})
    assert np.abs(got - expected(network, image)).max() < 2e-3


@pytest.mark.parametrize("shape", [(1, 3, TILE, TILE), (3, 3, TILE, TILE), (2, 3, 96, 160)])
def test_openvino_agrees_at_any_shape(
    network: nn.Module, package: Path, shape: tuple[int, ...]
) -> None:
    core = openvino.Core()
    model = core.read_model(package)
    model.reshape(list(shape))
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    image = images(*shape)
    got = compiled([image.numpy()])[0]
    assert np.abs(got - expected(network, image)).max() < 2e-3


def test_shape_is_static_as_deepness_needs(package: Path) -> None:
    session = onnxruntime.InferenceSession(package, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [1, 3, TILE, TILE]
    assert session.get_outputs()[0].shape == [1, 1, TILE, TILE]
    assert session.get_inputs()[0].name == "image"
    assert session.get_outputs()[0].name == "probability"


def test_metadata_as_deepness_parses_it(package: Path) -> None:
    session = onnxruntime.InferenceSession(package, providers=["CPUExecutionProvider"])
    props = session.get_modelmeta().custom_metadata_map
    values = {key: json.loads(text) for key, text in props.items()}
    assert values["model_type"] == "Segmentor"
    assert values["class_names"] == {"0": "background", "1": "track"}
    assert values["resolution"] == 10.0
    assert values["tile_size"] == TILE
    assert values["tiles_overlap"] == 25
    assert values["seg_thresh"] == values["threshold"] == 0.5
    assert values["standardization_mean"] == [0.485, 0.456, 0.406]
    assert values["standardization_std"] == [0.229, 0.224, 0.225]
    assert values["railmap_name"] == "tracks"
    assert values["railmap_version"] == "1"
    assert values["network"] == SLIM
    assert values["training_data"] == [{"name": "rendered", "licence": "Apache-2.0"}]
    assert values["source_commit"] == "abc"
    assert values["target_profile"] == "tent"
    weights = package.with_suffix(".safetensors").read_bytes()
    assert values["safetensors_sha256"] == hashlib.sha256(weights).hexdigest()


def test_weights_beside_give_the_same_network(network: nn.Module, package: Path) -> None:
    again = build_network(SLIM, weights=package.with_suffix(".safetensors")).eval()
    image = images(1, 3, TILE, TILE)
    np.testing.assert_array_equal(expected(again, image), expected(network, image))


def test_nothing_of_the_exporting_machine_is_inside(package: Path) -> None:
    model = onnx.load(package)
    assert all(not node.metadata_props and not node.doc_string for node in model.graph.node)
    assert str(Path(__file__).parents[2]).encode() not in package.read_bytes()


def test_unwritable_place(network: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        export_model(network, tmp_path / "no folder" / "tracks.onnx", METADATA)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["l-unet"])
def test_networks_of_the_tables_export_too(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build_network(name)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None
    with torch.no_grad():
        network(images(2, 3, 96, 128))
        nn.init.normal_(network.classify.weight, std=0.5)
    network.eval()
    path = tmp_path / "own.onnx"
    export_model(network, path, replace(METADATA, network=name))
    model = openvino.Core().read_model(path)
    model.reshape([1, 3, 96, 128])
    hint = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", hint)
    image = images(1, 3, 96, 128)
    with torch.no_grad():
        wanted = torch.sigmoid(network(image)).numpy()
    assert wanted.std() > 0.01
    np.testing.assert_allclose(compiled([image.numpy()])[0], wanted, atol=2e-3)
