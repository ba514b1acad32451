"""A track network as a model package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from railmap.models.export.package import GraphSpec, write_package
from railmap.models.metadata import FIELD_CELL, FIELD_NAMES, ModelMetadata
from railmap.nets.outputs import has_fields, read_fields

__all__ = ["export_model"]


def export_model(
    network: nn.Module, path_onnx: Path, metadata: ModelMetadata, *, fields: bool = True
) -> None:
    """Write ``NAME.onnx`` with its metadata.

    The graph takes ``image`` (``1×3×T×T`` float32, normalised) to ``probability`` (``1×C×T×T``)
    and, if the network has them, ``fields`` (``1×6×T/4×T/4``, channels as `FIELD_NAMES`; toe and
    crossing are 0-1). Those sizes are declared static, since Deepness needs them, but no size is
    baked into the graph: OpenVINO's ``model.reshape`` gives it any batch and any multiple of 16
    pixels.

    Parameters
    ----------
    network
        The network, left as it is.
    path_onnx
        Where to write.
    metadata
        Of the package; its `tile_size` is T.
    fields
        Whether the second output is exported where the network has it. Deepness runs models of
        one output only.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tile, fields = metadata.tile_size, fields and has_fields(network)
    cells = tile // FIELD_CELL
    graph = GraphSpec(
        forward=_probability_and_fields if fields else _probability,
        shape=(2, 3, tile, tile),
        input_name="image",
        outputs=["probability", "fields"] if fields else ["probability"],
        open_axes=(0, 2, 3),
        dropped=() if fields else ("fields.",),
        static=[(1, None, tile, tile)] * 2 + ([(1, None, cells, cells)] if fields else []),
    )
    metadata = replace(metadata, field_names=FIELD_NAMES if fields else ())
    write_package(network, path_onnx, graph, metadata.to_values())


def _probability(network: nn.Module, image: Tensor) -> Tensor:
    return torch.sigmoid(network(image))


def _probability_and_fields(network: nn.Module, image: Tensor) -> tuple[Tensor, Tensor]:
    logits, fields = network.heads(image)  # type: ignore[operator]
    return torch.sigmoid(logits), read_fields(fields)
