"""A network as an ONNX graph that holds nothing of the machine that exported it."""

from __future__ import annotations

import contextlib
import copy
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import onnx
import torch
from torch import Tensor, nn

from railmap.models.metadata import CONSTANT

__all__ = ["Forward", "to_onnx"]

Forward = Callable[[nn.Module, Tensor], Tensor | tuple[Tensor, ...]]
"""Computes the outputs of the graph from the network and its input."""

_OPSET = 18
_CHATTY = ("torch.onnx", "onnxscript", "onnx_ir")
_PREFIX = "network."


class _Whole(nn.Module):
    """The network with the activations that belong into the graph."""

    def __init__(self, network: nn.Module, forward: Forward) -> None:
        super().__init__()
        self.network = network
        self._compute = forward

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self._compute(self.network, image)


def to_onnx(
    network: nn.Module,
    forward: Forward,
    sample: Tensor,
    *,
    name: str,
    outputs: Sequence[str],
    open_axes: Sequence[int],
) -> onnx.ModelProto:
    """Export a network; the same weights give the same graph on every machine.

    Initialisers have the names of the network's state dict, and batch norms stay nodes of their
    own, so that training can start from the file. Runtimes fuse the norms when they load it.

    Parameters
    ----------
    network
        Left as it is; exported in `eval` mode.
    forward
        Computes the outputs.
    sample
        An input, to trace the network with.
    name, outputs
        Names of its input and its outputs.
    open_axes
        Axes of the input whose size is not baked into the graph.
    """
    import onnxscript.optimizer  # takes seconds, and most users of this package export nothing

    whole = _Whole(copy.deepcopy(network).eval(), forward)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            whole,
            (sample,),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=(dict.fromkeys(open_axes, torch.export.Dim.DYNAMIC),),
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
            optimize=False,  # it would fold the batch norms into the convolutions
        )
        model = cast(torch.onnx.ONNXProgram, program).model_proto
        onnxscript.optimizer.fold_constants(model)
        onnxscript.optimizer.remove_unused_nodes(model)
    for node in model.graph.node:  # traces of the exporting machine: source paths and lines
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    _name_as_state_dict(model)
    return model


def _name_as_state_dict(model: onnx.ModelProto) -> None:
    names = {
        tensor.name: tensor.name.removeprefix(_PREFIX)
        if tensor.name.startswith(_PREFIX)
        else CONSTANT + tensor.name
        for tensor in model.graph.initializer
    }
    for tensor in model.graph.initializer:
        tensor.name = names[tensor.name]
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)


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
