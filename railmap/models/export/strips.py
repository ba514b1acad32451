"""A trained network of strips, such as the paper's modified FCN, as a model package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from railmap.models.defects import RegionRule, StripShape
from railmap.models.export.package import GraphSpec, write_package
from railmap.nets.segnet import SegNet59

__all__ = ["export_strip_model"]

# Every pixel that is more likely a defect than not counts, as in the paper.
_RULE = RegionRule(sure=0.5, edge=0.5, cells=1)


def export_strip_model(
    network: nn.Module,
    name: str,
    path_onnx: Path,
    strip: StripShape,
    normalisation: tuple[float, float],
    *,
    version: str,
    training_data: Sequence[Mapping[str, str]],
) -> None:
    """Write ``NAME.onnx`` with its metadata.

    The graph takes ``strip`` (``N×1×H×W`` float32, grey values 0-255) to ``probability``
    (``N×1×H×W``) of a defect. Mean and deviation of the training strips are in the graph.

    Parameters
    ----------
    network
        Takes ``(N, 3, H, W)`` normalised strips to logits ``(N, 2, H, W)``; left as it is.
    name
        Of the network, for the metadata.
    path_onnx
        Where to write.
    strip
        H and W.
    normalisation
        Mean and standard deviation of the training strips, grey values.
    version
        Of the model.
    training_data
        One mapping with "name" and "licence" for each source.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    mean, deviation = normalisation

    def forward(network: nn.Module, grey: Tensor) -> Tensor:
        image = ((grey - mean) / deviation).expand(-1, 3, -1, -1)
        logits = _segnet(network, image) if isinstance(network, SegNet59) else network(image)
        return logits.softmax(1)[:, 1:2]

    graph = GraphSpec(
        forward=forward,
        shape=(2, 1, strip.rows, strip.columns),
        input_name="strip",
        outputs=["probability"],
        open_axes=[0],
        level=mean,
        spread=deviation,
    )
    values = {
        "railmap_kind": "railmap-defects",
        "railmap_version": version,
        "network": name,
        "model_type": "Segmentor",
        "class_names": ["defect"],
        "region_rule": asdict(_RULE),
        "strip_rows": strip.rows,
        "strip_columns": strip.columns,
        "strip_mean": mean,
        "strip_deviation": deviation,
        "training_data": [dict(source) for source in training_data],
    }
    write_package(network, path_onnx, graph, values)


def _segnet(network: SegNet59, image: Tensor) -> Tensor:
    """Compute `SegNet59.forward` with operations that ONNX has: it has no unpooling in 2-D."""
    x, places = image, []
    for stage in network.encoder:
        x = stage(x)
        rows, columns = x.shape[-2:]
        even = x[..., : rows // 2 * 2, : columns // 2 * 2]
        four = functional.pixel_unshuffle(even, 2).unflatten(1, (-1, 4))
        where = four.argmax(2, keepdim=True)
        chosen = where == torch.arange(4, device=x.device).view(1, 1, 4, 1, 1)
        places.append((chosen, rows % 2, columns % 2))
        x = four.amax(2)
    for stage in (*network.decoder, network.last):
        chosen, odd_rows, odd_columns = places.pop()
        spread = functional.pixel_shuffle((x[:, :, None] * chosen).flatten(1, 2), 2)
        x = stage(functional.pad(spread, (0, odd_columns, 0, odd_rows)))
    return x
