"""How the weights are moved: the track paper's recipe, and ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from railmap.errors import UsageError
from railmap.training.losses import mask_loss, tent_loss

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
        Network and rate → optimizer.
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
    optimizer: Callable[[nn.Module, float], Optimizer]
    shape: Callable[[float], float]
    average: float | None = None
    clip: float | None = None


def _sgd(network: nn.Module, rate: float) -> Optimizer:
    return SGD(network.parameters(), rate, momentum=0.9, weight_decay=1e-4)


def _adamw(network: nn.Module, rate: float) -> Optimizer:
    """AdamW that lets biases and batch norms be."""
    trained = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 1e-2},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    fused = all(p.device.type in ("cpu", "cuda") for p in trained)
    return AdamW(groups, lr=rate, fused=fused)


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
