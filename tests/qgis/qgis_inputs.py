"""A picture with white tracks, and a model that takes white for track: small, exact, quick."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import rasterio
from affine import Affine
from onnx import TensorProto, helper, numpy_helper

GSD = 0.1
PROPS = {
    "model_type": "Segmentor",
    "class_names": {"0": "background", "1": "track"},
    "resolution": 10.0,
    "tile_size": 64,
    "tiles_overlap": 25,
    "standardization_mean": [0.0, 0.0, 0.0],
    "standardization_std": [1.0, 1.0, 1.0],
    "railmap_version": "0.0",
    "threshold": 0.5,
}


def write_model(path: Path) -> Path:
    """Sigmoid of 20 (brightness - 0.5), as one 1x1 convolution."""
    weights = {
        "w": np.full((1, 3, 1, 1), 20 / 3, np.float32),
        "b": np.array([-10.0], np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w", "b"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["probability"]),
        ],
        "white is track",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, 64, 64])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    helper.set_model_props(model, {key: json.dumps(value) for key, value in PROPS.items()})
    onnx.save(model, path)
    return path


def write_defect_model(path: Path) -> Path:
    """What is much darker than its column (the second channel) is a defect."""
    names = ["defect", "dirt", "gap", "damage", "dent", "crush", "scratch", "slant", "unknown"]
    weights = {
        "w": np.zeros((9, 2, 1, 1), np.float32),
        "b": np.array([-16, -20, -20, 5, 0, 0, 0, 0, 0], np.float32),
    }
    weights["w"][0, 1] = -40
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node(
                "AveragePool", ["strip"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]
            ),
            helper.make_node("Conv", ["cells", "w", "b"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["probability"]),
        ],
        "dark is defect",
        [values("strip", TensorProto.FLOAT, [1, 2, "rows", 320])],
        [values("probability", TensorProto.FLOAT, [1, 9, "cells", 80])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    props = {
        "railmap_kind": "railmap-defects",
        "class_names": names,
        "region_rule": {"sure": 0.5, "edge": 0.4, "cells": 6},
    }
    helper.set_model_props(model, {key: json.dumps(value) for key, value in props.items()})
    onnx.save(model, path)
    return path


def write_scene_model(path: Path) -> Path:
    """Bright photos are platforms, dark ones tunnels."""
    weights = {"w": np.zeros((2, 3, 1, 1), np.float32), "b": np.array([-5, 5], np.float32)}
    weights["w"][:, 0] = [[[10]], [[-10]]]
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w", "b"], ["activation"]),
            helper.make_node("GlobalAveragePool", ["activation"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["score"]),
            helper.make_node("Softmax", ["score"], ["probability"]),
        ],
        "bright is platform",
        [values("image", TensorProto.FLOAT, [1, 3, 32, 32])],
        [
            values("probability", TensorProto.FLOAT, [1, 2]),
            values("activation", TensorProto.FLOAT, [1, 2, 32, 32]),
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    props = {
        "model_type": "SceneClassifier",
        "class_names": {"0": "platform", "1": "tunnel"},
        "network": "none",
        "tile_size": 32,
        "standardization_mean": [0.0, 0.0, 0.0],
        "standardization_std": [1.0, 1.0, 1.0],
    }
    helper.set_model_props(model, {key: json.dumps(value) for key, value in props.items()})
    onnx.save(model, path)
    return path


def write_image(
    path: Path,
    width: int = 900,
    height: int = 400,
    crs: str | None = "EPSG:25832",
    tracks: int = 2,
) -> Path:
    """White tracks of 2.6 m on dark ground, 14 m apart, the upper one slightly curved."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    upper = 150 + 0.00008 * (x - width / 2) ** 2
    white = np.abs(y - upper) <= 13
    if tracks > 1:
        white |= np.abs(y - 290) <= 13
    pixels = np.where(white, 255, 40).astype(np.uint8)[None].repeat(3, axis=0)
    place = Affine(GSD, 0, 500000, 0, -GSD, 5700000)
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=height, width=width, dtype="uint8",
        crs=crs, transform=place, tiled=True, blockxsize=256, blockysize=256, compress="deflate",
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    return path
