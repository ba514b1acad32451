"""The losses: on the tent, on the mask, and on the fields."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from railmap.training.data.fields import HEAT_TOP
from railmap.training.data.sample import IGNORE, TOP

__all__ = ["fields_loss", "mask_loss", "tent_loss"]

_DIRECTION, _HEAT, _FACING = 0.3, 0.3, 0.1  # weights relative to the tent's loss


def tent_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the soft target, plus soft Dice against the rarity of track.

    Dice has squares in its denominator, so that its minimum is at ``p = t`` for a soft target too.

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


def fields_loss(fields: Tensor, target: Tensor) -> Tensor:
    """Squared error of the directions, focal loss of the heatmaps.

    The heatmaps' loss is that of CenterNet (Zhou et al. 2019, equation 1): cells near a peak count
    the less as negatives the nearer they are.

    Parameters
    ----------
    fields
        ``(N, 6, h, w)``, channels as `FIELD_NAMES` of `railmap.models.metadata`; the heatmaps
        are logits.
    target
        ``(N, 6, h, w)`` int8, as `draw_fields` gives it.

    Returns
    -------
    Tensor
        Scalar; 0 if nothing is judged.
    """
    found, wanted = fields.float(), target.float() / HEAT_TOP
    loss = _DIRECTION * _vector_error(found[:, :2], wanted[:, :2])
    loss = loss + _FACING * _vector_error(found[:, 4:], wanted[:, 4:])
    logits, heat = found[:, 2:4], wanted[:, 2:4]
    judged = (target[:, 2:4] >= 0).float()
    peak = (target[:, 2:4] == HEAT_TOP).float()
    p = torch.sigmoid(logits)
    hit = functional.logsigmoid(logits) * (1 - p) ** 2 * peak
    miss = functional.logsigmoid(-logits) * p**2 * (1 - heat.clamp(min=0)) ** 4 * (1 - peak)
    focal = -((hit + miss) * judged).sum() / peak.sum().clamp(min=len(fields) / 4)
    return loss + _HEAT * focal


def _vector_error(found: Tensor, wanted: Tensor) -> Tensor:
    known = (wanted.abs().sum(1) > 0).float()
    error = ((found - wanted) ** 2).sum(1) * known
    return error.sum() / known.sum().clamp(min=1)
