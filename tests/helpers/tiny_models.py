"""Tiny ONNX models: two convolutions and an activation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.25, 0.3]
PROPS = {
    "model_type": "Segmentor",
    "class_names": {"0": "background", "1": "track"},
    "resolution": 10.0,
    "tile_size": 64,
    "tiles_overlap": 25,
    "standardization_mean": MEAN,
    "standardization_std": STD,
    "railmap_version": "9.9",
    "threshold": 0.4,
}


def write_model(
    path: Path,
    *,
    tile: int | None = 64,
    channels: int = 1,
    bands: int = 3,
    activation: str | None = "Sigmoid",
    props: dict[str, object] | None = None,
    gain: float = 1.0,
) -> Path:
    """Two 3x3 convolutions (receptive field 5) and an activation."""
    rng = np.random.default_rng(3)
    weights = {
        "w1": rng.standard_normal((4, bands, 3, 3)) * 0.3,
        "w2": rng.standard_normal((channels, 4, 3, 3)) * 0.6 * gain,
    }
    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], pads=[1, 1, 1, 1]),
    ]
    if activation:
        extra = {"axis": 1} if activation == "Softmax" else {}
        nodes.append(helper.make_node(activation, ["c"], ["probability"], **extra))
    else:
        nodes.append(helper.make_node("Identity", ["c"], ["probability"]))
    size = [tile, tile] if tile else ["h", "w"]
    first = 1 if tile else "n"
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [first, bands, *size])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [first, channels, *size])],
        [numpy_helper.from_array(w.astype(np.float32), n) for n, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    values = PROPS if props is None else props
    helper.set_model_props(model, {k: json.dumps(v) for k, v in values.items()})
    onnx.save(model, path)
    return path
