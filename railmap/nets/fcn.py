"""Fully convolutional networks for rail-surface defects: the paper's modified FCN, and FCN-8s."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.nets.downloads import torchvision_reachable

__all__ = ["FCN8s", "ModifiedFCN", "start_at_shares", "vgg_blocks"]

_WIDTHS = (64, 128, 256, 512, 512)
_VGG19 = (2, 2, 4, 4, 4)
_VGG16 = (2, 2, 3, 3, 3)

# Table 1: kernels of the transposed convolutions up to I/8, I/4, I/2 and I, and the outputs' sizes
# that go with them, from 100 x 160 (pools 50x80, 25x40, 12x20, 6x10) and 100 x 55 (50x27, 25x13,
# 12x6, 6x3). A kernel of 3 takes a side from n to 2n + 1, which max pooling had rounded off.
_KERNELS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((4, 4), (3, 2), (4, 4), (4, 4)),
    2: ((4, 4), (3, 3), (2, 3), (2, 3)),
}
_SIZES = {1: (100, 160), 2: (100, 55)}
_DEFECT_SHARE = 0.01  # of all pixels (section 2.1.1)
_UNEVEN = 0.2  # standard deviation of the random part of a transposed convolution


def vgg_blocks(depths: tuple[int, ...]) -> list[nn.Sequential]:
    """VGG's blocks: 3x3 convolutions with ReLU, then 2x2 max pooling (Simonyan & Zisserman 2015).

    Parameters
    ----------
    depths
        Convolutions of each block; widths are 64, 128, 256, 512, 512.
    """
    blocks, channels = [], 3
    for depth, width in zip(depths, _WIDTHS, strict=False):
        layers: list[nn.Module] = []
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    return blocks


def _fill_from_torchvision(blocks: list[nn.Sequential], name: str) -> None:
    """Copy torchvision's ImageNet convolutions into the blocks, in order."""
    import torchvision

    builder = getattr(torchvision.models, name)
    weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1  # type: ignore[attr-defined]
    try:
        torchvision_reachable(weights.url)
        source = builder(weights=weights).features
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"torchvision's ImageNet weights for {name} are not available ({error}); "
            "give a weights file, or start from random weights"
        ) from error
    given = [m for m in source if isinstance(m, nn.Conv2d)]
    own = [m for block in blocks for m in block if isinstance(m, nn.Conv2d)]
    for mine, theirs in zip(own, given, strict=False):
        mine.load_state_dict(theirs.state_dict())


def _start(network: nn.Module, scores: Iterable[nn.Module], last: nn.ConvTranspose2d) -> None:
    """Initialise as Long et al. (2015, section 4), with He's weights instead of ImageNet's.

    The layers that score classes start at zero, and transposed convolutions start approximately
    bilinear. Random ones, two channels wide, would mix the classes and lose the position of the
    scores before anything is learned. Exactly bilinear ones are the same for both classes and
    change slowly, which limits F1 to about 0.83 here. The last bias starts at the shares of the
    classes (as in Lin et al. 2017): Adam changes it by the learning rate per step, so it would not
    get there from zero.
    """
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
        elif isinstance(part, nn.ConvTranspose2d):
            rows, columns = (
                _enlarging(k, s) for k, s in zip(part.kernel_size, part.stride, strict=True)
            )
            with torch.no_grad():
                same = torch.eye(part.in_channels, part.out_channels)
                linear = same[:, :, None, None] * rows[:, None] * columns
                part.weight.copy_(linear + _UNEVEN * torch.randn_like(linear))
        else:
            continue
        if part.bias is not None:
            nn.init.zeros_(part.bias)
    for part in scores:
        nn.init.zeros_(part.get_parameter("weight"))
    assert last.bias is not None
    start_at_shares(last.bias)


def start_at_shares(bias: Tensor) -> None:
    """Set the last bias to the logarithms of the shares of the classes: few pixels are defects.

    Parameters
    ----------
    bias
        Bias of the logits, ``(C,)``; changed in place.
    """
    with torch.no_grad():
        bias.fill_(math.log(_DEFECT_SHARE / max(1, len(bias) - 1)))
        bias[0] = math.log(1 - _DEFECT_SHARE)


def _enlarging(kernel: int, stride: int) -> Tensor:
    """Taps of linear interpolation by `stride`.

    4 gives (0.25, 0.75, 0.75, 0.25) and 3 gives (0.5, 1, 0.5), both linear. 2 gives (1, 1), which
    repeats the input.
    """
    if kernel <= stride:
        return torch.ones(kernel)
    middle = (kernel - 1) / 2
    reach = stride if kernel % 2 == 0 else (kernel + 1) / 2
    return 1 - (torch.arange(kernel) - middle).abs() / reach


class ModifiedFCN(nn.Module):
    """The paper's network: four VGG19 blocks, 1x1 layers of 1024, sums at pools 3 and 2 (Table 1).

    Parameters
    ----------
    kind
        1 for 100x160 (express rails), 2 for 100x55 (common and heavy-haul rails). Other input
        sizes are possible if the sizes after pooling fit the kernels; see `fits`.
    num_classes
        Channels of the logits; the paper has 2 (no defect, defect).
    imagenet
        Start the VGG19 blocks from torchvision's ImageNet weights.
    """

    def __init__(
        self, kind: Literal[1, 2] = 1, *, num_classes: int = 2, imagenet: bool = False
    ) -> None:
        super().__init__()
        if kind not in _KERNELS:
            raise ModelError(f"the modified FCN is of type 1 (100x160) or 2 (100x55), not {kind}")
        self.size = _SIZES[kind]
        blocks = vgg_blocks(_VGG19[:4])
        self.block1, self.block2, self.block3, self.block4 = blocks
        self.classifier = nn.Sequential(
            nn.Conv2d(512, 1024, 1),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Conv2d(1024, 1024, 1),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Conv2d(1024, num_classes, 1),
        )
        self.score3 = nn.Conv2d(256, num_classes, 1)
        self.score2 = nn.Conv2d(128, num_classes, 1)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(
                num_classes, num_classes, k, stride=2, padding=(int(k[0] == 4), int(k[1] == 4))
            )
            for k in _KERNELS[kind]
        )
        last = cast(nn.ConvTranspose2d, self.ups[-1])
        _start(self, (self.classifier[-1], self.score3, self.score2), last)
        if imagenet:
            _fill_from_torchvision(blocks, "vgg19")

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` to logits ``(N, C, H, W)``.

        Raises
        ------
        ModelError
            If the output of the kernels of this type would not have the size of the input.
        """
        if tuple(image.shape[-2:]) != self.size:
            raise ModelError(
                f"strips of {image.shape[-2]}x{image.shape[-1]}: this type of the modified FCN "
                f"takes {self.size[0]}x{self.size[1]} pixels; cut or resize the image"
            )
        pool2 = self.block2(self.block1(image))
        pool3 = self.block3(pool2)
        scores = self.classifier(self.block4(pool3))
        scores = self.ups[0](scores) + self.score3(pool3)
        scores = self.ups[1](scores) + self.score2(pool2)
        logits: Tensor = self.ups[3](self.ups[2](scores))
        return logits


class FCN8s(nn.Module):
    """FCN-8s on VGG16 (Long, Shelhamer & Darrell 2015), the paper's second baseline.

    The original pads the image by 100 pixels and crops the scores. Here convolutions keep the size
    and each sum is resampled to the size of the finer map, so that strips of 100 rows need no crop.
    The 7x7 and 1x1 layers with 4096 channels are kept.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    imagenet
        Start VGG16's blocks from torchvision's ImageNet weights.
    width
        Channels of the two layers that replace the dense layers of VGG.
    """

    def __init__(self, *, num_classes: int = 2, imagenet: bool = False, width: int = 4096) -> None:
        super().__init__()
        blocks = vgg_blocks(_VGG16)
        self.block1, self.block2, self.block3, self.block4, self.block5 = blocks
        self.classifier = nn.Sequential(
            nn.Conv2d(512, width, 7, padding=3),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Conv2d(width, width, 1),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Conv2d(width, num_classes, 1),
        )
        self.score4 = nn.Conv2d(512, num_classes, 1)
        self.score3 = nn.Conv2d(256, num_classes, 1)
        self.up2 = nn.ConvTranspose2d(num_classes, num_classes, 4, stride=2, padding=1)
        self.up4 = nn.ConvTranspose2d(num_classes, num_classes, 4, stride=2, padding=1)
        self.up8 = nn.ConvTranspose2d(num_classes, num_classes, 16, stride=8, padding=4)
        _start(self, (self.classifier[-1], self.score4, self.score3), self.up8)
        if imagenet:
            _fill_from_torchvision(blocks, "vgg16")

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` to logits ``(N, C, H, W)``; H and W at least 32."""
        pool3 = self.block3(self.block2(self.block1(image)))
        pool4 = self.block4(pool3)
        scores = self.classifier(self.block5(pool4))
        scores = _to_size(self.up2(scores), pool4) + self.score4(pool4)
        scores = _to_size(self.up4(scores), pool3) + self.score3(pool3)
        return _to_size(self.up8(scores), image)


def _to_size(scores: Tensor, like: Tensor) -> Tensor:
    """Resample by the few pixels that pooling removed by rounding."""
    size = like.shape[-2:]
    if scores.shape[-2:] == size:
        return scores
    return F.interpolate(scores, size=size, mode="bilinear", align_corners=False)
