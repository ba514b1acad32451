"""A scene network as a model package, with its class activation maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from railmap.models.export.package import GraphSpec, write_package
from railmap.models.scenes import scene_metadata
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

    The graph takes ``image`` (``N×3×T×T`` float32, normalised) to ``probability`` (``N×classes``),
    ``activation`` (``N×classes×h×w``) and ``features`` (``N×K×h×w``), so that photos are explained
    and data sets audited without torch.

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
    values = scene_metadata(name, classes, size, (spec.mean, spec.std), version, training)
    graph = GraphSpec(
        forward=_explained,
        shape=(2, 3, size, size),
        input_name="image",
        outputs=["probability", "activation", "features"],
        open_axes=[0],
    )
    write_package(network, path_onnx, graph, values)


def _explained(network: nn.Module, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Image to probabilities, class activation maps (equation 3) and features."""
    scenes = cast(SceneNetwork, network)
    features = scenes.backbone(image)
    probability = torch.softmax(scenes.classify(features), dim=1)
    return probability, scenes.activation_maps(features), features
