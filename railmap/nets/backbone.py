"""MobileNetV3-Large of torchvision as an encoder of three resolutions."""

from __future__ import annotations

from typing import cast
from urllib.error import URLError

from torch import Tensor, nn
from torchvision.models import MobileNet_V3_Large_Weights, mobilenet_v3_large
from torchvision.models.mobilenetv3 import MobileNetV3

from railmap.errors import ModelError

__all__ = ["MobileNetV3Encoder"]

_STRIDE_2, _STRIDE_4 = 1, 3  # the last of torchvision's blocks at these strides


class MobileNetV3Encoder(nn.Module):
    """Features of MobileNetV3-Large at strides 2, 4 and 16 (last stage dilated).

    The squeeze-excite blocks average over the whole tile, as published; two windows over the same
    ground therefore differ slightly.

    Parameters
    ----------
    imagenet
        Start from torchvision's ImageNet weights (downloaded by torchvision on first use).

    Raises
    ------
    ModelError
        If the ImageNet weights can't be had.
    """

    channels: tuple[int, int, int] = (16, 24, 960)

    def __init__(self, *, imagenet: bool = False) -> None:
        super().__init__()
        weights = MobileNet_V3_Large_Weights.IMAGENET1K_V2 if imagenet else None
        try:
            whole = cast(MobileNetV3, mobilenet_v3_large(weights=weights, dilated=True))
        except (URLError, OSError, RuntimeError) as error:
            raise ModelError(
                f"the ImageNet weights of MobileNetV3-Large can't be loaded ({error}); give a "
                "file with --weights FILE (safetensors), or train without them"
            ) from error
        self.features = whole.features
        for part in self.features.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = 0.1  # torchvision's 0.01 suits runs of 100 000s of steps

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(N, 3, H, W)`` → features at strides 2, 4 and 16."""
        taps: dict[int, Tensor] = {}
        for number, block in enumerate(self.features):
            image = block(image)
            if number in (_STRIDE_2, _STRIDE_4):
                taps[number] = image
        return taps[_STRIDE_2], taps[_STRIDE_4], image
