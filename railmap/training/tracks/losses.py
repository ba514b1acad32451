"""The losses: on the tent, and on the mask."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from railmap.training.tracks.sample import IGNORE, TOP

__all__ = ["mask_loss", "tent_loss"]


def tent_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the soft target, plus soft Dice against the rarity of track.

    Dice has squares in its denominator, so that its least lies at ``p = t`` for a soft target too.

    Parameters
    ----------
    logits
        ``(N, 1, H, W)``.
    target
        ``(N, H, W)`` uint8, 0–254 = p·254, 255 = not judged.

    Returns
    -------
    Tensor
        Scalar; 0 if nothing is judged.
    """
    score = logits.squeeze(1).float()
    valid = (target != IGNORE).float()
    wanted = target.float() / TOP * valid
    entropy = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none")
    mean = (entropy * valid).sum() / valid.sum().clamp(min=1)
    p = torch.sigmoid(score) * valid
    overlap = 2 * (p * wanted).sum() + 1
    dice = 1 - overlap / ((p * p).sum() + (wanted * wanted).sum() + 1)
    return mean + 0.5 * dice


def mask_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the mask at half height (sleeper width), as the track paper's labels.

    Parameters
    ----------
    logits
        ``(N, 1, H, W)``.
    target
        ``(N, H, W)`` uint8, 0–254 = p·254, 255 = not judged.

    Returns
    -------
    Tensor
        Scalar; 0 if nothing is judged.
    """
    valid = (target != IGNORE).float()
    wanted = (target >= TOP / 2).float() * valid
    score = logits.squeeze(1).float()
    entropy = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none")
    return (entropy * valid).sum() / valid.sum().clamp(min=1)
