"""A scene network as a model package: ONNX with its class activation maps, and safetensors."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from railmap.files.output import atomic_output
from railmap.models.export.graph import to_onnx
from railmap.models.tensors import save_weights
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork

__all__ = ["export_scene_model"]


class _Explained(nn.Module):
    """Image to probabilities and class activation maps (equation 3)."""

    def __init__(self, network: SceneNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = self.network.backbone(image)
        probability = torch.softmax(self.network.classify(features), dim=1)
        return probability, self.network.activation_maps(features)


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
    """Write ``NAME.onnx`` for inference and ``NAME.safetensors`` beside it for torch.

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
        Where to write; existing files are replaced.
    size
        T.
    version
        Of the model.
    training
        What it was trained on and how well it does, for the metadata.

    Raises
    ------
    OutputError
        If the files can't be written.
    """
    path_weights = path_onnx.with_suffix(".safetensors")
    save_weights(network, path_weights)
    spec = SCENE_NETWORKS[name]
    values = {
        "model_type": "SceneClassifier",
        "class_names": {str(number): key for number, key in enumerate(classes)},
        "tile_size": size,
        "standardization_mean": list(spec.mean),
        "standardization_std": list(spec.std),
        "network": name,
        "railmap_version": version,
        "training": dict(training or {}),
        "safetensors_sha256": hashlib.sha256(path_weights.read_bytes()).hexdigest(),
    }
    whole = _Explained(copy.deepcopy(network).eval())
    model = to_onnx(
        whole,
        torch.zeros(2, 3, size, size),
        name="image",
        outputs=["probability", "activation"],
        open_axes=[0],
    )
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    onnx.helper.set_model_props(model, texts)
    with atomic_output(path_onnx, overwrite=True) as partial:
        partial.write_bytes(model.SerializeToString(deterministic=True))
