"""How the weights are moved: the track paper's recipe, and ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from railmap.errors import UsageError
from railmap.training.tracks.losses import mask_loss, tent_loss

__all__ = ["RECIPES", "Recipe", "find_recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Optimizer, schedule and loss.

    Parameters
    ----------
    name
        Its key in `RECIPES`.
    rate
        Highest learning rate.
    batch
        Samples of a step.
    loss
        Logits ``(N, 1, H, W)`` and target ``(N, H, W)`` uint8 → scalar.
    target_profile
        What the network learns to give across a track: "tent" or "mask".
    optimizer
        Network, rate and the encoder's share of the rate (default 1) → optimizer; each of its
        groups holds its share of the rate as "share".
    shape
        Share of the training done (0–1) → share of the highest rate.
    average
        Decay of the exponential moving average of the weights, None for none.
    clip
        Most gradient norm, None for any.
    """

    name: str
    rate: float
    batch: int
    loss: Callable[[Tensor, Tensor], Tensor]
    target_profile: str
    optimizer: Callable[..., Optimizer]
    shape: Callable[[float], float]
    average: float | None = None
    clip: float | None = None


def _sgd(network: nn.Module, rate: float, encoder: float = 1.0) -> Optimizer:
    return SGD(_groups(network, encoder), rate, momentum=0.9, weight_decay=1e-4)


def _adamw(network: nn.Module, rate: float, encoder: float = 1.0) -> Optimizer:
    """AdamW that lets biases and batch norms be."""
    groups: list[dict[str, Any]] = []
    for group in _groups(network, encoder):
        params = group["params"]
        for decay, kept in ((1e-2, [p for p in params if p.ndim > 1]),
                            (0.0, [p for p in params if p.ndim <= 1])):  # fmt: skip
            if kept:
                groups.append(group | {"params": kept, "weight_decay": decay})
    fused = all(p.device.type in ("cpu", "cuda") for group in groups for p in group["params"])
    return AdamW(groups, lr=rate, fused=fused)


def _groups(network: nn.Module, encoder: float) -> list[dict[str, Any]]:
    """Trained parameters by their share of the rate: the encoder's have `encoder`, the others 1."""
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    inside = [p for name, p in trained.items() if name.startswith("encoder.")]
    outside = [p for name, p in trained.items() if not name.startswith("encoder.")]
    if encoder == 1.0:
        return [{"params": list(trained.values()), "share": 1.0}]
    return [{"params": inside, "share": encoder}, {"params": outside, "share": 1.0}]


def _poly(share: float) -> float:
    return float((1 - min(share, 1.0)) ** 0.9)


def _cosine(share: float, warm_up: float = 0.02) -> float:
    """Linear warm-up, then half a cosine to almost nothing."""
    if share < warm_up:
        return 0.02 + 0.98 * share / warm_up
    rest = (min(share, 1.0) - warm_up) / (1 - warm_up)
    return 0.002 + 0.998 * (1 + math.cos(math.pi * rest)) / 2


RECIPES: dict[str, Recipe] = {
    # Section 3.2 of the track paper: SGD, 7e-3, weight decay 1e-4 (and 100 epochs, weights every
    # 5). It is silent on momentum (0.9 here), schedule (poly with power 0.9, as DeepLab's
    # authors), batch (8) and loss (cross entropy with the mask).
    "paper": Recipe("paper", 7e-3, 8, mask_loss, "mask", _sgd, _poly),
    # Ours: the tent target, AdamW, a cosine with warm-up, and averaged weights.
    "railmap": Recipe(
        "railmap", 1.5e-3, 16, tent_loss, "tent", _adamw, _cosine, average=0.998, clip=1.0
    ),
}


def find_recipe(name: str) -> Recipe:
    """Return a recipe.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise UsageError(f"no recipe is called {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]
