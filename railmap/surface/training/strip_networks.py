"""Networks for rail-surface strips: training recipe, input and output of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from railmap.models.tensors import load_weights
from railmap.nets.fcn import FCN8s, ModifiedFCN
from railmap.nets.segnet import SegNet59
from railmap.nets.stripnet import StripNet

__all__ = ["MODELS", "OURS", "PAPER", "RECIPES", "Recipe", "segment_strips", "strip_input"]

MODELS: dict[str, Callable[[int, bool], nn.Module]] = {
    "proposed": lambda kind, imagenet: ModifiedFCN(1 if kind == 1 else 2, imagenet=imagenet),
    "segnet": lambda kind, imagenet: SegNet59(),
    "fcn8s": lambda kind, imagenet: FCN8s(imagenet=imagenet),
    "railmap": lambda kind, imagenet: StripNet(),
}


@dataclass(frozen=True)
class Recipe:
    """Training settings of a network; loss, strips, batch and epochs are the same for all.

    Parameters
    ----------
    rate
        Learning rate of Adam; the peak if `falling`.
    decay
        Weight decay of AdamW; 0 is Adam.
    falling
        Whether the rate rises over the first tenth and then falls to 0 along a cosine.
    mirrored
        Whether strips are flipped at random, left to right and top to bottom.
    """

    rate: float = 1e-4
    decay: float = 0.0
    falling: bool = False
    mirrored: bool = False


PAPER = Recipe()
OURS = Recipe(rate=4e-3, decay=0.02, falling=True, mirrored=True)
RECIPES = {model: OURS if model == "railmap" else PAPER for model in MODELS}


def strip_input(images: NDArray[np.uint8], mean: float, std: float) -> Tensor:
    """Normalize strips and repeat them in three channels (section 2.1.3 of the paper).

    Parameters
    ----------
    images
        ``(N, H, W)`` uint8 grey.
    mean, std
        Mean and standard deviation of the training strips.

    Returns
    -------
    Tensor
        ``(N, 3, H, W)`` float32.
    """
    grey = torch.from_numpy((images.astype(np.float32) - mean) / std)
    return grey[:, None].expand(-1, 3, -1, -1)


@torch.no_grad()
def segment_strips(
    model: str, kind: int, weights: Path, images: NDArray[np.uint8], mean: float, std: float
) -> NDArray[np.bool_]:
    """Segment strips with a trained network, on the CPU.

    Parameters
    ----------
    model, kind
        A key of `MODELS`; type of RSDDs, 1 or 2.
    weights
        Safetensors file of a training.
    images, mean, std
        As for `strip_input`.

    Returns
    -------
    NDArray
        ``(N, H, W)`` bool: whether the pixel is a defect.

    Raises
    ------
    ModelError
        If the weights cannot be read or belong to another network.
    """
    network = MODELS[model](kind, False).eval()
    load_weights(network, weights)
    found = [network(part).argmax(1) == 1 for part in strip_input(images, mean, std).split(16)]
    return np.asarray(torch.cat(found).numpy())
