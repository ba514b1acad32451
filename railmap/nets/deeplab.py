"""DeepLabV3+ with a choice of backbone and upsampling, after the track paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from railmap.nets.backbone import ENCODERS
from railmap.nets.carafe import Carafe

__all__ = ["DeepLabV3Plus"]

_RATES = (6, 12, 18)
_LOW_LEVEL = 48
_POOL = 9


def _conv(
    inputs: int, outputs: int, size: int = 1, rate: int = 1, *, plain: bool = False
) -> nn.Sequential:
    """Convolution, batch norm, ReLU.

    3×3 convolutions are separable, pointwise first (fewer channels), unless they are `plain`.
    """
    padding = rate * (size // 2)
    layers: list[nn.Module]
    if plain:
        layers = [nn.Conv2d(inputs, outputs, size, padding=padding, dilation=rate, bias=False)]
    else:
        layers = [nn.Conv2d(inputs, outputs, 1, bias=False)]
    if size > 1 and not plain:
        layers.append(
            nn.Conv2d(
                outputs, outputs, size, padding=padding, dilation=rate, groups=outputs, bias=False
            )
        )
    layers += [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class AtrousPyramid(nn.Module):
    """Atrous spatial pyramid pooling; `pooling` is local (9×9 mean), global (whole tile) or none.

    The published image pooling averages over the whole tile, so its result differs between
    windows. The local mean covers the same ground in every window.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        pooling: str,
        rates: Sequence[int] = _RATES,
        *,
        plain: bool = False,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.branches = nn.ModuleList(
            [
                _conv(inputs, outputs),
                *(_conv(inputs, outputs, 3, rate, plain=plain) for rate in rates),
            ]
        )
        count = len(self.branches)
        if pooling != "none":
            self.pooled = _conv(inputs, outputs)
            count += 1
        self.project = _conv(count * outputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, H, W)`` → ``(N, outputs, H, W)``."""
        parts = [branch(features) for branch in self.branches]
        if self.pooling == "local":
            mean = functional.avg_pool2d(
                self.pooled(features), _POOL, stride=1, padding=_POOL // 2, count_include_pad=False
            )
            parts.append(mean)
        elif self.pooling == "global":
            mean = self.pooled(features.mean(dim=(2, 3), keepdim=True))
            parts.append(mean.expand_as(parts[0]))
        return self.project(torch.cat(parts, dim=1))


class DeepLabV3Plus(nn.Module):
    """Encoder at stride 16, pyramid pooling, ×4, low-level features, two 3×3 convolutions, ×4.

    The first CARAFE upsamples the pyramid's features. The second works on the class logits, with
    its kernels predicted from the decoder's features: reassembling logits costs a 256th of
    reassembling features. In the paper the second one follows the two 3×3 convolutions and is the
    last step; there is no word of a layer that classifies. `final` gives either reading.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    backbone
        "mobilenetv3" (of the paper), "mobilenetv2" or "xception" (its comparisons), or
        "efficientnet-lite0" or "efficientnet-lite0-cut" (ours).
    upsampling
        "carafe" or "bilinear" (ablation in the paper).
    pooling
        Pooling branch of the pyramid: "local", "global" (as published) or "none".
    low_level_stride
        4 as published; 2 adds the stride-2 features, folded to stride 4, for sharper edges.
    channels
        Width of pyramid and decoder.
    rates
        Dilation of the 3×3 branches of the pyramid, in cells of stride 16. The published rates are
        6, 12 and 18. In a crop of 256 pixels, 16 cells wide, the outer taps of the last one would
        always lie in the padding.
    compressed
        Channels from which CARAFE predicts its kernels for the logits.
    plain
        Plain 3×3 convolutions in pyramid and decoder, as in the paper; else separable ones.
    final
        What the second CARAFE upsamples: "logits", or "features", which are then classified.
    fields
        Initial bias of each channel of a second output at a quarter of the resolution, see
        `heads`.
    imagenet
        Start the encoder from ImageNet weights.
    """

    fields: nn.Module

    def __init__(
        self,
        num_classes: int = 1,
        *,
        backbone: str = "mobilenetv3",
        upsampling: Literal["carafe", "bilinear"] = "carafe",
        pooling: Literal["local", "global", "none"] = "local",
        low_level_stride: Literal[2, 4] = 4,
        channels: int = 256,
        rates: Sequence[int] = _RATES,
        compressed: int = 64,
        plain: bool = False,
        final: Literal["logits", "features"] = "logits",
        fields: Sequence[float] = (),
        imagenet: bool = False,
    ) -> None:
        super().__init__()
        self.encoder = ENCODERS[backbone](imagenet=imagenet)
        stride_2, stride_4, top = self.encoder.channels
        self.low_level_stride = low_level_stride
        self.pyramid = AtrousPyramid(top, channels, pooling, rates, plain=plain)
        self.final = final
        low = stride_4 if low_level_stride == 4 else stride_4 + 4 * stride_2
        self.low_level = _conv(low, _LOW_LEVEL)
        self.decoder = nn.Sequential(
            _conv(channels + _LOW_LEVEL, channels, 3, plain=plain),
            _conv(channels, channels, 3, plain=plain),
        )
        self.classify = nn.Conv2d(channels, num_classes, 1)
        if fields:
            last = nn.Conv2d(channels // 2, len(fields), 1)
            last.bias = nn.Parameter(torch.tensor(fields))
            self.fields = nn.Sequential(_conv(channels, channels // 2, 3), last)
        self.upsampling = upsampling
        if upsampling == "carafe":
            self.carafe_features = Carafe(channels)
            self.carafe_logits = Carafe(channels, compressed=compressed)

    def forward(self, image: Tensor) -> Tensor:
        """Compute the logits.

        Parameters
        ----------
        image
            ``(N, 3, H, W)`` float, normalised; H and W multiples of 16.

        Returns
        -------
        Tensor
            ``(N, num_classes, H, W)``.
        """
        return self._logits(self._features(image))

    def heads(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the logits and the fields, ``(N, fields, H / 4, W / 4)``."""
        features = self._features(image)
        return self._logits(features), self.fields(features)

    def _features(self, image: Tensor) -> Tensor:
        """Features of the decoder at stride 4."""
        stride_2, stride_4, top = self.encoder(image)
        low = stride_4
        if self.low_level_stride == 2:
            low = torch.cat([stride_4, functional.pixel_unshuffle(stride_2, 2)], dim=1)
        deep = self.pyramid(top)
        deep = self.carafe_features(deep) if self.upsampling == "carafe" else _bilinear(deep)
        return self.decoder(torch.cat([deep, self.low_level(low)], dim=1))

    def _logits(self, features: Tensor) -> Tensor:
        if self.upsampling == "carafe" and self.final == "features":
            return self.classify(self.carafe_logits(features))
        logits = self.classify(features)
        if self.upsampling == "carafe":
            return self.carafe_logits(logits, features)
        return _bilinear(logits)


def _bilinear(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=4, mode="bilinear", align_corners=False)
