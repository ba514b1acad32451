from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from urllib.error import URLError

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from railmap.errors import ModelError
from railmap.models.package import load_model, model_folder
from railmap.models.tensors import load_weights, save_weights
from railmap.nets import NETWORKS, backbone, build_network, deeplabv3, unet
from railmap.nets.backbone import ENCODERS

COUNTS = {
    "deeplabv3plus-mobilenetv3-carafe-paper": 12_217_009,
    "deeplabv3plus-mobilenetv3-bilinear-paper": 11_722_513,
    "deeplabv3plus-mobilenetv2-carafe-paper": 6_305_409,
    "deeplabv3plus-mobilenetv2-bilinear-paper": 5_810_913,
    "deeplabv3plus-mobilenetv3-carafe": 5_183_409,
    "deeplabv3plus-mobilenetv3-bilinear": 4_688_913,
    "deeplabv3plus-mobilenetv2-carafe": 3_203_969,
    "deeplabv3plus-mobilenetv2-bilinear": 2_709_473,
    "deeplabv3plus-xception-carafe": 41_476_401,
    "deeplabv3plus-xception-bilinear": 40_981_905,
    "deeplabv3plus-xception-bilinear-paper": 54_700_177,
    "u-net": 31_037_633,
    "l-unet": 5_834_573,
    "deeplabv3-resnet50": 39_633_729,
    "deeplabv3plus-mobilenetv3-carafe-slim": 4_197_553,
    "deeplabv3plus-efficientnetlite0-carafe-slim": 3_655_521,
    "deeplabv3plus-efficientnetlite0cut-carafe-slim": 1_264_321,
    "deeplabv3plus-efficientnetlite0cut-carafe-fields": 1_273_607,
}
SLIM = "deeplabv3plus-mobilenetv3-carafe-slim"


@pytest.mark.parametrize("name", NETWORKS)
def test_size_of_output_and_of_network(name: str) -> None:
    network = build_network(name).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 1, 64, 96)
    assert sum(p.numel() for p in network.parameters()) == COUNTS[name]


def test_the_papers_network_is_as_it_says() -> None:
    """Plain 3×3 in pyramid and decoder, image pooling, CARAFE on 256 channels twice."""
    network = build_network("deeplabv3plus-mobilenetv3-carafe-paper").eval()
    outside = (network.pyramid, network.decoder)
    plain = [c for part in outside for c in part.modules() if isinstance(c, nn.Conv2d)]
    assert [c.dilation[0] for c in plain if c.kernel_size == (3, 3)] == [6, 12, 18, 1, 1]
    assert all(c.groups == 1 for c in plain)
    seen: dict[str, tuple[int, ...]] = {}
    for name in ("pyramid.pooled", "carafe_features", "carafe_logits", "classify"):
        network.get_submodule(name).register_forward_hook(
            lambda _, given, made, name=name: seen.update({name: tuple(made.shape[1:])})
        )
    with torch.no_grad():
        network(torch.zeros(1, 3, 64, 64))
    assert seen == {
        "pyramid.pooled": (256, 1, 1),
        "carafe_features": (256, 16, 16),
        "carafe_logits": (256, 64, 64),
        "classify": (1, 64, 64),
    }


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_have_three_strides_and_see_the_image(name: str) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[name]().eval()
    with torch.no_grad():
        features = encoder(torch.randn(1, 3, 64, 64))
    assert [f.shape[-1] for f in features] == [32, 16, 4]
    assert tuple(f.shape[1] for f in features) == encoder.channels
    assert all(float(f.std()) > 0 for f in features)


def test_mobilenetv2s_last_stage_is_dilated_not_cut() -> None:
    features = ENCODERS["mobilenetv2"]().features
    last = [p for p in features[14:].modules() if isinstance(p, nn.Conv2d) and p.groups > 1]
    assert len(last) == 4
    assert all(p.stride == (1, 1) and p.dilation == (2, 2) for p in last)
    assert features[13].conv[1][0].dilation == (1, 1)


@pytest.mark.parametrize("name", ["l-unet", "u-net"])
def test_u_nets_take_multiples_of_16(name: str) -> None:
    network = build_network(name).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 48, 16)).shape == (1, 1, 48, 16)


def test_shipped_weights_still_fit() -> None:
    path = model_folder() / "tracks.onnx"
    name = load_model(path).network
    assert name is not None
    network = build_network(name, weights=path).eval()
    with torch.no_grad():
        assert float(network(torch.zeros(1, 3, 64, 64)).std()) > 0


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
        build_network("v-net")


def test_weights_come_back(tmp_path: Path) -> None:
    first, path = build_network(SLIM), tmp_path / "w.safetensors"
    save_weights(first, path)
    second = build_network(SLIM, weights=path)
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize(
    ("name", "donor"),
    [
        (SLIM, lambda: torchvision.models.mobilenet_v3_large()),
        ("deeplabv3plus-mobilenetv2-carafe", lambda: torchvision.models.mobilenet_v2()),
        ("l-unet", lambda: torchvision.models.efficientnet_b0()),
        ("deeplabv3-resnet50", lambda: torchvision.models.resnet50()),
    ],
)
def test_a_librarys_backbone_fills_the_encoder(
    tmp_path: Path, name: str, donor: Callable[[], nn.Module]
) -> None:
    tensors = donor().state_dict()
    path = tmp_path / "backbone.safetensors"
    save_file(tensors, path)
    encoder = build_network(name, weights=path).encoder
    for key, value in encoder.state_dict().items():
        assert torch.equal(value, tensors[key]), key


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


@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        (SLIM, backbone, "mobilenet_v3_large"),
        ("deeplabv3plus-mobilenetv2-carafe", backbone, "mobilenet_v2"),
        ("deeplabv3plus-xception-carafe", timm, "create_model"),
        ("l-unet", unet, "efficientnet_b0"),
        ("deeplabv3-resnet50", deeplabv3, "deeplabv3_resnet50"),
    ],
)
def test_imagenet_offline_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType, function: str
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(module, function, offline)
    with pytest.raises(ModelError, match="weights=FILE"):
        build_network(name, imagenet=True)


def test_imagenet_for_what_has_none() -> None:
    with pytest.raises(ModelError, match="omit imagenet"):
        build_network("u-net", imagenet=True)
