"""Networks by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from railmap.errors import ModelError
from railmap.models.tensors import load_weights
from railmap.nets.deeplab import DeepLabV3Plus
from railmap.nets.deeplabv3 import DeepLabV3
from railmap.nets.unet import LUNet, UNet

__all__ = ["NETWORKS", "build_network"]

# Dilations that a crop of 256 pixels can teach; half of CARAFE's cost at the logits.
_SLIM: dict[str, Any] = {
    "channels": 128, "low_level_stride": 2, "rates": (3, 6, 9), "compressed": 32
}  # fmt: skip

_PAPER: dict[str, Any] = {"plain": True, "pooling": "global", "final": "features"}

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    # The track paper's network and its ablation as the paper describes them (Tables 1, 3, 5, 6).
    "deeplabv3plus-mobilenetv3-carafe-paper": partial(DeepLabV3Plus, **_PAPER),
    "deeplabv3plus-mobilenetv3-bilinear-paper": partial(
        DeepLabV3Plus, upsampling="bilinear", **_PAPER
    ),
    "deeplabv3plus-mobilenetv2-carafe-paper": partial(
        DeepLabV3Plus, backbone="mobilenetv2", **_PAPER
    ),
    "deeplabv3plus-mobilenetv2-bilinear-paper": partial(
        DeepLabV3Plus, backbone="mobilenetv2", upsampling="bilinear", **_PAPER
    ),
    "deeplabv3plus-xception-bilinear-paper": partial(  # compared in Figures 8 and 9
        DeepLabV3Plus, backbone="xception", upsampling="bilinear", **_PAPER
    ),
    # The same with separable 3×3 convolutions, a local mean in place of image pooling, and CARAFE
    # on the logits: a fraction of the cost, and the same answer in every window.
    "deeplabv3plus-mobilenetv3-carafe": DeepLabV3Plus,
    "deeplabv3plus-mobilenetv3-bilinear": partial(DeepLabV3Plus, upsampling="bilinear"),
    "deeplabv3plus-mobilenetv2-carafe": partial(DeepLabV3Plus, backbone="mobilenetv2"),
    "deeplabv3plus-mobilenetv2-bilinear": partial(
        DeepLabV3Plus, backbone="mobilenetv2", upsampling="bilinear"
    ),
    "deeplabv3plus-xception-carafe": partial(DeepLabV3Plus, backbone="xception"),
    "deeplabv3plus-xception-bilinear": partial(
        DeepLabV3Plus, backbone="xception", upsampling="bilinear"
    ),
    # Its baselines (Tables 1 and 3): references [25], [26] and [27]; [28] is DeepLabV3+ with
    # MobileNetV2.
    "u-net": UNet,
    "l-unet": LUNet,
    "deeplabv3-resnet50": DeepLabV3,
    # Ours: half the decoder's width for speed on CPU, stride-2 features for sharper edges.
    "deeplabv3plus-mobilenetv3-carafe-slim": partial(
        DeepLabV3Plus, channels=128, low_level_stride=2
    ),
    # The same on encoders whose ImageNet weights an installed package provides.
    "deeplabv3plus-efficientnetlite0-carafe-slim": partial(
        DeepLabV3Plus, backbone="efficientnet-lite0", **_SLIM
    ),
    "deeplabv3plus-efficientnetlite0cut-carafe-slim": partial(
        DeepLabV3Plus, backbone="efficientnet-lite0-cut", **_SLIM
    ),
    # With heads for the track's direction, switch toes and crossing centres.
    "deeplabv3plus-efficientnetlite0cut-carafe-fields": partial(
        DeepLabV3Plus,
        backbone="efficientnet-lite0-cut",
        **_SLIM,
        fields=(0.0, 0.0, -4.0, -4.0, 0.0, 0.0),  # heatmaps begin near 0
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
        Model package (ONNX), or a safetensors file: of the whole network, or of its backbone with
        the tensor names of torchvision or timm (e.g. MobileNetV3-Large). Weights of a backbone
        initialise the encoder only.
    imagenet
        Start the encoder from ImageNet weights: those of torchvision or timm, which download them,
        or those of EfficientNet-Lite0 from an installed package.
    **options
        Passed to the network, e.g. ``pooling="global"``.

    Raises
    ------
    ModelError
        If the name is unknown, or the weights are missing, unsafe or do not fit.
    """
    if name not in NETWORKS:
        raise ModelError(f"no network is called {name!r}; there are: {', '.join(NETWORKS)}")
    network = NETWORKS[name](num_classes=num_classes, imagenet=imagenet, **options)
    if weights is not None:
        load_weights(network, weights)
    return network
