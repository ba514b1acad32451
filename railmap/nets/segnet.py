"""SegNet with 59 layers, the first baseline of the rail-surface paper."""

from __future__ import annotations

from torch import Tensor, nn

from railmap.nets.fcn import start_at_shares

__all__ = ["SegNet59", "matlab_layers"]


def matlab_layers(depth: int) -> int:
    """Number of layers of MATLAB's ``segnetLayers(size, classes, depth)``: 14 per stage, and 3.

    A stage has convolution, batch norm and ReLU twice and a pooling in the encoder, and the same
    with an unpooling in the decoder. The other three are input, softmax and pixel classification.
    """
    return 14 * depth + 3


class SegNet59(nn.Module):
    """SegNet (Badrinarayanan et al. 2017) of four stages, which MATLAB counts as 59 layers.

    The paper states only "59 layers based on SegNet". We infer: `matlab_layers` gives 59 for a
    depth of 4, so its authors used ``segnetLayers`` with its defaults of two 3x3 convolutions per
    stage and 64 channels in every layer. Batch norm and ReLU follow every convolution except,
    unlike in MATLAB, the last one, because softmax needs signed scores.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    width
        Channels of every layer.
    """

    depth = 4

    def __init__(self, *, num_classes: int = 2, width: int = 64) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(
            _pair(3 if i == 0 else width, width, width) for i in range(self.depth)
        )
        self.decoder = nn.ModuleList(_pair(width, width, width) for _ in range(self.depth - 1))
        self.last = nn.Sequential(
            *_pair(width, width, width)[:3], nn.Conv2d(width, num_classes, 3, padding=1)
        )
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
                if part.bias is not None:
                    nn.init.zeros_(part.bias)
        start_at_shares(self.last[-1].get_parameter("bias"))

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` to logits ``(N, C, H, W)``; H and W at least 16."""
        x, places = image, []
        for stage in self.encoder:
            x = stage(x)
            size = x.shape[-2:]
            x, indices = self.pool(x)
            places.append((indices, size))
        for stage in (*self.decoder, self.last):
            indices, size = places.pop()
            x = stage(self.unpool(x, indices, output_size=size))
        return x


def _pair(given: int, middle: int, out: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in ((given, middle), (middle, out)):
        layers += [
            nn.Conv2d(before, after, 3, padding=1),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
