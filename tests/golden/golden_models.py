"""Networks of one convolution: what they answer is known, and the same on every machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


def _save(
    path: Path,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    shapes: tuple[list[int | str], list[int | str]],
    metadata: dict[str, Any],
) -> Path:
    """Write ``sigmoid(convolution(image))``; the kernel is as large as its stride."""
    stride = list(weight.shape[2:])
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w", "b"], ["logits"], strides=stride),
            helper.make_node("Sigmoid", ["logits"], ["probability"]),
        ],
        "golden",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, shapes[1])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, json.dumps(value)
    onnx.save(model, str(path))
    return path


def bright_tracks(path: Path, resolution_cm: float) -> Path:
    """Track is what is bright: probability 0.5 at grey 128, 0.98 at grey 190."""
    tile = 256
    return _save(
        path,
        np.full((1, 3, 1, 1), 8 / 3, np.float32),
        np.zeros(1, np.float32),
        ([1, 3, tile, tile], [1, 1, tile, tile]),
        {
            "model_type": "Segmentor",
            "class_names": {"0": "background", "1": "track"},
            "resolution": resolution_cm,
            "tile_size": tile,
            "tiles_overlap": 25,
            "standardization_mean": [0.5, 0.5, 0.5],
            "standardization_std": [0.5, 0.5, 0.5],
            "threshold": 0.5,
        },
    )


def dark_defects(path: Path) -> Path:
    """Defect is what is dark against its column of the rail head; its kind is always a dent."""
    names = ["defect", "dirt", "gap", "damage", "dent", "crush", "scratch", "slant", "unknown"]
    weight = np.zeros((len(names), 2, 4, 4), np.float32)
    bias = np.full(len(names), -6, np.float32)
    weight[0, 1] = -16 / 16  # the second channel is grey over the column's median, less 0.9
    bias[0] = -5
    bias[names.index("dent")] = 6
    return _save(
        path,
        weight,
        bias,
        ([1, 2, "rows", 320], [1, len(names), "cells", 80]),
        {
            "railmap_kind": "railmap-defects",
            "railmap_version": "1",
            "class_names": names,
            "region_rule": {"sure": 0.4, "edge": 0.2, "cells": 6},
        },
    )
