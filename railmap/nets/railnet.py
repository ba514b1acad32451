"""RailNet: our small network for defects, dirt and gaps on an upright rail head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CLASSES", "KINDS", "STRIDE", "RailNet"]

CLASSES = ("defect", "dirt", "gap")
KINDS = ("damage", "dent", "crush", "scratch", "slant", "unknown")
STRIDE = 4  # strip pixels for one pixel of the logits


class _Conv(nn.Sequential):
    def __init__(
        self, given: int, out: int, kernel: int = 3, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__(
            nn.Conv2d(given, out, kernel, stride, dilation * (kernel // 2), dilation, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
        )


class _Residual(nn.Module):
    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _Conv(width, width, dilation=dilation)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class RailNet(nn.Module):
    """A U-shaped residual network of strides 2 to 32 whose output is at stride 4.

    Defects are small, lie among hundreds of specks and differ from dirt in texture. The input is
    therefore finer than the output, and the receptive field is large. Only coarse levels are wide:
    0.9 million weights, a few images per second on one core.

    Parameters
    ----------
    widths
        Channels at strides 2, 4, 8, 16 and 32.
    answer
        Channels of the last layer.
    drop
        Share of channels dropped before the scores.
    """

    def __init__(
        self,
        widths: tuple[int, int, int, int, int] = (16, 24, 48, 80, 112),
        answer: int = 32,
        drop: float = 0.1,
    ) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.down2 = _Conv(2, a, 5, 2)
        self.down4 = nn.Sequential(_Conv(a, b, stride=2), _Residual(b))
        self.down8 = nn.Sequential(_Conv(b, c, stride=2), _Residual(c), _Residual(c))
        self.down16 = nn.Sequential(_Conv(c, d, stride=2), _Residual(d), _Residual(d, 2))
        self.down32 = nn.Sequential(_Conv(d, e, stride=2), _Residual(e))
        self.up16 = nn.Sequential(_Conv(d + e, d, 1), _Residual(d))
        self.up8 = nn.Sequential(_Conv(c + d, c, 1), _Residual(c))
        self.up4 = nn.Sequential(_Conv(b + c, answer, 1), _Conv(answer, answer))
        self.drop = nn.Dropout2d(drop)
        self.scores = nn.Conv2d(answer, len(CLASSES) + len(KINDS), 1)
        assert self.scores.bias is not None
        nn.init.constant_(self.scores.bias, -3.0)  # defects are rare

    def forward(self, strip: Tensor) -> Tensor:
        """``(N, 2, H, W)`` from `strip_channels` to logits ``(N, 9, H/4, W/4)``.

        H and W are multiples of 32. The first three channels are independent (sigmoid): defect,
        dirt, gap. The others are the kinds of defect (softmax), valid where there is a defect.
        """
        x4 = self.down4(self.down2(strip))
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        y = _joined(x16, self.down32(x16), self.up16)
        y = _joined(x8, y, self.up8)
        y = _joined(x4, y, self.up4)
        logits: Tensor = self.scores(self.drop(y))
        return logits


def _joined(fine: Tensor, coarse: Tensor, layers: nn.Module) -> Tensor:
    raised = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    joined: Tensor = layers(torch.cat([fine, raised], 1))
    return joined
