"""Depthwise convolutions that are quick to train on a CPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["quicken_depthwise"]

_LARGE = 5  # side of kernels that are slow in bfloat16


def quicken_depthwise(network: nn.Module) -> int:
    """Let large and strided depthwise convolutions train in float32, dilated ones on sub-grids.

    oneDNN's backward pass of a 5 × 5 depthwise convolution takes twice as long in bfloat16 as in
    float32, six times as long if strided, and one of 3 × 3 25 times as long dilated as not. A
    convolution dilated by 2 is the same one, undilated, on each of the four grids of every other
    pixel. Weights, their names and (but for rounding) results stay what they were.

    Returns
    -------
    int
        How many convolutions were changed.
    """
    count = 0
    for part in network.modules():
        if type(part) is nn.Conv2d and _fits(part):
            part.__class__ = _QuickDepthwise
            count += 1
    return count


def _fits(conv: nn.Conv2d) -> bool:
    size = conv.kernel_size[0]
    return (
        conv.groups == conv.in_channels == conv.out_channels > 1
        and conv.bias is None
        and (size >= _LARGE or conv.stride != (1, 1) or conv.dilation == (2, 2))
        and conv.kernel_size == (size, size)
        and conv.padding_mode == "zeros"
    )


class _QuickDepthwise(nn.Conv2d):
    """Faster replacement of a depthwise convolution, see `quicken_depthwise`."""

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        if self.kernel_size[0] < _LARGE and self.stride == (1, 1):
            return self._convolve(input)
        with torch.autocast(input.device.type, enabled=False):
            return self._convolve(input.float()).to(input.dtype)

    def _convolve(self, image: Tensor) -> Tensor:
        n, c, h, w = image.shape
        size = self.kernel_size[0]
        same = self.padding == (size - 1, size - 1) and self.stride == (1, 1)
        if self.dilation != (2, 2) or not same or h % 2 or w % 2:
            return super().forward(image)
        # channels stay last: (N, H/2, 2, W/2, 2, C) -> (2, 2, N, H/2, W/2, C)
        grids = image.permute(0, 2, 3, 1).reshape(n, h // 2, 2, w // 2, 2, c)
        grids = grids.permute(2, 4, 0, 1, 3, 5).reshape(4 * n, h // 2, w // 2, c)
        out = functional.conv2d(
            grids.permute(0, 3, 1, 2), self.weight, None, 1, size // 2, 1, self.groups
        )
        out = out.permute(0, 2, 3, 1).reshape(2, 2, n, h // 2, w // 2, c)
        return out.permute(2, 3, 0, 4, 1, 5).reshape(n, h, w, c).permute(0, 3, 1, 2)
