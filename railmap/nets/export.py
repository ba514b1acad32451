"""A network as a model package: ``NAME.onnx`` for inference, ``NAME.safetensors`` for training."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import logging
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from railmap.nets.metadata import ModelMetadata
from railmap.nets.weights import save_weights
from railmap.output import atomic_output

__all__ = ["export_model"]

_OPSET = 18


class _WithSigmoid(nn.Module):
    """Logits to probability, inside the graph."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.network(image))


def export_model(network: nn.Module, path_onnx: Path, metadata: ModelMetadata) -> None:
    """Write ``NAME.onnx`` with its metadata, and ``NAME.safetensors`` beside it.

    The graph takes ``image`` (``1×3×T×T`` float32, normalised) to ``probability`` (``1×C×T×T``).
    Those sizes are declared static, since Deepness needs them, but no size is baked into the
    graph: OpenVINO's ``model.reshape`` makes it any batch and any multiple of 16 pixels.

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

    model = _to_onnx(network, metadata.tile_size)
    onnx.helper.set_model_props(model, metadata.to_props(digest))
    onnx.checker.check_model(model)
    with atomic_output(path_onnx, overwrite=True) as partial:
        partial.write_bytes(model.SerializeToString(deterministic=True))


def _to_onnx(network: nn.Module, tile: int) -> onnx.ModelProto:
    """Export with open sizes inside, then declare input and output static."""
    whole = _WithSigmoid(copy.deepcopy(network).eval())
    _fold_norms(whole)
    auto = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings(), _quiet("torch.onnx", "onnxscript", "onnx_ir"):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            whole,
            (torch.zeros(2, 3, tile, tile),),
            input_names=["image"],
            output_names=["probability"],
            dynamic_shapes={"image": {0: auto, 2: auto, 3: auto}},
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    model = cast(torch.onnx.ONNXProgram, program).model_proto
    for node in model.graph.node:  # traces of the exporting machine: source paths and lines
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        dims = value.type.tensor_type.shape.dim
        for dim, size in zip(dims, (1, None, tile, tile), strict=True):
            if size is not None:
                dim.Clear()
                dim.dim_value = size
    return model


def _fold_norms(part: nn.Module) -> None:
    """Fold batch norms into the convolutions before them: the export takes half the time."""
    children = list(part.named_children())
    for (_, first), (name, second) in pairwise(children):
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            fused = fuse_conv_bn_eval(first, second)
            first.weight, first.bias = fused.weight, fused.bias
            setattr(part, name, nn.Identity())
    for _, child in children:
        _fold_norms(child)


@contextlib.contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keep the exporters' progress lines off the user's terminal."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
