"""A trained RailNet as a model package: ``NAME.onnx`` and ``NAME.safetensors``."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from railmap.files.output import atomic_output
from railmap.models.export.graph import fold_norms, to_onnx
from railmap.models.tensors import save_weights
from railmap.nets.railnet import CLASSES, KINDS, RailNet
from railmap.surface.model.regions import RegionRule
from railmap.surface.model.strip import HEAD_WIDTH, STRIP_WIDTH

__all__ = ["export_defect_model"]


class _Answer(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, strip: Tensor) -> Tensor:
        logits = self.network(strip)
        split = len(CLASSES)
        return torch.cat([torch.sigmoid(logits[:, :split]), logits[:, split:].softmax(1)], 1)


def export_defect_model(
    network: RailNet,
    path_onnx: Path,
    rule: RegionRule,
    *,
    version: str,
    training_data: Sequence[Mapping[str, str]],
) -> None:
    """Write the ONNX file with its metadata, and the safetensors file beside it.

    The graph takes ``strip`` (``1x2xHx320`` float32 from `strip_channels`, H by 32) to
    ``probability`` (``1x9xH/4x80``).

    Parameters
    ----------
    network
        Left as it is.
    path_onnx
        Where to write.
    rule
        Which regions count.
    version
        Of the model.
    training_data
        One mapping with "name" and "licence" for each source.

    Raises
    ------
    OutputError
        If a file can't be written.
    """
    path_weights = path_onnx.with_suffix(".safetensors")
    save_weights(network, path_weights)
    whole = _Answer(copy.deepcopy(network).eval())
    fold_norms(whole)
    model = to_onnx(
        whole,
        torch.zeros(1, 2, 512, STRIP_WIDTH),
        name="strip",
        outputs=["probability"],
        open_axes=[2],
    )
    values = {
        "railmap_kind": "railmap-defects",
        "railmap_version": version,
        "model_type": "Segmentor",
        "class_names": [*CLASSES, *KINDS],
        "region_rule": asdict(rule),
        "head_width": HEAD_WIDTH,
        "strip_width": STRIP_WIDTH,
        "training_data": [dict(source) for source in training_data],
        "safetensors_sha256": hashlib.sha256(path_weights.read_bytes()).hexdigest(),
    }
    onnx.helper.set_model_props(model, {k: json.dumps(v) for k, v in values.items()})
    onnx.checker.check_model(model)
    with atomic_output(path_onnx, overwrite=True) as partial:
        partial.write_bytes(model.SerializeToString(deterministic=True))
