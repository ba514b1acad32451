from __future__ import annotations

import numpy as np
import pytest
import torch

from railmap.training.data.sample import IGNORE, normalise, to_image
from railmap.training.data.tent import draw_tent
from railmap.training.tracks.losses import mask_loss, tent_loss


def test_tent_has_its_definition() -> None:
    line = np.array([[-10.0, 20.25], [80.0, 20.25]])
    tent = draw_tent((40, 60), [line], 16.0)
    distance = np.abs(np.arange(40) + 0.5 - 20.25)
    expected = np.round(np.maximum(0, 1 - distance / 16) * 254)
    np.testing.assert_allclose(tent, np.repeat(expected[:, None], 60, 1), atol=1)


def test_tent_is_half_high_at_the_sleeper_end() -> None:
    gsd = 0.1
    tent = draw_tent((100, 100), [np.array([[50.0, -50.0], [50.0, 150.0]])], 2.6 / gsd)
    assert (tent[50] >= 127).sum() == pytest.approx(2.6 / gsd, abs=1)


def test_tent_takes_the_nearest_line_and_ends_round() -> None:
    lines = [np.array([[10.0, 30.0], [30.0, 30.0]]), np.array([[10.0, 40.0], [30.0, 40.0]])]
    tent = draw_tent((60, 60), lines, 12.0) / 254
    y, x = np.mgrid[0:60, 0:60] + 0.5
    nearest = np.min([np.hypot(np.clip(x, 10, 30) - x, line[0, 1] - y) for line in lines], axis=0)
    np.testing.assert_allclose(tent, np.maximum(0, 1 - nearest / 12), atol=0.003)


def test_line_of_one_point_repeated_and_line_outside() -> None:
    lines = [np.array([[5.0, 5.0], [5.0, 5.0]]), np.array([[900.0, 900.0], [950.0, 900.0]])]
    tent = draw_tent((20, 20), lines, 4.0)
    assert tent.max() > 200
    assert tent[12:].max() == 0


def logit(p: np.ndarray) -> torch.Tensor:
    return torch.logit(torch.from_numpy(p).double().clamp(1e-6, 1 - 1e-6))[None, None]


def test_loss_is_least_at_the_target() -> None:
    target = np.linspace(0, 254, 64).astype(np.uint8).reshape(8, 8)
    truth = target / 254
    best = float(tent_loss(logit(truth), torch.from_numpy(target)[None]))
    for other in (truth * 0.9, truth * 0.9 + 0.1, (truth > 0.5) * 1.0, truth[::-1].copy()):
        assert float(tent_loss(logit(other), torch.from_numpy(target)[None])) > best


def test_loss_ignores_pixels_that_are_not_judged() -> None:
    target = torch.randint(0, 255, (1, 8, 8), dtype=torch.uint8)
    target[:, 4:] = IGNORE
    score = torch.randn(1, 1, 8, 8, requires_grad=True)
    loss = tent_loss(score, target)
    loss.backward()
    assert score.grad is not None
    assert torch.all(score.grad[:, :, 4:] == 0)
    assert torch.any(score.grad[:, :, :4] != 0)
    changed = score.detach().clone()
    changed[:, :, 4:] = 9
    assert torch.equal(tent_loss(changed, target), loss.detach())


def test_loss_of_nothing_is_zero() -> None:
    target = torch.full((1, 4, 4), IGNORE, dtype=torch.uint8)
    assert float(tent_loss(torch.randn(1, 1, 4, 4), target)) == 0


def test_mask_loss_is_the_cross_entropy_of_judged_pixels() -> None:
    target = torch.tensor([[[254, 127, 126, 0, IGNORE]]], dtype=torch.uint8)
    logits = torch.tensor([[[[2.0, 1.0, -1.0, 0.5, 9.0]]]])
    p = torch.sigmoid(logits[0, 0, 0, :4])
    wanted = torch.tensor([1.0, 1.0, 0.0, 0.0])
    expected = -(wanted * p.log() + (1 - wanted) * (1 - p).log()).mean()
    torch.testing.assert_close(mask_loss(logits, target), expected)
    assert float(mask_loss(logits, torch.full_like(target, IGNORE))) == 0


def test_to_image_inverts_normalise() -> None:
    image = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
    assert np.array_equal(to_image(normalise(image)), image)
