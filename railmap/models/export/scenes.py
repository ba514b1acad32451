"""A scene network as a model package, with its class activation maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from railmap.models.export.package import GraphSpec, write_package
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork

__all__ = ["export_scene_model"]


def export_scene_model(
    network: SceneNetwork,
    name: str,
    classes: Sequence[str],
    path_onnx: Path,
    *,
    size: int,
    version: str = "1",
    training: Mapping[str, Any] | None = None,
) -> None:
    """Write ``NAME.onnx`` with its metadata.

    The graph takes ``image`` (``N×3×T×T`` float32, normalised) to ``probability`` (``N×classes``)
    and ``activation`` (``N×classes×h×w``), so that photos are explained without torch.

    Parameters
    ----------
    network
        The network, left as it is.
    name
        Its key in `SCENE_NETWORKS`.
    classes
        Keys of the scenes, in the order of the logits.
    path_onnx
        Where to write; an existing file is replaced.
    size
        T.
    version
        Of the model.
    training
        Data and scores of the training, for the metadata.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    spec = SCENE_NETWORKS[name]
    graph = GraphSpec(
        forward=_explained,
        shape=(2, 3, size, size),
        input_name="image",
        outputs=["probability", "activation"],
        open_axes=[0],
    )
    values = {
        "railmap_kind": "railmap-scenes",
        "model_type": "SceneClassifier",
        "class_names": {str(number): key for number, key in enumerate(classes)},
        "tile_size": size,
        "standardization_mean": list(spec.mean),
        "standardization_std": list(spec.std),
        "network": name,
        "railmap_version": version,
        "training": dict(training or {}),
    }
    write_package(network, path_onnx, graph, values)


def _explained(network: nn.Module, image: Tensor) -> tuple[Tensor, Tensor]:
    """Image to probabilities and class activation maps (equation 3)."""
    scenes = cast(SceneNetwork, network)
    features = scenes.backbone(image)
    probability = torch.softmax(scenes.classify(features), dim=1)
    return probability, scenes.activation_maps(features)
