"""A network as an ONNX graph that says nothing of the machine that made it."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["fold_norms", "to_onnx"]

_OPSET = 18
_CHATTY = ("torch.onnx", "onnxscript", "onnx_ir")


def to_onnx(
    network: nn.Module,
    sample: Tensor,
    *,
    name: str,
    outputs: Sequence[str],
    open_axes: Sequence[int],
) -> onnx.ModelProto:
    """Export a network; the same weights give the same graph on every machine.

    Parameters
    ----------
    network
        In `eval` mode, with one input.
    sample
        An input, to trace the network with.
    name, outputs
        What its input and its outputs are called.
    open_axes
        Axes of the input whose size isn't baked into the graph.
    """
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (sample,),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes={name: dict.fromkeys(open_axes, torch.export.Dim.DYNAMIC)},
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    model = cast(torch.onnx.ONNXProgram, program).model_proto
    for node in model.graph.node:  # traces of the exporting machine: source paths and lines
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    return model


def fold_norms(part: nn.Module) -> None:
    """Fold batch norms into the convolutions before them: the export takes half the time."""
    children = list(part.named_children())
    for (_, first), (name, second) in pairwise(children):
        # not of its subclasses: timm's has the activation inside
        if isinstance(first, nn.Conv2d) and type(second) is nn.BatchNorm2d:
            fused = fuse_conv_bn_eval(first, second)
            first.weight, first.bias = fused.weight, fused.bias
            setattr(part, name, nn.Identity())
    for _, child in children:
        fold_norms(child)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' progress lines off the user's terminal."""
    loggers = [logging.getLogger(name) for name in _CHATTY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
