"""The losses: on the tent, on the mask, and on the fields."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from railmap.training.data.fields import HEAT_TOP
from railmap.training.data.sample import IGNORE, TOP

__all__ = ["fields_loss", "mask_loss", "narrow_zone", "tent_loss"]

_NARROW = 3.0  # additional weight of the cross entropy where two tracks are close together
_VALLEY, _SIDES = 11, 8  # pixels: half width of a valley that is filled, and around it
_LIFTED = 0.04
_DIRECTION, _HEAT, _FACING = 0.3, 0.3, 0.1  # weights relative to the tent's loss


def tent_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the soft target, plus soft Dice against the rarity of track.

    Dice has squares in its denominator, so that its minimum is at ``p = t`` for a soft target too.
    The cross entropy counts four times where two tracks are close together (`narrow_zone`): these
    few pixels decide about the turnouts, and a network otherwise merges the two bands.

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
    weight = valid * (1 + _NARROW * narrow_zone(wanted))
    mean = (entropy * weight).sum() / valid.sum().clamp(min=1)
    p = torch.sigmoid(score) * valid
    overlap = 2 * (p * wanted).sum() + 1
    dice = 1 - overlap / ((p * p).sum() + (wanted * wanted).sum() + 1)
    return mean + 0.5 * dice


def narrow_zone(wanted: Tensor) -> Tensor:
    """Find the valley between two tracks that are close together, and its sides.

    The grey closing of the target with a square of 23 pixels lifts these valleys: at 10 cm per
    pixel those of a turnout, and of parallel tracks up to about 7 m apart.

    Parameters
    ----------
    wanted
        ``(N, H, W)`` tent, 0-1.

    Returns
    -------
    Tensor
        ``(N, H, W)`` float, 1 in the zone, else 0.
    """
    closed = -_highest(-_highest(wanted, _VALLEY), _VALLEY)
    lifted = (closed - wanted > _LIFTED).float()
    # the closing knows nothing beyond the edge
    lifted[:, :_VALLEY] = lifted[:, -_VALLEY:] = 0
    lifted[:, :, :_VALLEY] = lifted[:, :, -_VALLEY:] = 0
    return _highest(lifted, _SIDES)


def _highest(values: Tensor, radius: int) -> Tensor:
    """Maximum in a square of `radius` pixels around each pixel."""
    side = 2 * radius + 1
    rows = functional.max_pool2d(values[:, None], (side, 1), 1, (radius, 0))
    return functional.max_pool2d(rows, (1, side), 1, (0, radius))[:, 0]


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
