"""Weights of an ONNX graph stored in half precision and cast to float32 where they are used.

Every runtime computes in float32: OpenVINO and ONNX Runtime fold the casts when they load the
file, so inference costs nothing and the file is half as large.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["LEAST_VALUES", "fits_half", "store_half"]

LEAST_VALUES = 256
"""Smaller tensors stay float32: biases and the statistics of batch norms need its range."""

_CAST = "/float32"


def fits_half(shape: Iterable[int]) -> bool:
    """Return whether a weight of this shape is stored in half precision."""
    sizes = list(shape)
    return len(sizes) > 1 and int(np.prod(sizes)) >= LEAST_VALUES


def store_half(model: onnx.ModelProto, weights: Iterable[str]) -> None:
    """Store the named weights as float16, in place, each followed by a cast to float32.

    Constants that float16 holds exactly are stored in the same way.

    Parameters
    ----------
    model
        Of one graph without subgraphs.
    weights
        Names of the initialisers that may be rounded.
    """
    rounded = set(weights)
    casts: dict[str, str] = {}
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or not fits_half(tensor.dims):
            continue
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if tensor.name in rounded or _equal(half, values):
            casts[tensor.name] = tensor.name + _CAST
            tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = casts.get(name, name)
    nodes = [
        helper.make_node("Cast", [name], [cast], name=cast, to=TensorProto.FLOAT)
        for name, cast in casts.items()
    ]
    nodes.extend(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _equal(half: NDArray[np.float16], values: NDArray[np.float32]) -> bool:
    return bool(np.array_equal(half.astype(np.float32), values))
