"""StripNet: our small network for strips of a rail head, defect or not at every pixel."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["StripNet"]


def _conv(given: int, out: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class StripNet(nn.Module):
    """A U-shaped residual network with batch norm; its output has the size of its input.

    Strips are small and most defects are 5 to 20 pixels across, so unlike that of `RailNet` the
    output has full size. Layers of full size would cost more than all others. There are none: four
    pixels are packed into one at the input and unpacked at the output (Shi et al. 2016).

    Parameters
    ----------
    num_classes
        Channels of the logits; the first is "no defect".
    widths
        Channels at strides 2, 4, 8 and 16.
    """

    def __init__(
        self, *, num_classes: int = 2, widths: tuple[int, int, int, int] = (24, 40, 64, 96)
    ) -> None:
        super().__init__()
        a, b, c, d = widths
        self.down2 = nn.Sequential(_conv(4, a), _Residual(a))
        self.down4 = nn.Sequential(_conv(a, b, 2), _Residual(b), _Residual(b))
        self.down8 = nn.Sequential(_conv(b, c, 2), _Residual(c), _Residual(c))
        self.down16 = nn.Sequential(_conv(c, d, 2), _Residual(d))
        self.up8 = nn.Sequential(_conv(c + d, c, kernel=1), _Residual(c))
        self.up4 = nn.Sequential(_conv(b + c, b, kernel=1), _Residual(b))
        self.up2 = nn.Sequential(_conv(a + b, 2 * a, kernel=1), _Residual(2 * a))
        self.scores = nn.Conv2d(2 * a, 4 * num_classes, 1)
        nn.init.zeros_(self.scores.weight)
        prior = [math.log(0.99), *[math.log(0.01 / max(1, num_classes - 1))] * (num_classes - 1)]
        assert self.scores.bias is not None
        with torch.no_grad():  # about 1 % of the pixels are defects
            self.scores.bias.copy_(torch.tensor(prior).repeat_interleave(4))

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` of any height and width to logits ``(N, C, H, W)``.

        The three channels are equal (grey). Strips are padded to multiples of 16 with their edge
        pixels.
        """
        height, width = image.shape[-2:]
        grey = F.pad(image[:, :1], (0, -width % 16, 0, -height % 16), mode="replicate")
        x2 = self.down2(F.pixel_unshuffle(grey, 2))
        x4 = self.down4(x2)
        x8 = self.down8(x4)
        y = self.up8(_joined(x8, self.down16(x8)))
        y = self.up4(_joined(x4, y))
        y = self.up2(_joined(x2, y))
        return F.pixel_shuffle(self.scores(y), 2)[..., :height, :width]


def _joined(fine: Tensor, coarse: Tensor) -> Tensor:
    raised = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    return torch.cat([fine, raised], 1)
