"""Write a network as a model package: one ONNX file with its metadata, to run and to train on."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from railmap.errors import ModelError
from railmap.models.export.graph import Forward, to_onnx
from railmap.models.export.half import fits_half, store_half
from railmap.models.export.write import write_model

__all__ = ["GraphSpec", "write_package"]

_TOLERANCE = 2e-3


@dataclass(frozen=True)
class GraphSpec:
    """Input and outputs of the graph.

    Parameters
    ----------
    forward
        Computes the outputs from the network and its input.
    shape
        Of the input, as the network is traced.
    input_name, outputs
        Names of the tensors.
    open_axes
        Axes of the input whose size is not baked into the graph.
    static
        Sizes that the file declares, one tuple for the input and each output, None where the
        exported size stays; empty to leave them all. Runtimes can still reshape the open axes.
    dropped
        Beginnings of the names of weights that the outputs do not need.
    level, spread
        Mean and standard deviation of the input, for the values with which the network is traced
        and its rounding judged.
    """

    forward: Forward
    shape: tuple[int, ...]
    input_name: str
    outputs: Sequence[str]
    open_axes: Sequence[int]
    static: Sequence[Sequence[int | None]] = ()
    dropped: tuple[str, ...] = ()
    level: float = 0.0
    spread: float = 1.0


def write_package(
    network: nn.Module, path: Path, graph: GraphSpec, metadata: Mapping[str, Any]
) -> None:
    """Export a network; replaces an existing file.

    Weights are stored in half precision if no output changes by more than 0.002 of its range
    (of 1 at least), else in float32.

    Parameters
    ----------
    network
        Left as it is.
    path
        The ONNX file.
    graph
        Its input and outputs.
    metadata
        Values that JSON can hold, by key; what identifies the package is added.

    Raises
    ------
    ModelError
        If the graph lacks weights of the network, so that no training could start from it.
    OutputError
        If the file cannot be written.
    """
    noise = torch.randn(graph.shape, generator=torch.Generator().manual_seed(7))
    sample = graph.level + graph.spread * noise
    model = to_onnx(
        network,
        graph.forward,
        sample,
        name=graph.input_name,
        outputs=graph.outputs,
        open_axes=graph.open_axes,
    )
    weights = {
        key
        for key in network.state_dict()
        if not key.endswith("num_batches_tracked") and not key.startswith(graph.dropped)
    }
    lost = sorted(weights - {tensor.name for tensor in model.graph.initializer})
    if lost:
        raise ModelError(
            f"{path}: the graph has no {lost[0]} ({len(lost)} weights are missing), so training "
            "could not start from it; export a network that uses all of its weights"
        )
    if _rounding(network, graph.forward, sample) <= _TOLERANCE:
        store_half(model, weights)
    _declare(model, graph.static)
    write_model(model, path, metadata)


def _rounding(network: nn.Module, forward: Forward, sample: Tensor) -> float:
    """Largest change of an output by weights in half precision; infinite if one overflows."""
    exact, rounded = copy.deepcopy(network).eval(), copy.deepcopy(network).eval()
    with torch.no_grad():
        for tensor in rounded.state_dict().values():
            if tensor.dtype == torch.float32 and fits_half(tensor.shape):
                tensor.copy_(tensor.half())
        worst = 0.0
        for a, b in zip(
            _tuple(forward(exact, sample)), _tuple(forward(rounded, sample)), strict=True
        ):
            scale = max(1.0, float(a.abs().max()))
            change = float((a - b).abs().max()) / scale
            worst = max(worst, change) if change == change else float("inf")
    return worst


def _tuple(outputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else outputs


def _declare(model: onnx.ModelProto, static: Sequence[Sequence[int | None]]) -> None:
    if not static:
        return
    values = (*model.graph.input, *model.graph.output)
    for value, sizes in zip(values, static, strict=True):
        dims = value.type.tensor_type.shape.dim
        for dim, size in zip(dims, sizes, strict=True):
            if size is not None:
                dim.Clear()
                dim.dim_value = size
