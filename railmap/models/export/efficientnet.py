"""EfficientNet-Lite0 with a last layer as an ONNX graph, written without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from railmap.models.efficientnet import EPSILON, FEATURES, STAGES, padding
from railmap.models.metadata import CONSTANT

__all__ = ["scene_graph"]

_OPSET, _IR = 18, 8
_BACKBONE, _HEAD = "backbone.", "head."
_ZERO, _SIX = CONSTANT + "zero", CONSTANT + "six"


@dataclass
class _Nodes:
    """Nodes in order, and the weights that they use."""

    state: Mapping[str, NDArray[Any]]
    made: list[onnx.NodeProto] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.made.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output

    def weight(self, name: str) -> str:
        self.used.append(name)
        return name

    def conv(self, x: str, name: str, stride: int = 1) -> str:
        """Convolution and batch norm; ``name.0`` and ``name.1`` in the state."""
        kernel = self.weight(f"{name}.0.weight")
        _, inputs, size, _ = self.state[kernel].shape
        before, after = padding(size, stride)
        whole = self.state[kernel].shape[0] if inputs == 1 else 1
        x = self.add(
            "Conv",
            [x, kernel],
            f"{name}/conv",
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=whole,
        )
        parts = ("weight", "bias", "running_mean", "running_var")
        norm = [self.weight(f"{name}.1.{part}") for part in parts]
        return self.add("BatchNormalization", [x, *norm], f"{name}/norm", epsilon=EPSILON)

    def relu6(self, x: str) -> str:
        return self.add("Clip", [x, _ZERO, _SIX], f"{x}/relu6")

    def block(self, x: str, number: int, stride: int, *, expand: bool, residual: bool) -> str:
        name = f"{_BACKBONE}blocks.{number}"
        inner = self.relu6(self.conv(x, f"{name}.expand")) if expand else x
        inner = self.relu6(self.conv(inner, f"{name}.depthwise", stride))
        inner = self.conv(inner, f"{name}.project")
        return self.add("Add", [x, inner], f"{name}/sum") if residual else inner


def scene_graph(
    backbone: Mapping[str, NDArray[Any]],
    last: tuple[NDArray[np.float32], NDArray[np.float32]],
    size: int,
) -> onnx.ModelProto:
    """Build the graph of a scene network.

    It takes ``image`` (``N×3×T×T`` float32, normalised) to ``probability`` (``N×C``),
    ``activation`` (``N×C×h×w``, class activation maps) and ``features`` (``N×1280×h×w``), as
    `railmap.models.export.scenes.export_scene_model` writes them.

    Parameters
    ----------
    backbone
        `railmap.models.efficientnet.imagenet_weights`.
    last
        Weight ``(C, 1280)`` and bias ``(C,)`` of the last layer.
    size
        T, a multiple of 32.
    """
    weight, bias = last
    classes = len(bias)
    state: dict[str, NDArray[Any]] = {_BACKBONE + key: value for key, value in backbone.items()}
    state |= {_HEAD + "weight": weight, _HEAD + "bias": bias}
    state |= {_ZERO: np.array(0, np.float32), _SIX: np.array(6, np.float32)}
    axes, maps = CONSTANT + "axes", CONSTANT + "maps"
    state |= {axes: np.array([2, 3]), maps: np.array([classes, FEATURES, 1, 1])}
    nodes = _Nodes(state, used=[_ZERO, _SIX, axes, maps, _HEAD + "weight", _HEAD + "bias"])
    x = nodes.relu6(nodes.conv("image", _BACKBONE + "stem", 2))
    number = 0
    for _, stride, expansion, _, repeats in STAGES:
        for first in (True, *[False] * (repeats - 1)):
            x = nodes.block(
                x, number, stride if first else 1, expand=expansion > 1, residual=not first
            )
            number += 1
    x = nodes.conv(x, _BACKBONE + "head")
    nodes.add("Clip", [x, _ZERO, _SIX], "features")
    pooled = nodes.add("ReduceMean", ["features", axes], "pooled", keepdims=0)
    logits = nodes.add("Gemm", [pooled, _HEAD + "weight", _HEAD + "bias"], "logits", transB=1)
    nodes.add("Softmax", [logits], "probability", axis=1)
    kernel = nodes.add("Reshape", [_HEAD + "weight", maps], "maps")
    nodes.add("Conv", ["features", kernel], "activation", kernel_shape=[1, 1])
    cells = size // 32
    outputs: dict[str, list[str | int | None]] = {
        "probability": ["N", classes],
        "activation": ["N", classes, cells, cells],
        "features": ["N", FEATURES, cells, cells],
    }
    graph = helper.make_graph(
        nodes.made,
        "railmap",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, size, size])],
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, v) for k, v in outputs.items()],
        [numpy_helper.from_array(np.ascontiguousarray(state[k]), k) for k in nodes.used],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
