from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from railmap.errors import ModelError
from railmap.nets import NETWORKS, build_network, load_weights, save_weights
from railmap.nets import backbone as backbone_module

COUNTS = {
    "deeplabv3plus-mobilenetv3-carafe": 5_183_409,
    "deeplabv3plus-mobilenetv3-bilinear": 4_688_913,
    "deeplabv3plus-mobilenetv3-carafe-slim": 4_197_553,
}
SLIM = "deeplabv3plus-mobilenetv3-carafe-slim"


@pytest.mark.parametrize("name", NETWORKS)
def test_size_of_output_and_of_network(name: str) -> None:
    network = build_network(name).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 1, 64, 96)
    assert sum(p.numel() for p in network.parameters()) == COUNTS[name]


def test_output_stride_is_16() -> None:
    network = build_network(SLIM).eval()
    with torch.no_grad():
        stride_2, stride_4, top = network.encoder(torch.zeros(1, 3, 64, 64))
    assert [f.shape[-1] for f in (stride_2, stride_4, top)] == [32, 16, 4]
    assert (stride_2.shape[1], stride_4.shape[1], top.shape[1]) == network.encoder.channels


@pytest.mark.parametrize(("pooling", "reaches"), [("global", True), ("none", False)])
def test_only_global_pooling_carries_the_far_corner(pooling: str, reaches: bool) -> None:
    network = build_network(SLIM, pooling=pooling).eval()
    pyramid = network.pyramid
    features = torch.randn(1, 960, 48, 48)
    changed = features.clone()
    changed[:, :, -4:, -4:] += 5
    with torch.no_grad():
        same = torch.equal(pyramid(features)[..., :4, :4], pyramid(changed)[..., :4, :4])
    assert same != reaches


def test_local_pooling_has_a_reach_of_four() -> None:
    pyramid = build_network(SLIM, pooling="local").pyramid.eval()
    for branch in pyramid.branches:  # leave the pooling branch alone
        nn.init.zeros_(branch[0].weight)
    features = torch.randn(1, 960, 12, 12)
    changed = features.clone()
    changed[:, :, 6, 6] += 5
    with torch.no_grad():
        moved = (pyramid(features) != pyramid(changed)).any(dim=1)[0].nonzero()
    assert moved.min(dim=0).values.tolist() == [2, 2]
    assert moved.max(dim=0).values.tolist() == [10, 10]


def test_classes(tmp_path: Path) -> None:
    network = build_network(SLIM, num_classes=3).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 32, 32)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(ModelError, match="deeplabv3plus-mobilenetv3-carafe"):
        build_network("u-net")


def test_weights_come_back(tmp_path: Path) -> None:
    first, path = build_network(SLIM), tmp_path / "w.safetensors"
    save_weights(first, path)
    second = build_network(SLIM, weights=path)
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_backbone_weights_fill_the_encoder(tmp_path: Path) -> None:
    donor = build_network(SLIM).encoder
    tensors = dict(donor.state_dict())
    tensors["classifier.0.weight"] = torch.zeros(2, 2)  # torchvision's head is left out
    path = tmp_path / "mobilenet.safetensors"
    save_file(tensors, path)
    network = build_network(SLIM, weights=path)
    assert torch.equal(network.encoder.features[0][0].weight, donor.features[0][0].weight)


def test_weights_of_another_network(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(build_network(SLIM), path)
    with pytest.raises(ModelError, match="another network"):
        build_network("deeplabv3plus-mobilenetv3-carafe", weights=path)


def test_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="pickle"):
        load_weights(nn.Conv2d(1, 1, 1), path)


@pytest.mark.parametrize("content", [b"", b"\x00" * 4, b"\xff" * 100])
def test_broken_weights(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"w\.safetensors"):
        load_weights(nn.Conv2d(1, 1, 1), path)


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        load_weights(nn.Conv2d(1, 1, 1), tmp_path / "none.safetensors")


def test_imagenet_offline_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(**_: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(backbone_module, "mobilenet_v3_large", offline)
    with pytest.raises(ModelError, match="--weights FILE"):
        build_network(SLIM, imagenet=True)
