"""A network as a model package: ``NAME.onnx`` for inference, ``NAME.safetensors`` for training."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from railmap.files.output import atomic_output
from railmap.models.export.graph import fold_norms, to_onnx
from railmap.models.metadata import FIELD_CELL, FIELD_NAMES, ModelMetadata
from railmap.models.tensors import save_weights
from railmap.nets.outputs import has_fields, read_fields

__all__ = ["export_model"]


class _Outputs(nn.Module):
    """The activations inside the graph."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network


class _Probability(_Outputs):
    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.network(image))


class _ProbabilityAndFields(_Outputs):
    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        logits, fields = self.network.heads(image)  # type: ignore[operator]
        return torch.sigmoid(logits), read_fields(fields)


def export_model(network: nn.Module, path_onnx: Path, metadata: ModelMetadata) -> None:
    """Write ``NAME.onnx`` with its metadata, and ``NAME.safetensors`` beside it.

    The graph takes ``image`` (``1×3×T×T`` float32, normalised) to ``probability`` (``1×C×T×T``)
    and, if the network has them, ``fields`` (``1×6×T/4×T/4``, channels as `FIELD_NAMES`; toe and
    crossing are 0-1). Those sizes are declared static, since Deepness needs them, but no size is
    baked into the graph: OpenVINO's ``model.reshape`` makes it any batch and any multiple of 16
    pixels.

    Parameters
    ----------
    network
        The network, left as it is.
    path_onnx
        Where to write; ``.safetensors`` takes the place of ``.onnx`` for the weights.
    metadata
        What the package says about itself; its `tile_size` is T.

    Raises
    ------
    OutputError
        If the files can't be written.
    """
    path_weights = path_onnx.with_suffix(".safetensors")
    save_weights(network, path_weights)
    digest = hashlib.sha256(path_weights.read_bytes()).hexdigest()

    metadata = replace(metadata, field_names=FIELD_NAMES if has_fields(network) else ())
    model = _static_graph(network, metadata.tile_size)
    onnx.helper.set_model_props(model, metadata.to_props(digest))
    onnx.checker.check_model(model)
    with atomic_output(path_onnx, overwrite=True) as partial:
        partial.write_bytes(model.SerializeToString(deterministic=True))


def _static_graph(network: nn.Module, tile: int) -> onnx.ModelProto:
    """Export with open sizes inside, then declare input and output static."""
    fields = has_fields(network)
    kind = _ProbabilityAndFields if fields else _Probability
    whole = kind(copy.deepcopy(network).eval())
    fold_norms(whole)
    model = to_onnx(
        whole,
        torch.zeros(2, 3, tile, tile),
        name="image",
        outputs=["probability", "fields"] if fields else ["probability"],
        open_axes=(0, 2, 3),
    )
    for value in (*model.graph.input, *model.graph.output):
        side = tile // FIELD_CELL if value.name == "fields" else tile
        dims = value.type.tensor_type.shape.dim
        for dim, size in zip(dims, (1, None, side, side), strict=True):
            if size is not None:
                dim.Clear()
                dim.dim_value = size
    return model
