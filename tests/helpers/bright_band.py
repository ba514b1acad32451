"""A network that takes bright for track, and a picture with a bright band."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


def write_model(path: Path, **props: Any) -> Path:
    """A 1x1 convolution: probability rises with brightness, 0.5 at grey 128."""
    known = {
        "model_type": "Segmentor",
        "class_names": {"0": "background", "1": "track"},
        "resolution": 10.0,
        "tile_size": 128,
        "tiles_overlap": 25,
        "standardization_mean": [0.5, 0.5, 0.5],
        "standardization_std": [0.5, 0.5, 0.5],
        "threshold": 0.5,
    } | props
    bands = int(known.pop("bands", 3))
    weight = np.full((1, bands, 1, 1), 8 / bands, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w"], ["logits"]),
            helper.make_node("Sigmoid", ["logits"], ["probability"]),
        ],
        "bright",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, bands, 128, 128])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, 128, 128])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for key, value in known.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value if isinstance(value, str) else json.dumps(value)
    onnx.save(model, str(path))
    return path


def band(height: int = 200, width: int = 420) -> NDArray[np.uint8]:
    """Dark ground with one bright band 2.6 m wide at 10 cm, through the middle."""
    image = np.full((3, height, width), 40, np.uint8)
    image[:, height // 2 - 13 : height // 2 + 13] = 215
    return image
