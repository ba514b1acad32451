from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
import torch
from torch import nn

from railmap.errors import OutputError
from railmap.models.export.half import fits_half
from railmap.models.export.tracks import export_model
from railmap.models.metadata import ModelMetadata
from railmap.models.tensors import save_weights
from railmap.nets import build_network
from railmap.nets.carafe import Carafe
from tests.helpers.repository import REPOSITORY

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


def probability(network: nn.Module, image: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return torch.sigmoid(network(image)).numpy()


def expected(network: nn.Module, image: torch.Tensor) -> np.ndarray:
    wanted = probability(network, image)
    assert 0.02 < wanted.std() < 0.4  # else agreement would say nothing
    return wanted


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
    graph = onnx.load(package).graph.SerializeToString(deterministic=True)
    assert values["graph_sha256"] == hashlib.sha256(graph).hexdigest()
    assert values["package_format"] == 2


def test_weights_come_back_exact_to_half_precision(network: nn.Module, package: Path) -> None:
    assert {p.name for p in package.parent.iterdir()} == {package.name}
    again = build_network(SLIM, weights=package).state_dict()
    for key, value in network.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        wanted = value.half().float() if fits_half(value.shape) else value
        assert torch.equal(again[key], wanted), key
    size = sum(value.numel() for value in again.values())
    assert package.stat().st_size < 2.3 * size


def test_exporting_again_from_the_package_keeps_the_weights(package: Path, tmp_path: Path) -> None:
    first = build_network(SLIM, weights=package)
    export_model(first, tmp_path / "again.onnx", METADATA)
    again = build_network(SLIM, weights=tmp_path / "again.onnx").state_dict()
    assert all(torch.equal(again[key], value) for key, value in first.state_dict().items())


def test_nothing_of_the_exporting_machine_is_inside(package: Path) -> None:
    model = onnx.load(package)
    assert all(not node.metadata_props and not node.doc_string for node in model.graph.node)
    assert str(REPOSITORY).encode() not in package.read_bytes()


def test_unwritable_place(network: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        export_model(network, tmp_path / "no folder" / "tracks.onnx", METADATA)


_QUICK = ("deeplabv3plus-mobilenetv2-carafe", "l-unet")
# Each encoder, each upsampling, and each kind of decoder once.
_SLOW = (
    "deeplabv3plus-mobilenetv3-carafe-paper",
    "deeplabv3plus-xception-bilinear",
    "deeplabv3plus-efficientnetlite0-carafe-slim",
    "deeplabv3plus-efficientnetlite0cut-carafe-fields",
    "deeplabv3-resnet50",
    "u-net",
)
NAMES = [*_QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in _SLOW)]


def lively(name: str) -> nn.Module:
    """A network of random weights, the last of which make its output vary."""
    torch.manual_seed(0)
    network = build_network(name)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # plain mean over the batches seen
        if isinstance(part, Carafe):
            nn.init.normal_(part.encode.weight, std=0.1)
    convolutions = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    head = next(part for part in convolutions[::-1] if part.out_channels == 1)
    nn.init.normal_(head.weight)
    with torch.no_grad():
        network(images(2, 3, 96, 128))
        logits = network.eval()(images(1, 3, TILE, TILE))
        head.weight.mul_(1 / logits.std())
        assert head.bias is not None
        head.bias.sub_(head.bias + (logits - head.bias).mean() / logits.std())
    return network


@pytest.mark.parametrize("name", NAMES)
def test_networks_are_exported_from_its_weights(name: str, tmp_path: Path) -> None:
    from railmap.training.tracks.export import export_tracks

    network = lively(name)
    weights, out = tmp_path / "weights.safetensors", tmp_path / "own.onnx"
    save_weights(network, weights)
    try:
        export_tracks(weights, out, network=name, gsd=0.1, tile=TILE)
        session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
        image = images(1, 3, TILE, TILE)
        (got,) = session.run(["probability"], {"image": image.numpy()})
        np.testing.assert_allclose(got, expected(network, image), atol=2e-3)
        model = openvino.Core().read_model(out)
        model.reshape([2, 3, 96, 128])  # no size is baked in
        hint = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(model, "CPU", hint)
        image = images(2, 3, 96, 128)
        np.testing.assert_allclose(
            compiled([image.numpy()])[0], probability(network, image), atol=2e-3
        )
    finally:
        for path in tmp_path.iterdir():  # up to 160 MB each
            path.unlink()
