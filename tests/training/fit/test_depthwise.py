"""The quick depthwise convolutions are the plain ones."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from railmap.nets import build_network
from railmap.training.fit.depthwise import quicken_depthwise


@pytest.mark.parametrize(
    ("size", "dilation", "stride", "side"),
    [(5, 2, 1, 16), (5, 2, 1, 15), (5, 1, 1, 12), (5, 1, 2, 13), (7, 2, 1, 20)],
)
def test_output_and_gradients_are_the_same(
    size: int, dilation: int, stride: int, side: int
) -> None:
    torch.manual_seed(0)
    padding = dilation * (size // 2)
    plain = nn.Conv2d(6, 6, size, stride, padding, dilation, groups=6, bias=False)
    quick = copy.deepcopy(plain)
    assert quicken_depthwise(quick) == 1
    results = []
    for conv in (plain, quick):
        image = torch.randn(2, 6, side, side, generator=torch.Generator().manual_seed(1))
        image.requires_grad_()
        out = conv.train()(image)
        out.square().sum().backward()
        results.append((out, image.grad, conv.weight.grad))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_the_network_keeps_its_weights_and_can_be_copied() -> None:
    network = build_network("deeplabv3plus-mobilenetv3-carafe-slim")
    names = list(network.state_dict())
    assert quicken_depthwise(network) >= 3
    assert list(copy.deepcopy(network).state_dict()) == names
    network.eval()
    plain = build_network("deeplabv3plus-mobilenetv3-carafe-slim").eval()
    plain.load_state_dict(network.state_dict())
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(network(image), plain(image))


def test_other_convolutions_are_left_alone() -> None:
    others = nn.Sequential(
        nn.Conv2d(4, 4, 3, groups=4, bias=False), nn.Conv2d(4, 4, 5, bias=False), nn.Conv2d(4, 4, 5)
    )
    assert quicken_depthwise(others) == 0
