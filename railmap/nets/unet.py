"""U-Net and the lighter L-UNet, two baselines of the track paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import EfficientNet_B0_Weights, efficientnet_b0
from torchvision.models.efficientnet import EfficientNet

from railmap.errors import ModelError, Option
from railmap.nets.backbone import pretrained

__all__ = ["LUNet", "UNet"]


def _double(inputs: int, outputs: int) -> nn.Sequential:
    """Twice 3×3 convolution, batch norm, ReLU."""
    layers: list[nn.Module] = []
    for start in (inputs, outputs):
        layers += [
            nn.Conv2d(start, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """U-Net of Ronneberger et al. (MICCAI 2015), reference [25] of the track paper.

    Channels as published: 64 to 1024 over four halvings. Convolutions are padded, so that the
    output has the size of the input, and followed by batch norm, as in all current
    implementations. The upsampling is the published 2×2 transposed convolution.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    imagenet
        Must be false: the network has no backbone.

    Raises
    ------
    ModelError
        If `imagenet` is true.
    """

    widths = (64, 128, 256, 512, 1024)

    def __init__(self, num_classes: int = 1, *, imagenet: bool = False) -> None:
        super().__init__()
        if imagenet:
            raise ModelError(
                "u-net has no backbone with ImageNet weights; omit ", Option("imagenet")
            )
        self.down = nn.ModuleList(
            _double(a, b) for a, b in zip((3, *self.widths), self.widths, strict=False)
        )
        self.rise = nn.ModuleList(
            nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in self.widths[-2::-1]
        )
        self.up = nn.ModuleList(_double(2 * width, width) for width in self.widths[-2::-1])
        self.classify = nn.Conv2d(self.widths[0], num_classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)``, sides multiples of 16 → logits ``(N, num_classes, H, W)``."""
        levels: list[Tensor] = []
        for block in self.down:
            image = block(functional.max_pool2d(image, 2) if levels else image)
            levels.append(image)
        for rise, block, skip in zip(self.rise, self.up, levels[-2::-1], strict=True):
            image = block(torch.cat([skip, rise(image)], dim=1))
        return self.classify(image)


class LUNet(nn.Module):
    """L-UNet of Xu et al. (Journal of Image and Graphics 26(11), 2021), reference [26].

    Its abstract describes a U-Net for roads whose features come from mobile inverted bottlenecks
    (MBConv: expansion, depthwise convolution, squeeze-excite), with a fifth of the parameters of
    D-LinkNet. The rest is inferred, since only the abstract was available: MBConv blocks and widths
    of EfficientNet-B0, the best known arrangement of this block; skips at strides 2, 4, 8 and 16; a
    decoder of bilinear upsampling and two convolutions per level, 256 to 16 channels wide. The
    result has 5.8 million parameters; D-LinkNet-34 has 31 million.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    imagenet
        Start the encoder from torchvision's EfficientNet-B0.

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    _taps = (1, 2, 3, 5, 7)
    _skips = (16, 24, 40, 112)
    _widths = (256, 128, 64, 32)
    _top, _last = 320, 16

    def __init__(self, num_classes: int = 1, *, imagenet: bool = False) -> None:
        super().__init__()
        weights = EfficientNet_B0_Weights.IMAGENET1K_V1 if imagenet else None
        whole = pretrained("EfficientNet-B0", lambda: efficientnet_b0(weights=weights), weights)
        self.encoder = _Features(cast(EfficientNet, whole).features[: self._taps[-1] + 1])
        inputs = (self._top, *self._widths)
        self.up = nn.ModuleList(
            _double(below + skip, width)
            for below, skip, width in zip(inputs, self._skips[::-1], self._widths, strict=False)
        )
        self.last = _double(self._widths[-1], self._last)
        self.classify = nn.Conv2d(self._last, num_classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)``, sides multiples of 16 → logits ``(N, num_classes, H, W)``."""
        *skips, deep = self.encoder(image, self._taps)
        for block, skip in zip(self.up, skips[::-1], strict=True):
            deep = block(torch.cat([_to(deep, skip), skip], dim=1))
        return self.classify(self.last(_to(deep, image)))


class _Features(nn.Module):
    """A sequence of blocks that returns the outputs of selected blocks."""

    def __init__(self, features: nn.Sequential) -> None:
        super().__init__()
        self.features = features

    def forward(self, image: Tensor, taps: Sequence[int]) -> list[Tensor]:
        found = []
        for number, block in enumerate(self.features):
            image = block(image)
            if number in taps:
                found.append(image)
        return found


def _to(features: Tensor, like: Tensor) -> Tensor:
    """Upsample to the size of `like`; the factor is not 2 if a side is no multiple of 32."""
    return functional.interpolate(
        features, size=like.shape[-2:], mode="bilinear", align_corners=False
    )
