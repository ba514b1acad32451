"""What is done to a network on its way into a graph leaves its answers as they are."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from railmap.models.export.graph import fold_norms


class _NormThenRelu(nn.BatchNorm2d):
    """As timm's, which do both."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).relu()


def _network(norm: type[nn.BatchNorm2d]) -> nn.Sequential:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Conv2d(4, 5, 1), norm(5)))
    with torch.no_grad():
        network(2 * torch.randn(4, 3, 16, 16) + 1)  # means and variances to fold
    return network.eval()


def test_a_plain_norm_is_folded() -> None:
    network, image = _network(nn.BatchNorm2d), torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        before = network(image)
        fold_norms(network)
        torch.testing.assert_close(network(image), before)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in network.modules())


def test_a_norm_with_an_activation_inside_stays() -> None:
    network, image = _network(_NormThenRelu), torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        before = network(image)
        fold_norms(network)
        torch.testing.assert_close(network(image), before)
    assert (before == 0).any()
