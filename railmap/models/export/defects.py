"""A trained RailNet as a model package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from railmap.models.defects import HEAD_WIDTH, STRIP_WIDTH, RegionRule
from railmap.models.export.package import GraphSpec, write_package
from railmap.nets.railnet import CLASSES, KINDS, RailNet

__all__ = ["export_defect_model"]

_GRAPH_ROWS = 512


def export_defect_model(
    network: RailNet,
    path_onnx: Path,
    rule: RegionRule,
    *,
    version: str,
    training_data: Sequence[Mapping[str, str]],
) -> None:
    """Write ``NAME.onnx`` with its metadata.

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
        If the file cannot be written.
    """
    graph = GraphSpec(
        forward=_probability,
        shape=(1, 2, _GRAPH_ROWS, STRIP_WIDTH),
        input_name="strip",
        outputs=["probability"],
        open_axes=[2],
    )
    values = {
        "railmap_kind": "railmap-defects",
        "railmap_version": version,
        "network": "railnet",
        "model_type": "Segmentor",
        "class_names": [*CLASSES, *KINDS],
        "region_rule": asdict(rule),
        "head_width": HEAD_WIDTH,
        "strip_width": STRIP_WIDTH,
        "training_data": [dict(source) for source in training_data],
    }
    write_package(network, path_onnx, graph, values)


def _probability(network: nn.Module, strip: Tensor) -> Tensor:
    logits = network(strip)
    split = len(CLASSES)
    return torch.cat([torch.sigmoid(logits[:, :split]), logits[:, split:].softmax(1)], 1)
