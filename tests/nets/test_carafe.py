from __future__ import annotations

import numpy as np
import pytest
import torch

from railmap.nets.carafe import Carafe, reassemble


def direct(features: np.ndarray, channels: np.ndarray, k_up: int, scale: int) -> np.ndarray:
    """CARAFE pixel by pixel from the encoder's channels, as the definition reads."""
    n, c, h, w = features.shape
    r = k_up // 2
    out = np.zeros((n, c, h * scale, w * scale))
    for b, y, x in np.ndindex(n, h * scale, w * scale):
        i, j = y // scale, x // scale
        sub = (y % scale) * scale + x % scale
        logits = channels[b, :, i, j].reshape(k_up**2, scale**2)[:, sub]
        kernel = np.exp(logits - logits.max())
        kernel = (kernel / kernel.sum()).reshape(k_up, k_up)
        for u, v in np.ndindex(k_up, k_up):
            row, col = i + u - r, j + v - r
            if 0 <= row < h and 0 <= col < w:
                out[b, :, y, x] += kernel[u, v] * features[b, :, row, col]
    return out


@pytest.mark.parametrize(("channels", "k_up", "scale"), [(3, 5, 4), (1, 5, 4), (2, 3, 2)])
def test_equals_the_direct_form(channels: int, k_up: int, scale: int) -> None:
    torch.manual_seed(1)
    carafe = Carafe(channels, scale=scale, k_up=k_up, compressed=8).double()
    torch.nn.init.normal_(carafe.encode.weight, std=1.0)
    torch.nn.init.normal_(carafe.encode.bias)
    features = torch.randn(2, channels, 4, 6, dtype=torch.float64)
    with torch.no_grad():
        encoded = carafe.encode(carafe.compress(features)).numpy()
        got = carafe(features).numpy()
    np.testing.assert_allclose(got, direct(features.numpy(), encoded, k_up, scale), atol=1e-12)


def test_kernels_come_from_the_guide() -> None:
    torch.manual_seed(2)
    carafe = Carafe(6, compressed=8)
    torch.nn.init.normal_(carafe.encode.weight, std=1.0)
    logits, guide = torch.randn(1, 1, 5, 5), torch.randn(1, 6, 5, 5)
    assert carafe(logits, guide).shape == (1, 1, 20, 20)
    assert not torch.equal(carafe(logits, guide), carafe(logits, guide.flip(3)))


def test_kernels_sum_to_one() -> None:
    carafe = Carafe(4, compressed=8)
    total = carafe.kernels(torch.randn(1, 4, 3, 3)).sum(dim=3)
    torch.testing.assert_close(total, torch.ones(1, 3, 3, 16))


def test_gradient_is_that_of_the_definition() -> None:
    torch.manual_seed(3)
    features = torch.randn(1, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    kernels = torch.rand(1, 2, 3, 9, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda f, k: reassemble(f, k, 3, 2), (features, kernels))


def test_defaults_are_the_papers() -> None:
    carafe = Carafe(256)
    assert carafe.compress.weight.shape == (64, 256, 1, 1)
    assert carafe.encode.weight.shape == (4**2 * 5**2, 64, 3, 3)
