"""The losses: on the tent, on the mask, and on the fields."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from railmap.training.data.fields import HEAT_TOP
from railmap.training.data.sample import IGNORE, TOP

__all__ = ["deepened", "fields_loss", "mask_loss", "narrow_zone", "tent_loss", "valleys"]

_NARROW = 3.0  # additional weight of the cross entropy where two tracks are close together
_VALLEY, _SIDES = 11, 8  # pixels: half width of a valley that is filled, and around it
_LIFTED = 0.04
_DEEPER = 2.0  # how much deeper a valley is learnt than the tents have it, as a multiple ...
_DEEPEST = 0.35  # ... but by no more than this ...
_SHALLOW = (0.45, 0.65)  # ... fully from the second value of the target on, not below the first
_DIRECTION, _HEAT, _FACING = 0.3, 0.3, 0.1  # weights relative to the tent's loss


def tent_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the soft target, plus soft Dice against the rarity of track.

    Dice has squares in its denominator, so that its minimum is at ``p = t`` for a soft target too.
    The cross entropy counts four times where two tracks are close together (`narrow_zone`): these
    few pixels decide about the turnouts, and a network otherwise merges the two bands. There the
    valley between the tracks is learnt `deepened`.

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
    valley = valleys(wanted)
    weight = valid * (1 + _NARROW * narrow_zone(valley))
    wanted = deepened(wanted, valley)
    entropy = functional.binary_cross_entropy_with_logits(score, wanted, reduction="none")
    mean = (entropy * weight).sum() / valid.sum().clamp(min=1)
    p = torch.sigmoid(score) * valid
    overlap = 2 * (p * wanted).sum() + 1
    dice = 1 - overlap / ((p * p).sum() + (wanted * wanted).sum() + 1)
    return mean + 0.5 * dice


def valleys(wanted: Tensor) -> Tensor:
    """Find the valleys between two tracks that are close together.

    The grey closing of the target with a square of 23 pixels lifts these valleys: at 10 cm per
    pixel those of a turnout, and of parallel tracks up to about 7 m apart.

    Parameters
    ----------
    wanted
        ``(N, H, W)`` tent, 0-1.

    Returns
    -------
    Tensor
        ``(N, H, W)`` how far it is lifted; 0 within 11 pixels of the edge, as the closing knows
        nothing beyond.
    """
    lifted = -_highest(-_highest(wanted, _VALLEY), _VALLEY) - wanted
    lifted[:, :_VALLEY] = lifted[:, -_VALLEY:] = 0
    lifted[:, :, :_VALLEY] = lifted[:, :, -_VALLEY:] = 0
    return lifted


def narrow_zone(valley: Tensor) -> Tensor:
    """Return the valleys and their sides.

    Parameters
    ----------
    valley
        ``(N, H, W)`` of `valleys`.

    Returns
    -------
    Tensor
        ``(N, H, W)`` float, 1 in the zone, else 0.
    """
    return _highest((valley > _LIFTED).float(), _SIDES)


def deepened(wanted: Tensor, valley: Tensor) -> Tensor:
    """Deepen the valley between two tracks that are less than about 2.5 m apart.

    The tents of two tracks 1 m apart have a valley of a fifth of their height only, and a network
    fills it. Its ridges stay where they are.

    Parameters
    ----------
    wanted
        ``(N, H, W)`` tent, 0-1.
    valley
        ``(N, H, W)`` of `valleys`.

    Returns
    -------
    Tensor
        ``(N, H, W)`` 0-1.
    """
    low, high = _SHALLOW
    share = ((wanted - low) / (high - low)).clamp(0, 1)
    return (wanted - share * (_DEEPER * valley).clamp(max=_DEEPEST)).clamp(min=0)


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
