"""Networks by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from railmap.errors import ModelError
from railmap.nets.deeplab import DeepLabV3Plus
from railmap.nets.weights import load_weights

__all__ = ["NETWORKS", "build_network"]

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    # The track paper's network and its ablation.
    "deeplabv3plus-mobilenetv3-carafe": DeepLabV3Plus,
    "deeplabv3plus-mobilenetv3-bilinear": partial(DeepLabV3Plus, upsampling="bilinear"),
    # Ours: half the decoder's width for speed on CPU, stride-2 features for sharper edges.
    "deeplabv3plus-mobilenetv3-carafe-slim": partial(
        DeepLabV3Plus, channels=128, low_level_stride=2
    ),
}


def build_network(
    name: str,
    *,
    num_classes: int = 1,
    weights: Path | None = None,
    imagenet: bool = False,
    **options: Any,
) -> nn.Module:
    """Build a network that maps ``(N, 3, H, W)`` normalised images to logits of the same size.

    Parameters
    ----------
    name
        A key of `NETWORKS`.
    num_classes
        Channels of the logits.
    weights
        Safetensors file: of the whole network, or of torchvision's MobileNetV3-Large (keys
        ``features.…``), which then only starts the encoder.
    imagenet
        Start the encoder from torchvision's ImageNet weights.
    **options
        Passed to the network, e.g. ``pooling="global"``.

    Raises
    ------
    ModelError
        If the name is unknown, or the weights are missing, unsafe or don't fit.
    """
    if name not in NETWORKS:
        raise ModelError(f"no network is called {name!r}; there are: {', '.join(NETWORKS)}")
    network = NETWORKS[name](num_classes=num_classes, imagenet=imagenet, **options)
    if weights is not None:
        load_weights(network, weights)
    return network
