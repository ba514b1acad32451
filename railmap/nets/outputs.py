"""Outputs of a track network: probability from its logits, and its fields."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from railmap.models.metadata import FIELD_NAMES

__all__ = ["has_fields", "read_fields"]

_HEATMAPS = slice(FIELD_NAMES.index("toe"), FIELD_NAMES.index("crossing") + 1)


def has_fields(network: nn.Module) -> bool:
    """Return whether the network has a second output, computed by its method ``heads``."""
    return isinstance(getattr(network, "fields", None), nn.Module)


def read_fields(fields: Tensor) -> Tensor:
    """Convert the logits of the heatmaps to 0-1; directions are unchanged.

    Parameters
    ----------
    fields
        ``(N, 6, H / 4, W / 4)``, channels as `railmap.models.metadata.FIELD_NAMES`.
    """
    heatmaps = torch.sigmoid(fields[:, _HEATMAPS])
    return torch.cat([fields[:, : _HEATMAPS.start], heatmaps, fields[:, _HEATMAPS.stop :]], dim=1)
