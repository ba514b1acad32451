"""The paper's networks: what trains, where dropout is, and that ImageNet weights fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import resnet50

from railmap.errors import ModelError
from railmap.models.tensors import write_tensors
from railmap.nets.scene_networks import SCENE_NETWORKS, build_scene_network


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """torchvision's own ResNet-50, 1000 classes, as a file of weights."""
    torch.manual_seed(3)
    network = resnet50(weights=None).eval()
    path = tmp_path_factory.mktemp("imagenet") / "resnet50.safetensors"
    write_tensors(network.state_dict(), path)
    return network, path


@pytest.mark.parametrize("name", ["resnet50-improved", "resnet50", "resnet50-v2"])
def test_only_the_last_layer_trains(name: str) -> None:
    network = build_scene_network(name, 12)
    trains = {key: tuple(w.shape) for key, w in network.named_parameters() if w.requires_grad}
    assert trains == {"head.weight": (12, 2048), "head.bias": (12,)}


def test_a_training_step_changes_nothing_but_the_last_layer() -> None:
    network = build_scene_network("resnet50-improved", 12).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    solver = torch.optim.Adam([w for w in network.parameters() if w.requires_grad], 0.01)
    network(torch.randn(2, 3, 64, 64)).square().sum().backward()
    solver.step()
    changed = {k for k, value in network.state_dict().items() if not torch.equal(value, before[k])}
    assert changed == {"head.weight", "head.bias"}


def test_dropout_stands_after_conv1_to_conv4() -> None:
    backbone = build_scene_network("resnet50-improved", 12).backbone
    order: list[str] = []
    dropouts = [part for part in backbone.modules() if isinstance(part, nn.Dropout)]
    assert [part.p for part in dropouts] == [0.2]
    for name in ("conv1", "layer1", "layer2", "layer3", "layer4", "dropout"):
        part = backbone.get_submodule(name)
        part.register_forward_hook(lambda *_, name=name: order.append(name))
    with torch.inference_mode():
        backbone(torch.zeros(1, 3, 64, 64))
    expected = ["conv1", "dropout", "layer1", "dropout", "layer2", "dropout", "layer3", "dropout"]
    assert order == [*expected, "layer4"]
    plain = build_scene_network("resnet50", 12).backbone
    assert all(part.p == 0 for part in plain.modules() if isinstance(part, nn.Dropout))


def test_frozen_backbone_drops_out_only_in_training() -> None:
    network = build_scene_network("resnet50-improved", 12)
    image = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        network.train()
        assert not torch.equal(network(image), network(image))
        network.eval()
        assert torch.equal(network(image), network(image))


def test_imagenet_weights_give_torchvisions_features(imagenet: tuple[nn.Module, Path]) -> None:
    theirs, path = imagenet
    ours = build_scene_network("resnet50-improved", 12, weights=path).eval()
    theirs.fc = nn.Identity()
    image = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(ours.backbone(image).mean((2, 3)), theirs(image))


def test_weights_of_another_network_are_refused(imagenet: tuple[nn.Module, Path]) -> None:
    with pytest.raises(ModelError, match="weights of another network"):
        build_scene_network("resnet101", 12, weights=imagenet[1])


def test_unknown_network() -> None:
    with pytest.raises(ModelError, match="resnet50-improved"):
        build_scene_network("alexnet", 12)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("resnet50-v2", (2048, 7, 7)),
        ("inception-resnet-v2", (1536, 5, 5)),
        ("small", (128, 12, 12)),
    ],
)
def test_size_of_the_last_feature_map(name: str, shape: tuple[int, int, int]) -> None:
    spec = SCENE_NETWORKS[name]
    backbone = build_scene_network(name, 12).backbone.eval()
    with torch.inference_mode():
        assert tuple(backbone(torch.zeros(1, 3, spec.size, spec.size)).shape[1:]) == shape
