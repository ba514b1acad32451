"""Backbones of torchvision and timm as encoders of three resolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast
from urllib.error import URLError

from torch import Tensor, nn
from torchvision.models import (
    MobileNet_V2_Weights,
    MobileNet_V3_Large_Weights,
    WeightsEnum,
    mobilenet_v2,
    mobilenet_v3_large,
)
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.mobilenetv3 import MobileNetV3

from railmap.errors import ModelError, Option, missing_extra
from railmap.nets.downloads import timm_reachable, torchvision_reachable
from railmap.nets.efficientnet import EfficientNetLite

__all__ = [
    "ENCODERS",
    "Encoder",
    "MobileNetV2Encoder",
    "MobileNetV3Encoder",
    "XceptionEncoder",
    "pretrained",
]

Network = TypeVar("Network")


def pretrained(
    name: str, make: Callable[[], Network], weights: WeightsEnum | str | None = None
) -> Network:
    """Build a backbone whose weights its library may download.

    Parameters
    ----------
    name
        Of the network, for the message.
    make
        Builds it.
    weights
        What torchvision, or (a name) timm would download; None: nothing.

    Raises
    ------
    ModelError
        If the weights are not available, e.g. without a network connection.
    """
    try:
        if isinstance(weights, str):
            timm_reachable(weights)
        elif weights is not None:
            torchvision_reachable(weights.url)
        return make()
    except (URLError, OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"the ImageNet weights of {name} cannot be loaded ({reason}); give a file with ",
            Option("weights", "FILE"),
            " (safetensors), or train without them",
        ) from error


class Encoder(nn.Module):
    """Features at strides 2, 4 and 16; `channels` is the number of channels at each."""

    channels: tuple[int, int, int]


class MobileNetV3Encoder(Encoder):
    """Features of MobileNetV3-Large (last stage dilated).

    The squeeze-excite blocks average over the whole tile, as published. The features of the same
    ground therefore differ slightly between two windows.

    Parameters
    ----------
    imagenet
        Start from torchvision's ImageNet weights (downloaded by torchvision on first use).

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    channels = (16, 24, 960)

    def __init__(self, *, imagenet: bool = False) -> None:
        super().__init__()
        weights = MobileNet_V3_Large_Weights.IMAGENET1K_V2 if imagenet else None
        whole = pretrained(
            "MobileNetV3-Large",
            lambda: mobilenet_v3_large(weights=weights, dilated=True),
            weights,
        )
        self.features = cast(MobileNetV3, whole).features
        for part in self.features.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = 0.1  # torchvision's 0.01 suits runs of 100 000s of steps

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        return _tapped(self.features, image, 1, 3)


class MobileNetV2Encoder(Encoder):
    """Features of MobileNetV2; the stage that would have stride 32 is dilated.

    The last 1×1 convolution to 1280 channels is for classification and is omitted, as in the
    MobileNetV2 models of the DeepLabV3+ authors.

    Parameters
    ----------
    imagenet
        Start from torchvision's ImageNet weights (downloaded by torchvision on first use).

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    channels = (16, 24, 320)
    _dilated = 14  # the block whose stride leads to 32

    def __init__(self, *, imagenet: bool = False) -> None:
        super().__init__()
        weights = MobileNet_V2_Weights.IMAGENET1K_V2 if imagenet else None
        whole = pretrained("MobileNetV2", lambda: mobilenet_v2(weights=weights), weights)
        self.features = cast(MobileNetV2, whole).features[:-1]
        for part in self.features[self._dilated :].modules():
            if isinstance(part, nn.Conv2d) and part.kernel_size == (3, 3):
                part.stride, part.dilation, part.padding = (1, 1), (2, 2), (2, 2)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        return _tapped(self.features, image, 1, 3)


class XceptionEncoder(Encoder):
    """Features of the aligned Xception-65 of the DeepLabV3+ authors, from timm.

    Parameters
    ----------
    imagenet
        Start from timm's ``xception65.tf_in1k`` (downloaded by timm on first use).

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    MissingExtraError
        If timm is not installed.
    """

    channels = (64, 128, 2048)

    def __init__(self, *, imagenet: bool = False) -> None:
        super().__init__()
        try:
            import timm
        except ImportError as error:
            raise missing_extra("Xception", "train", error) from error
        whole = pretrained(
            "Xception-65",
            lambda: timm.create_model("xception65.tf_in1k", pretrained=imagenet, output_stride=16),
            "xception65" if imagenet else None,
        )
        parts = cast(dict[str, nn.Sequential], dict(whole.named_children()))
        self.stem, self.blocks, self.act = parts["stem"], parts["blocks"], parts["act"]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        stride_2 = self.stem(image)
        stride_4 = self.blocks[0](stride_2)
        return stride_2, stride_4, self.act(self.blocks[1:](stride_4))


class EfficientNetLiteEncoder(EfficientNetLite, Encoder):
    """`EfficientNetLite` with all stages: 320 channels at stride 16."""


class EfficientNetLiteCutEncoder(EfficientNetLite, Encoder):
    """`EfficientNetLite` without its last two stages: 112 channels at stride 16."""

    def __init__(self, *, imagenet: bool = False) -> None:
        super().__init__(imagenet=imagenet, stages=5)


ENCODERS: dict[str, Callable[..., Encoder]] = {
    "efficientnet-lite0": EfficientNetLiteEncoder,
    "efficientnet-lite0-cut": EfficientNetLiteCutEncoder,
    "mobilenetv3": MobileNetV3Encoder,
    "mobilenetv2": MobileNetV2Encoder,
    "xception": XceptionEncoder,
}


def _tapped(
    features: nn.Sequential, image: Tensor, first: int, second: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Run the blocks; return the outputs of blocks `first` and `second` and of the last."""
    taps: dict[int, Tensor] = {}
    for number, block in enumerate(features):
        image = block(image)
        if number in (first, second):
            taps[number] = image
    return taps[first], taps[second], image
