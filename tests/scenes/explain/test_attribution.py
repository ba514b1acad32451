"""Explanations: against numerical gradients, a plain reimplementation, and known evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from railmap.nets.scene_networks import SceneNetwork, build_scene_network
from railmap.progress import NullReporter
from railmap.scenes.audit.attention import read_evidence, summarize_attention
from railmap.scenes.data.dataset import read_pixels
from railmap.scenes.explain.attribution import (
    cam,
    enlarge,
    grad_cam,
    guided_backprop,
    guided_grad_cam,
)
from railmap.scenes.training.fitting import FittedScenes


class Bend(nn.Module):
    """Makes logits that are not linear in the features, so that α depends on the photo."""

    def forward(self, pooled: Tensor) -> Tensor:
        return torch.sin(pooled @ torch.arange(12.0, dtype=pooled.dtype).view(4, 3).mul(0.3))


@pytest.fixture
def tiny() -> SceneNetwork:
    torch.manual_seed(5)
    backbone = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 4, 3, 1, 1))
    network = SceneNetwork(backbone, 4, 3).double()
    network.head = Bend()  # type: ignore[assignment]
    return network.eval()


def test_grad_cam_is_equation_4_with_numerical_gradients(tiny: SceneNetwork) -> None:
    image = torch.randn(1, 3, 10, 10, dtype=torch.float64)
    features = tiny.backbone(image).detach()
    gradient = torch.zeros_like(features)
    step = 1e-6
    for index in np.ndindex(*features.shape):
        up, down = features.clone(), features.clone()
        up[index] += step
        down[index] -= step
        gradient[index] = (tiny.classify(up)[0, 1] - tiny.classify(down)[0, 1]) / (2 * step)
    alpha = gradient.mean(dim=(2, 3), keepdim=True)
    expected = torch.relu((alpha * features).sum(dim=1))
    maps, scores = grad_cam(tiny, image, 1)
    assert expected.max() > 0
    torch.testing.assert_close(maps, expected, rtol=1e-5, atol=1e-8)
    whole = (gradient.sum(dim=(2, 3), keepdim=True) * features).sum(dim=1).mean(dim=(1, 2))
    torch.testing.assert_close(scores, whole, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", ["small", "resnet50-v2"])
def test_grad_cam_is_the_positive_part_of_cam_and_the_score_is_the_logit(name: str) -> None:
    torch.manual_seed(1)
    network = build_scene_network(name, 5).eval()
    image = torch.randn(2, 3, 96, 96)
    maps, scores = grad_cam(network, image, 3)
    heat = cam(network, image, 3)
    pixels = heat.shape[1] * heat.shape[2]
    torch.testing.assert_close(maps, torch.relu(heat) / pixels, rtol=1e-4, atol=1e-7)
    with torch.inference_mode():
        logits = network(image)[:, 3] - network.head.bias[3]
    torch.testing.assert_close(scores, logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(heat.mean(dim=(1, 2)), logits, rtol=1e-4, atol=1e-5)


class _Guided(torch.autograd.Function):
    """Equation 1, implemented independently."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradient * (x > 0) * (gradient > 0)


class GuidedReLU(nn.Module):
    limit = float("inf")

    def forward(self, x: Tensor) -> Tensor:
        return _Guided.apply(x).clamp(max=self.limit)


class GuidedReLU6(GuidedReLU):
    limit = 6.0


def with_guided(part: nn.Module) -> nn.Module:
    for name, child in part.named_children():
        guided = {nn.ReLU: GuidedReLU, nn.ReLU6: GuidedReLU6}.get(type(child))
        setattr(part, name, guided() if guided else with_guided(child))
    return part


@pytest.mark.parametrize("name", ["small", "resnet50-improved", "efficientnet-lite0"])
def test_guided_backprop_is_equation_1(name: str) -> None:
    torch.manual_seed(2)
    network = build_scene_network(name, 5).eval()
    image = torch.randn(1, 3, 64, 64)
    found = guided_backprop(network, image, 2)
    reference = build_scene_network(name, 5).eval()
    reference.load_state_dict(network.state_dict())
    given = image.clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(with_guided(reference)(given)[0, 2], given)
    assert expected.abs().max() > 0
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6 * float(expected.abs().max()))
    assert all(isinstance(m, nn.ReLU) for n, m in network.named_modules() if n.endswith("relu"))


def test_guided_grad_cam_is_their_product(fitted: FittedScenes) -> None:
    image = torch.randn(1, 3, 96, 96)
    maps, _ = grad_cam(fitted.network, image, 0)
    guided = guided_backprop(fitted.network, image, 0)
    both = guided_grad_cam(guided, maps)
    assert both.shape == (1, 3, 96, 96)
    assert (both[guided == 0] == 0).all()
    assert (both[:, :, enlarge(maps, 96)[0] == 0] == 0).all()


def test_explanations_point_to_the_evidence(fitted: FittedScenes, photo_set: Path) -> None:
    """The pointing game (Zhang et al. 2018): the maximum of the map is on the evidence."""
    right = fitted.probabilities.argmax(axis=1) == fitted.data.labels
    test = fitted.data.take((fitted.data.parts != "train") & right)
    data, pixels = read_pixels(test, 96, NullReporter())
    masks = read_evidence(photo_set.parent / "evidence", data, 96)
    images = (torch.from_numpy(pixels).float() / 255 - 0.5) / 0.5
    hits, chance, maps = [], [], []
    for number in range(len(data)):
        heat, _ = grad_cam(fitted.network, images[number : number + 1], int(data.labels[number]))
        maps.append(heat[0].numpy())
        # A cell of the feature map is 8 pixels wide: the evidence is found within it.
        row, col = divmod(int(enlarge(heat, 96)[0].argmax()), 96)
        near = masks[number, max(0, row - 4) : row + 5, max(0, col - 4) : col + 5]
        hits.append(bool(near.any()))
        spot = np.random.default_rng(number).integers(0, 96, (200, 2))
        chance += [
            masks[number, max(0, r - 4) : r + 5, max(0, c - 4) : c + 5].any() for r, c in spot
        ]
    assert np.mean(hits) > np.mean(chance) + 0.15
    attention = summarize_attention(np.stack(maps), masks)
    assert attention.evidence_share is not None
    assert attention.evidence_area is not None
    assert attention.evidence_share > 1.25 * attention.evidence_area
